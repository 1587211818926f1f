"""The workers of a workspace: one line each, and all of them in a few cells of the top bar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.pipeline import ENDS
from devops_tui.domain.view import Overview
from devops_tui.presentation import units
from devops_tui.presentation.layout import blank, pad
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.line import width as cells_of

SILENT_S = 10.0
"""A worker whose last beat is older is dead or frozen; the others take it over now."""

_HEADINGS = ("worker", "host", "pid", "version", "state", "labels", "runs")


def is_silent(worker: Worker, now: datetime) -> bool:
    """Whether its heart has stopped as far as is known."""
    return (now - worker.beat_at).total_seconds() > SILENT_S


def state_of(worker: Worker, now: datetime) -> Line:
    """Where it stands."""
    if is_silent(worker, now):
        silent_s = (now - worker.beat_at).total_seconds()
        return line((f"✕ silent {units.duration(silent_s)}", "failed"))
    if worker.state is WorkerState.WORKING:
        return line(("● working", "ok"))
    return line((f"◐ {worker.state}", "running"))


def table(overview: Overview) -> list[Line]:
    """All that have not stopped, newest first, under a heading; a note where there is none."""
    if not overview.workers:
        return [line(("no worker runs", "muted"))]
    rows: list[Sequence[Line]] = [[line((h, "muted")) for h in _HEADINGS]]
    rows += [_cells(worker, overview) for worker in overview.workers]
    widths = [max(cells_of(row[i]) for row in rows) for i in range(len(_HEADINGS))]
    return [
        tuple(
            span
            for cell, cells in zip(row, widths, strict=True)
            for span in (*pad(cell, cells), blank(2))
        )
        for row in rows
    ]


def in_short(overview: Overview, now: datetime) -> Line:
    """Several workers in the top bar: how many beat, who does not, what they walk."""
    silent = [w for w in overview.workers if is_silent(w, now)]
    if silent:
        age = units.duration((now - silent[0].beat_at).total_seconds())
        return line((f"worker on {silent[0].host} ✕ silent {age}", "failed"))
    active = sum(view.run.state not in ENDS for view in overview.runs)
    count = len(overview.workers)
    return line((f"{count} workers ", "muted"), ("●", "ok"), f" {units.plural(active, 'run')}")


def _cells(worker: Worker, overview: Overview) -> Sequence[Line]:
    own = [run_id for run_id, owner in overview.owners.items() if owner == worker.id]
    return (
        line(worker.id),
        line(worker.host),
        line(str(worker.pid)),
        line(worker.version),
        state_of(worker, overview.at),
        line((", ".join(worker.labels) or "none", "text" if worker.labels else "muted")),
        line(", ".join(own) if own else ("none", "muted")),
    )
