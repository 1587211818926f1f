"""On which machine a built file lies, where each worker keeps what it stored itself."""

from __future__ import annotations

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import Digest, WorkerId
from devops_tui.ports.store import Store

SHARE = (
    "Keep artifacts where all workers reach them (`artifacts: {sftp: ...}` or `{s3: ...}` in "
    "devops.yaml), or build it again on this one."
)


def homes_of(store: Store, digest: Digest) -> tuple[str, ...]:
    """Where workers stored it, as "machine:state folder", the oldest first.

    Empty where the workspace keeps artifacts in one place for all, or nobody knows.
    """
    workspace = store.workspace()
    if workspace is not None and workspace.artifacts is not None:
        return ()
    found: dict[str, None] = {}
    for artifact in store.artifacts_of(digest):
        worker = store.worker(WorkerId(artifact.worker)) if artifact.worker else None
        if worker is not None and worker.place:
            found[worker.place] = None
    return tuple(found)


def elsewhere(store: Store, digest: Digest, name: str, here: str) -> NotFound | None:
    """What to say of a file that is missing here because it lies with another worker.

    Args:
        store: Where the rows are.
        digest: Of the file.
        name: As people know it.
        here: The place of whoever looked.
    """
    homes = [home for home in homes_of(store, digest) if home != here]
    if not homes:
        return None
    machine, _, folder = homes[0].partition(":")
    mine, _, _ = here.partition(":")
    where = f"on {machine}" if machine != mine else f"in {folder} on {machine}"
    return NotFound(
        f"{name} ({digest[:19]}) lies {where}, with the worker that stored it, and not on this "
        f"machine{f' ({mine})' if mine and mine != machine else ''}",
        SHARE,
    )
