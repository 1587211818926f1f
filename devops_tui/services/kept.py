"""What retention must leave alone, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from devops_tui.domain.ids import Digest, RunId
from devops_tui.domain.pipeline import ENDS, Artifact, State
from devops_tui.domain.retention import RunMark
from devops_tui.domain.traffic import FlipState
from devops_tui.ports.store import Store

_FLIPS_KEPT = 2
"""Of each service: the release that serves, and the one before it."""

_FLIPS_LOOKED_AT = 50


@dataclass(slots=True)
class Kept:
    """Files and runs with the reason why each stays; the first reason counts."""

    digests: dict[Digest, str] = field(default_factory=dict)
    runs: dict[RunId, str] = field(default_factory=dict)


def what_stays(store: Store, marks: Sequence[RunMark], rows: Sequence[Artifact]) -> Kept:
    """What an environment runs or could go back to, what is pinned, what is not ended.

    The newest success of each pipeline stays too; and with a file that stays stays the
    run that built it, which says where it comes from.
    """
    kept = Kept()
    _keep_traffic(store, kept)
    for holding in store.holdings():
        if holding.pinned_at is not None and holding.pruned_at is None:
            kept.digests[holding.digest] = f"pinned by {holding.pinned_by}: {holding.pin_why}"
    _keep_runs(store, marks, kept)
    for row in rows:
        if row.run_id in kept.runs:
            kept.digests.setdefault(row.digest, f"{row.run_id}: {kept.runs[row.run_id]}")
    built = [row for row in rows if row.origin is None and row.digest in kept.digests]
    told = {row.digest for row in built if row.run_id in kept.runs}
    for row in built:  # newest first; one run that built it is enough
        if row.digest not in told:
            told.add(row.digest)
            kept.runs.setdefault(row.run_id, f"built {row.name}: {kept.digests[row.digest]}")
    return kept


def _keep_traffic(store: Store, kept: Kept) -> None:
    for status in store.service_statuses():
        for colour, digest in status.digests.items():
            does = "serves" if status.live == colour else "is the way back"
            kept.digests.setdefault(Digest(digest), f"{status.name} {colour} {does}")
        flips = store.flips(status.name, limit=_FLIPS_LOOKED_AT)
        done = [f for f in flips if f.state is FlipState.DONE and f.run_id is not None]
        for flip in done[:_FLIPS_KEPT]:
            if flip.run_id is not None:
                kept.runs.setdefault(flip.run_id, f"released {status.name}")


def _keep_runs(store: Store, marks: Sequence[RunMark], kept: Kept) -> None:
    have_success: set[str] = set()
    for mark in marks:  # the newest of each pipeline first
        if mark.state not in ENDS:
            kept.runs.setdefault(mark.run_id, "has not ended")
            for job in store.job_runs(mark.run_id):
                for item in job.inputs:
                    kept.digests.setdefault(item.digest, f"{mark.run_id} uses it")
        elif mark.state is State.OK and mark.pipeline not in have_success:
            have_success.add(mark.pipeline)
            kept.runs.setdefault(mark.run_id, f"newest success of {mark.pipeline}")
