"""Runs that nobody walks on with: their worker does not beat any more, or there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import ENDS, State
from devops_tui.domain.view import Overview, RunView
from devops_tui.presentation import units
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, cut, line
from devops_tui.presentation.line import width as cells_of
from devops_tui.presentation.workers import is_silent


def left_runs(overview: Overview, views: Sequence[RunView], width: int) -> Mapping[RunId, Line]:
    """Those of the runs that stand so, each with since when and what to do next."""
    told = {view.run.id: left(overview, view, width) for view in views}
    return {run_id: said for run_id, said in told.items() if said}


def left(overview: Overview, view: RunView, width: int) -> Line:
    """Why nobody walks a run now; empty while somebody does, or when it has ended.

    What is not wide enough for the whole command names the one that lists the workers.
    """
    if view.run.state in ENDS:
        return ()
    now = overview.at
    owner = overview.owners.get(view.run.id)
    heard = (*overview.workers, *((overview.worker,) if overview.worker is not None else ()))
    is_others = any(not is_silent(w, now) for w in heard)
    if owner is None:  # not claimed yet, or given back by the last worker
        is_begun = view.run.state is not State.WAITING
        return cut(_NOBODY, width) if is_begun and not is_others else ()
    worker = next((w for w in overview.workers if w.id == owner), None)
    if worker is None or not is_silent(worker, now):
        return ()
    silent = line((f"✕ worker silent for {units.age(worker.beat_at, now)}", "failed"))
    if is_others:
        return cut(joined([silent, line("another worker takes it over")]), width)
    whole = joined([silent, line(f"devops-tui worker take-over {worker.id}")])
    if cells_of(whole) <= width:
        return whole
    return cut(joined([silent, line("devops-tui worker --list")]), width)


_NOBODY = joined([line(("✕ no worker walks it", "failed")), line("devops-tui worker starts one")])
