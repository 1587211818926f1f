"""The jobs of a run: which stand side by side, how each stands, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from devops_tui.domain.event import Json
from devops_tui.domain.expectation import of_job
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import ENDS, Gate, JobRun, State
from devops_tui.domain.view import RunView
from devops_tui.domain.walk import why_not_ready
from devops_tui.presentation import expectation, gates, hosts, pipeline_strip, reports, units
from devops_tui.presentation.evidence import evidence_lines
from devops_tui.presentation.glyphs import STATES
from devops_tui.presentation.layout import Field, Grid, Part, joined, rule
from devops_tui.presentation.line import Line, cut, line, span
from devops_tui.presentation.rows import Row, note

FIELDS = (
    Field("stage", "stage", 9, keep=1),
    Field("name", "job", 16, keep=0),
    Field("state", "state", 13, keep=2),
    Field("time", "time", 9, keep=4, align="right"),
    Field("why", "", 12, keep=3, grows=True),
)

_BEFORE_NAME = 4  # a branch and a mark

_SHORT: Mapping[str, tuple[str, str]] = {
    "tps": ("", "/s"),
    "ms": ("", ""),
    "mean_ms": ("mean ", ""),
    "p50_ms": ("p50 ", ""),
    "p95_ms": ("p95 ", ""),
    "p99_ms": ("p99 ", ""),
    "error_ratio": ("errors ", ""),
}
"""What stands before and after well-known figures."""


def job_list(
    view: RunView,
    now: datetime,
    width: int,
    before: Mapping[str, Json] | None = None,
    history: Sequence[RunView] = (),
) -> list[Row]:
    """One row per job in the plan's order; jobs of a stage hang together.

    Args:
        view: The run.
        now: For the time that running jobs have taken.
        width: Cells.
        before: Load figures of the last good run, to compare with.
        history: Runs, newest first; from them comes when a running job probably ends.
    """
    grid = Grid(_fields(view, width), width)
    rows: list[Row] = []
    for stage in view.run.plan.stages:
        for index, job in enumerate(stage.jobs):
            job_id = JobId(f"{stage.name}/{job.name}")
            record = view.jobs.get(job_id) or JobRun(view.run.id, job_id)
            branch = _branch(index, len(stage.jobs))
            mark = STATES[record.state]
            cells: dict[str, Part] = {
                "stage": (stage.name if index == 0 else "", "title"),
                "name": line((branch, "muted"), mark.short, " ", (job.name, "accent")),
                "state": (mark.word, mark.role),
                "time": (_time(record, now), "muted"),
                "why": joined(
                    [
                        expectation.told(of_job(history, view, job_id, now), now),
                        _why(view, record, now, before),
                    ]
                ),
            }
            rows.append(Row(job_id, grid.row(cells)))
            rows += hosts.host_rows(record, now, width)
            rows += reports.brief(job_id, record.report, width)
    return rows


def _fields(view: RunView, width: int) -> Sequence[Field]:
    """The columns, with room for the names that a matrix makes."""
    names = [len(job.name) for stage in view.run.plan.stages for job in stage.jobs]
    wanted = max(names, default=0) + _BEFORE_NAME
    return [
        replace(f, cells=max(f.cells, min(wanted, width // 3))) if f.name == "name" else f
        for f in FIELDS
    ]


def _branch(index: int, count: int) -> str:
    if count == 1:
        return "─ "
    return "┬ " if index == 0 else "└ " if index == count - 1 else "├ "


def _time(job: JobRun, now: datetime) -> str:
    if job.started_at is None:
        return ""
    return units.duration(units.seconds_between(job.started_at, job.ended_at or now))


def _why(view: RunView, job: JobRun, now: datetime, before: Mapping[str, Json] | None) -> Line:
    parts: list[Line] = []
    if job.is_reused:
        parts.append(line(("taken from the run before", "muted")))
    plan = view.run.plan
    if job.retry_at is not None:
        return joined([*parts, hosts.retry_line(plan, job, now)])
    if job.attempt > 1:
        parts.append(line((hosts.attempt_word(plan, job), "warning")))
    if job.figures:
        parts.append(figures(job.figures, before))
    if job.why:
        parts.append(line((job.why, STATES[job.state].role if job.state in ENDS else "muted")))
    elif job.state is State.FAILED and job.exit_code is not None:
        parts.append(line((f"exit code {job.exit_code}", "failed")))
    elif job.state is State.WAITING:
        parts.append(line((_waits_for(view, job.job_id), "muted")))
    elif job.state is State.ASKING:
        gate = next((g for g in view.gates if g.job_id == job.job_id), None)
        asked = f"asked {units.age(gate.asked_at, now)} ago" if gate else "a person is asked"
        parts.append(line((f"{asked}, ", "waits"), ("a", "key"), (" approves", "muted")))
    if job.state is State.LOST:
        parts.append(line(("x", "key"), (" says how it ended", "muted")))
    return joined([p for p in parts if p])


def _waits_for(view: RunView, job_id: JobId) -> str:
    if view.run.state in ENDS:
        return "never began"
    states = {i: pipeline_strip.state_of(view, i) for i in view.run.plan.job_ids}
    try:
        return why_not_ready(view.run.plan, job_id, states) or "may start now"
    except KeyError:
        return "waits for something that is not in the plan"


def figures(of: Mapping[str, Json], before: Mapping[str, Json] | None = None) -> Line:
    """Measured values with their units, and those of the last good run behind them."""
    told = [t for name, value in of.items() if (t := _figure(name, value))]
    if not told:
        return ()
    shown = line("  ".join(told))
    if before:
        past = [t for name, value in before.items() if name in of and (t := _figure(name, value))]
        if past:
            shown = (*shown, span(f"  (before: {'  '.join(past)})", "muted"))
    return shown


def _figure(name: str, value: Json) -> str:
    before, after = _SHORT.get(name, (f"{_words(name)} ", ""))
    if units.number(value) is None and name in _SHORT:
        return ""
    return f"{before}{_value(name, value)}{after}"


def _value(name: str, value: Json) -> str:
    told = units.number(value)
    if told is None:
        return _json(value)
    if name == "ms" or name.endswith("_ms"):
        return units.milliseconds(told)
    if name.endswith("_ratio"):
        return units.percent(told, 2)
    if name.endswith("_bytes"):
        return units.size(told)
    if name.endswith("_s"):
        return units.duration(told)
    return f"{told:,.0f}" if abs(told) >= 10 or told.is_integer() else f"{told:.1f}"


def _words(name: str) -> str:
    return re.sub(r"_(ms|ratio|bytes|s)$", "", name).replace("_", " ")


def _json(value: Json, depth: int = 2) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        inner = (
            "…" if depth == 0 else ", ".join(f"{k} {_json(v, depth - 1)}" for k, v in value.items())
        )
        return f"({inner})"
    if isinstance(value, list | tuple):
        return "…" if depth == 0 else ", ".join(_json(v, depth - 1) for v in value)
    return str(value)


def gate_rows(gate: Gate, now: datetime, width: int, view: RunView | None = None) -> list[Row]:
    """What is asked, and the evidence that a person decides on, below a heading.

    With the run that asks: who may answer, and who has, too.
    """
    return [
        note("gate", rule(line(("approval", "title")), width)),
        *gate_evidence(gate, now, width, view),
    ]


def gate_evidence(gate: Gate, now: datetime, width: int, view: RunView | None = None) -> list[Row]:
    """The same without the heading, for a place that has a title of its own."""
    rows: list[Row] = []
    if gate.state is State.ASKING:
        asked = line((f"‖ waits for a person, asked {units.age(gate.asked_at, now)} ago", "waits"))
        left = gates.time_left(gate, now)
        asked = joined([asked, line((left, "muted")) if left else ()])
        rows.append(note("gate asked", cut(asked, width)))
    else:
        word = "approved" if gate.state is State.OK else STATES[gate.state].word
        who = f" by {gate.decided_by}" if gate.decided_by else ""
        when = f" {units.age(gate.decided_at, now)} ago" if gate.decided_at else ""
        mark = STATES[gate.state]
        told = line((f"{mark.glyph} {word}{who}{when}", mark.role), f" “{gate.why}”")
        rows.append(note("gate decided", cut(told, width)))
    for name, value in gate.evidence.items():
        rows += _evidence(name, value, width)
    if view is None:
        plan = line(("  plan ", "muted"), gate.plan_hash[:12])
        return [*rows, note("gate plan", cut(plan, width))]
    told_lines = enumerate(gates.gate_lines(view, gate))
    return rows + [note(f"gate line {number}", cut(of, width)) for number, of in told_lines]


def _evidence(name: str, value: Json, width: int) -> list[Row]:
    lines = evidence_lines(name, value)
    if lines is None and isinstance(value, dict) and value:
        nested = {k: v for k, v in value.items() if isinstance(v, dict)}
        if len(nested) == len(value):  # figures of several jobs
            lines = [line((f"{job}  ", "accent"), *figures(v)) for job, v in nested.items()]
    if lines is None:
        shown = figures(value) if isinstance(value, dict) else line(_value(name, value))
        lines = [shown] if shown else []
    rows = []
    for number, shown in enumerate(lines):
        label = line((f"  {_words(name) if number == 0 else '':<10} ", "muted"))
        rows.append(note(f"evidence {name} {number}", cut((*label, *shown), width)))
    return rows


def load_before(runs: list[RunView], view: RunView) -> Mapping[str, Json] | None:
    """The load figures of the last good run of the same pipeline before this one."""
    for other in runs:
        is_older = other.run.number < view.run.number
        if other.run.plan.pipeline != view.run.plan.pipeline or not is_older:
            continue
        if other.run.state is not State.OK:
            continue
        found = next((j.figures for j in other.jobs.values() if "tps" in j.figures), None)
        if found is not None:
            return found
    return None
