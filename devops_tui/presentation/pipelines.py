"""Runs: the list of them, and the head of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from devops_tui.domain.expectation import of_run
from devops_tui.domain.ids import RunId
from devops_tui.domain.incident import Incident
from devops_tui.domain.pipeline import ENDS, Run, State
from devops_tui.domain.view import RunView
from devops_tui.presentation import expectation, hours, parameters, pipeline_strip, units
from devops_tui.presentation.glyphs import STATES
from devops_tui.presentation.layout import Field, Grid, Part, blank, joined
from devops_tui.presentation.line import Line, cut, line, span
from devops_tui.presentation.line import width as cells_of
from devops_tui.presentation.rows import Row, heading, note
from devops_tui.presentation.sources import place

_STRIP_CELL = 2

FIELDS = (
    Field("name", "pipeline", 12, keep=1),
    Field("number", "run", 6, keep=0),
    Field("state", "state", 11, keep=0),
    Field("strip", "C B T D R M", 12, keep=2),
    Field("commit", "commit", 7, keep=3),
    Field("subject", "", 12, keep=4, grows=True),
    Field("author", "author", 10, keep=7),
    Field("trigger", "asked by", 14, keep=8),
    Field("took", "took", 10, keep=6, align="right"),
    Field("age", "began", 8, keep=5, align="right"),
)


def run_list(
    views: Sequence[RunView],
    incidents: Sequence[Incident],
    now: datetime,
    width: int,
    left: Mapping[RunId, Line] | None = None,
) -> list[Row]:
    """One row per run, the newest first; below an unfinished or failed one says why.

    Only the latest run of a pipeline gets that second line: older ones are history. A run
    that nobody walks on with says so in a line of its own (`left`).
    """
    grid = Grid(FIELDS, width)
    rows = [heading(grid.heading())] if views else []
    explained: set[str] = set()
    for view in views:
        rows.append(Row(view.run.id, grid.row(_cells(view, now))))
        if left and view.run.id in left:
            rows.append(note(f"{view.run.id}#left", cut((blank(2), *left[view.run.id]), width)))
        is_latest = view.run.plan.pipeline not in explained
        explained.add(view.run.plan.pipeline)
        if is_latest or view.run.state not in ENDS:
            why = pipeline_strip.why(view, incidents, now)
            if why:
                rows.append(note(view.run.id, cut((blank(2), *why), width)))
    return rows


def _cells(view: RunView, now: datetime) -> dict[str, Part]:
    run = view.run
    commit = run.plan.commit
    return {
        "name": (run.plan.pipeline, "accent"),
        "number": f"#{run.number}",
        "state": line(STATES[run.state].full),
        "strip": pipeline_strip.strip(view, _STRIP_CELL),
        "commit": commit.short if commit else ("none", "muted"),
        "subject": (commit.subject, "muted") if commit else "",
        "author": (commit.author, "muted") if commit else "",
        "trigger": (f"{run.actor}, {run.trigger}", "muted"),
        "took": (_took(run, now), "muted"),
        "age": (f"{units.age(run.started_at or run.created_at, now)} ago", "muted"),
    }


def _took(run: Run, now: datetime) -> str:
    if run.started_at is None:
        return ""
    return units.duration(units.seconds_between(run.started_at, run.ended_at or now))


def head(view: RunView, now: datetime, width: int, history: Sequence[RunView] = ()) -> list[Line]:
    """Two or three lines that say what this run is, whose, and how it stands.

    From `history`, newest first, comes when it probably ends.
    """
    run = view.run
    commit = run.plan.commit
    took = _took(run, now)
    first = joined(
        [
            line((f"{run.plan.pipeline} ▸ #{run.number}", "title")),
            line(STATES[run.state].full),
            line((f"{'took' if run.ended_at else 'for'} {took}", "muted")) if took else (),
            expectation.told(of_run(history, view, now), now),
        ]
    )
    lines = [cut(first, width)]
    if commit is not None:
        count = len(run.commits)
        second = joined(
            [
                line((commit.short, "accent"), f" {commit.subject}"),
                place(run.plan),
                line((f"by {commit.author}", "muted")) if commit.author else (),
                line((f"{count} commits since the last success", "muted")) if count > 1 else (),
                line((f"cards {', '.join(run.cards)}", "accent")) if run.cards else (),
            ]
        )
        lines.append(cut(second, width))
    asked = joined(
        [
            line((f"asked {units.age(run.created_at, now)} ago by {run.actor}", "muted")),
            line((run.trigger, "muted")),
            line(f"“{run.why}”") if run.why else (),
        ]
    )
    lines.append(cut(asked, width))
    given = parameters.told(run.plan.parameters)
    if given:
        lines.append(cut(given, width))
    if run.glass:
        lines.append(cut(hours.glass_of_run(run), width))
    if run.why_waiting:
        lines.append(cut(line(("‖ ", "waits"), (run.why_waiting, "waits")), width))
    return lines


def stages(view: RunView, now: datetime, width: int) -> Line:
    """The stages in their order with state and time: "Code ● 4 s ─ Build ◐ 31 s ─ Test ○"."""
    full = _stages(view, now, shows_times=True)
    return full if cells_of(full) <= width else cut(_stages(view, now, shows_times=False), width)


def _stages(view: RunView, now: datetime, *, shows_times: bool) -> Line:
    made: list[Line] = []
    for stage in view.run.plan.stages:
        states = pipeline_strip.stage_states(view, stage)
        if not states:
            continue
        state = pipeline_strip.combined(states)
        is_odd = state not in (State.OK, State.WAITING, State.SKIPPED)
        spent = pipeline_strip.stage_seconds(view, stage, now)
        time = f" {units.duration(spent)}" if spent is not None else ""
        mark = STATES[state]
        made.append(
            (
                span(f"{stage.name} ", "title" if is_odd else "text"),
                mark.full if is_odd else mark.short,
                span(time if shows_times else "", "muted"),
            )
        )
    return joined(made, line((" ─ ", "muted")))
