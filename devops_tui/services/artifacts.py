"""Finds built files by what an operator says, tells their story, pins them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from devops_tui.domain.artifact import Holding
from devops_tui.domain.artifact_story import ArtifactStory
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.ids import Digest, RunId
from devops_tui.domain.pipeline import Artifact
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.releases import releases_of, whereabouts

_HEX = re.compile(r"(?:sha256:)?([0-9a-f]{6,64})\Z")


def find(store: Store, said: str) -> Artifact:
    """The file that is meant: a digest or its first digits, a name, or a run with one file.

    Raises:
        NotFound: There is none.
        Refused: It may mean several.
    """
    named = store.artifacts_named(said, limit=1)
    if named:
        return _builder(store, named[0].digest)
    match = _HEX.match(said)
    if match is not None:
        digests = store.digests_like(match[1])
        if len(digests) > 1:
            shown = ", ".join(d[7:19] for d in digests[:4])
            raise Refused(f"{said} may mean {shown}", "Write more digits.")
        if digests:
            return _builder(store, digests[0])
    of_run = store.artifacts(RunId(said))
    if len(of_run) > 1:
        names = ", ".join(a.name for a in of_run)
        raise Refused(f"{said} has several artifacts: {names}", "Name one by its digest.")
    if of_run:
        return _builder(store, of_run[0].digest)
    raise NotFound(f"no artifact {said}", "Name a digest, its first six digits, a file, or a run.")


def story(store: Store, workspace: Workspace, artifact: Artifact) -> ArtifactStory:
    """All that is known of it."""
    rows = store.artifacts_of(artifact.digest)
    made_of = [store.artifacts_of(digest) for digest in artifact.inputs]
    return ArtifactStory(
        artifact,
        store.holding(artifact.digest),
        tuple(dict.fromkeys(row.run_id for row in rows)),
        tuple(found[0] for found in made_of if found),
        tuple(releases_of(store, workspace, artifact.digest)),
        tuple(whereabouts(store, workspace, [artifact.digest])),
    )


def stories(
    store: Store, workspace: Workspace, name: str, limit: int = 20
) -> Sequence[ArtifactStory]:
    """The digests of a name, newest first, each once.

    Raises:
        NotFound: No artifact is called so.
    """
    newest = dict.fromkeys(a.digest for a in store.artifacts_named(name, 10 * limit))
    if not newest:
        return [story(store, workspace, find(store, name))]
    return [story(store, workspace, _builder(store, d)) for d in list(newest)[:limit]]


def pin(store: Store, clock: Clock, digest: Digest, actor: str, why: str) -> Holding:
    """Keeps a file from being pruned.

    Raises:
        Refused: There is no reason, or it was pruned already.
    """
    if not why.strip():
        raise Refused("a pin needs a reason", "Say why this file must stay: --why TEXT.")
    with store.transaction():
        now = clock.now()
        old = store.holding(digest)
        if old.pruned_at is not None:
            raise Refused(f"{digest[:19]} was pruned on {old.pruned_at:%Y-%m-%d} already")
        new = replace(old, pinned_at=now, pinned_by=actor, pin_why=why)
        store.save_holding(new)
        store.append(Event("artifact.pinned", digest, now, actor, why))
    return new


def unpin(store: Store, clock: Clock, digest: Digest, actor: str, why: str) -> Holding:
    """Gives a file back to retention.

    Raises:
        Refused: It is not pinned.
    """
    with store.transaction():
        old = store.holding(digest)
        if old.pinned_at is None:
            raise Refused(f"{digest[:19]} is not pinned")
        new = replace(old, pinned_at=None, pinned_by="", pin_why="")
        store.save_holding(new)
        store.append(Event("artifact.unpinned", digest, clock.now(), actor, why))
    return new


def _builder(store: Store, digest: Digest) -> Artifact:
    return store.artifacts_of(digest)[0]
