"""Reads the ways of the last commits of a pipeline out of the runs that happened."""

from __future__ import annotations

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Run
from devops_tui.domain.stream import Journey, ValueStream, journey, value_stream
from devops_tui.domain.view import RunView
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.overview import view_run

_RUNS = 40
_DEPTH = 20


def read_stream(store: Store, clock: Clock, pipeline: str) -> ValueStream:
    """The value stream that ends in a pipeline, upstream pipelines included.

    A commit that was run several times counts by its newest run. One read of the store.

    Raises:
        NotFound: There is no such pipeline, and no run of it.
    """
    with store.snapshot():
        runs = store.runs(pipeline, _RUNS)
        workspace = store.workspace()
        if not runs and (workspace is None or pipeline not in workspace.pipelines):
            raise NotFound(f"no pipeline {pipeline}", "`devops-tui runs` lists what ran.")
        found: dict[str, Journey] = {}
        for run in runs:
            made = journey(_chain(store, run), clock.now())
            if made is not None:
                found.setdefault(made.commit.id, made)
        return value_stream(pipeline, list(found.values()))


def _chain(store: Store, run: Run) -> list[RunView]:
    """The runs that led to this one; of several inputs the one that was waited for."""
    chain: list[RunView] = []
    seen: set[RunId] = set()
    last: Run | None = run
    while last is not None and last.id not in seen and len(chain) < _DEPTH:
        seen.add(last.id)
        chain.insert(0, view_run(store, last))
        inputs = [_known(store, one.run_id) for one in last.plan.inputs]
        ended = [(one.ended_at or one.created_at, one) for one in inputs if one is not None]
        last = max(ended, key=lambda pair: pair[0])[1] if ended else None
    return chain


def _known(store: Store, run_id: RunId) -> Run | None:
    try:
        return store.run(run_id)
    except NotFound:  # retention took it
        return None
