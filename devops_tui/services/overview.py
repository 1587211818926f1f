"""Reads what a screen shows, in one look at the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import is_

from devops_tui.domain.audit import Worker
from devops_tui.domain.ids import HostName, RunId
from devops_tui.domain.pipeline import Gate, Run
from devops_tui.domain.view import Overview, RunView
from devops_tui.ports.frames import Frames
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.flip_journal import TRAFFIC
from devops_tui.services.silences import written
from devops_tui.services.sprints import read_sprint

_RUNS = 30
_EVENTS = 50


def read_overview(store: Store, frames: Frames, clock: Clock) -> Overview:
    """Everything that Home shows; a few milliseconds, no network.

    Source: one snapshot of the durable store, then the live figures.
    """
    known = {frame.host: frame for frame in frames.frames()}
    with store.snapshot():
        version = store.version()
        workspace = store.workspace()
        names = list(workspace.hosts) if workspace is not None else list(known)
        return Overview(
            at=clock.now(),
            version=version,
            workspace=workspace,
            mistakes=tuple(store.workspace_mistakes()),
            worker=alive_worker(store),
            runs=view_runs(store, _runs(store)),
            sources={state.pipeline: state for state in store.source_states()},
            services={s.name: s for s in store.service_statuses()},
            flips=tuple(store.flips(limit=10)),
            cards=tuple(store.cards()),
            sprint=read_sprint(store),
            tracked=store.tracked() if workspace is not None and workspace.jira else None,
            incidents=tuple(store.incidents(limit=50)),
            silences=tuple(written(store, clock.now())),
            requests=tuple(store.requests(limit=20)),
            events=tuple(store.events(limit=_EVENTS, newest=True)),
            workers=tuple(store.workers()),
            holds={lease.name.removeprefix(TRAFFIC): lease for lease in store.leases(TRAFFIC)},
            owners={i: o.owner for i, o in store.owners().items() if o.is_alive},
            frames={name: known[HostName(name)] for name in names if name in known},
        )


def with_frames(overview: Overview, frames: Frames, clock: Clock) -> Overview:
    """The same rows with the figures of now: for when only figures changed."""
    known = {frame.host: frame for frame in frames.frames()}
    names = list(overview.workspace.hosts) if overview.workspace is not None else list(known)
    found = {name: known[HostName(name)] for name in names if name in known}
    return replace(overview, at=clock.now(), frames=found)


def with_same_frames(before: Overview, now: Overview) -> Overview:
    """The newer one, with the very mapping of figures before where none of them is new.

    Whoever draws thousands of hosts tells by its identity that there is nothing to draw.
    """
    old, new = before.frames, now.frames
    if len(old) != len(new) or not all(map(is_, old.values(), new.values())):
        return now
    return replace(now, frames=old)


def view_run(store: Store, run: Run) -> RunView:
    """A run with its jobs and gates."""
    return view_runs(store, (run,))[0]


def view_runs(store: Store, runs: Sequence[Run]) -> tuple[RunView, ...]:
    """Runs with their jobs and gates, by two questions however many they are."""
    ids = [run.id for run in runs]
    jobs = store.jobs_of(ids)
    gates: dict[RunId, list[Gate]] = {run_id: [] for run_id in ids}
    for gate in store.gates_of(ids):
        gates[gate.run_id].append(gate)
    return tuple(RunView(run, jobs[run.id], tuple(gates[run.id])) for run in runs)


def alive_worker(store: Store) -> Worker | None:
    """Whoever was heard last of those that have not stopped: its `beat_at` tells when."""
    return max(store.workers(), key=lambda w: w.beat_at, default=None)


def _runs(store: Store) -> Sequence[Run]:
    seen: dict[RunId, Run] = {run.id: run for run in store.runs(limit=_RUNS)}
    for run in store.latest_runs():
        seen.setdefault(run.id, run)
    return list(seen.values())
