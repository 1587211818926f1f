"""What is beyond a limit of retention, and what stays all the same; nothing is changed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from devops_tui.domain.ids import Digest, RunId
from devops_tui.domain.pipeline import ENDS, Artifact
from devops_tui.domain.retention import (
    DAY_S,
    LASTING_EVENTS,
    Prunable,
    PruneReport,
    Rest,
    Retention,
    RunMark,
)
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.kept import what_stays
from devops_tui.services.left_folders import LeftFolder, LeftFolders

_REST_S = DAY_S
"""What a process that ended in the middle left is somebody's work for a day."""


def plan(
    store: Store, clock: Clock, workspace: Workspace, folders: LeftFolders | None
) -> PruneReport:
    """All that would go now; a few milliseconds for each thousand runs.

    Args:
        store: Where it reads; inside of a snapshot the report is of one moment.
        clock: Says how old things are.
        workspace: Has the limits, and names the repositories that are still in use.
        folders: Of this machine; None looks at rows only.
    """
    limits, now = workspace.retention, clock.now()
    marks = store.run_marks()
    rows = store.all_artifacts()
    kept = what_stays(store, marks, rows)
    runs = dict(_runs(marks, limits, now))
    gone: list[Prunable] = []
    stay: list[tuple[str, str]] = []
    for digest, (size, why) in _artifacts(store, rows, marks, runs, limits, now).items():
        if digest in kept.digests:
            stay.append((digest, kept.digests[digest]))
        else:
            gone.append(Prunable(Rest.ARTIFACT, digest, why, size))
    both = runs.keys() & kept.runs.keys()
    stay += [(m.run_id, kept.runs[m.run_id]) for m in marks if m.run_id in both]
    going = {r: why for r, why in runs.items() if r not in kept.runs}
    gone += _logs(store, marks, going, limits, now)
    gone += [Prunable(Rest.RUN, run_id, why) for run_id, why in going.items()]
    gone += _events(store, limits, now)
    if folders is not None:
        gone += [
            _as_prunable(kind, f, why, folders)
            for kind, f, why in left(folders, marks, mirrors_in_use(store, workspace), limits, now)
        ]
    return PruneReport(tuple(gone), tuple(stay))


def left(
    folders: LeftFolders,
    marks: Sequence[RunMark],
    in_use: frozenset[str],
    limits: Retention,
    now: datetime,
) -> Iterator[tuple[Rest, LeftFolder, str]]:
    """The folders that would go."""
    known = {mark.run_id: mark for mark in marks}
    limit = timedelta(seconds=limits.checkouts_s)
    for folder in folders.checkouts():
        mark = known.get(RunId(folder.name))
        age = now - folder.changed_at
        if folder.is_rest and age > timedelta(seconds=_REST_S):
            yield Rest.CHECKOUT, folder, "left by a process that ended in the middle"
        elif not folder.is_rest and age > limit and (mark is None or mark.state in ENDS):
            why = "its run is gone" if mark is None else f"older than {_days(limits.checkouts_s)}"
            yield Rest.CHECKOUT, folder, why
    for folder in folders.mirrors():
        if folder.name not in in_use and now - folder.changed_at > limit:
            yield Rest.MIRROR, folder, "no pipeline names its repository"


def mirrors_in_use(store: Store, workspace: Workspace) -> frozenset[str]:
    """Marks of the repositories that pipelines, and runs that have not ended, name."""
    sources = [p.source for p in workspace.pipelines.values()]
    sources += [run.plan.source for run in store.unfinished_runs()]
    return frozenset(mirror_name(source.git) for source in sources if source is not None)


def mirror_name(url: str) -> str:
    """The folder of a repository's copy; the same as the reader of repositories makes."""
    return hashlib.sha256(url.encode()).hexdigest()[:20]


def _runs(
    marks: Sequence[RunMark], limits: Retention, now: datetime
) -> Iterator[tuple[RunId, str]]:
    places: dict[str, int] = defaultdict(int)
    oldest = now - timedelta(seconds=limits.age_s)
    for mark in marks:  # the newest of each pipeline first
        places[mark.pipeline] += 1
        if places[mark.pipeline] > limits.runs:
            yield mark.run_id, f"beyond the newest {limits.runs} of {mark.pipeline}"
        elif mark.created_at < oldest:
            yield mark.run_id, f"older than {_days(limits.age_s)}"


def _artifacts(
    store: Store,
    rows: Sequence[Artifact],
    marks: Sequence[RunMark],
    runs: Mapping[RunId, str],
    limits: Retention,
    now: datetime,
) -> dict[Digest, tuple[int, str]]:
    """Digests beyond a limit everywhere: one pipeline that keeps it is enough."""
    pipelines = {mark.run_id: mark.pipeline for mark in marks}
    pruned = {h.digest for h in store.holdings() if h.pruned_at is not None}
    places: dict[tuple[str, str], dict[Digest, int]] = defaultdict(dict)
    oldest = now - timedelta(seconds=limits.artifacts_age_s)
    beyond: dict[Digest, tuple[int, str]] = {}
    within: set[Digest] = set()
    for row in rows:  # newest first
        group = places[(pipelines.get(row.run_id, ""), row.name)]
        place = group.setdefault(row.digest, len(group) + 1)
        if place > limits.artifacts:
            why = f"beyond the newest {limits.artifacts} of {row.name}"
        elif row.stored_at < oldest:
            why = f"older than {_days(limits.artifacts_age_s)}"
        elif row.run_id in runs:
            why = f"its run goes: {runs[row.run_id]}"
        else:
            within.add(row.digest)
            continue
        beyond.setdefault(row.digest, (row.size_bytes, why))
    return {d: of for d, of in beyond.items() if d not in within and d not in pruned}


def _logs(
    store: Store,
    marks: Sequence[RunMark],
    going: Mapping[RunId, str],
    limits: Retention,
    now: datetime,
) -> Iterator[Prunable]:
    oldest = now - timedelta(seconds=limits.logs_s)
    for mark in marks:
        if mark.state not in ENDS or not store.has_log(mark.run_id):
            continue
        why = going.get(mark.run_id, "")
        if not why and mark.created_at < oldest:
            ended = store.run(mark.run_id).ended_at or mark.created_at
            why = f"older than {_days(limits.logs_s)}" if ended < oldest else ""
        if why:
            chunks, size = store.log_room(mark.run_id)
            yield Prunable(Rest.LOG, mark.run_id, why, size, chunks)


def _events(store: Store, limits: Retention, now: datetime) -> Iterator[Prunable]:
    until = store.last_event_before(now - timedelta(seconds=limits.events_s))
    count = store.old_events(until, LASTING_EVENTS) if until else 0
    if count:
        why = f"older than {_days(limits.events_s)}"
        yield Prunable(Rest.EVENTS, f"up to number {until}", why, None, count)


def _as_prunable(kind: Rest, folder: LeftFolder, why: str, folders: LeftFolders) -> Prunable:
    return Prunable(kind, folder.name, why, folders.size(folder))


def _days(seconds: float) -> str:
    for unit, size in (("d", DAY_S), ("h", 3600.0), ("m", 60.0)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:g}s"
