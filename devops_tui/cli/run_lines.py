"""A run as lines of text: its headline, its stages, its jobs."""

from __future__ import annotations

from devops_tui.domain.pipeline import JobRun
from devops_tui.domain.view import RunView
from devops_tui.domain.walk import stage_state
from devops_tui.presentation.glyphs import STATES
from devops_tui.presentation.line import Line, fit, line, span
from devops_tui.presentation.pipeline_strip import jobs_in_order
from devops_tui.presentation.units import duration, seconds_between

_ID = 14
_WORD = 11
_JOB = 14


def run_rows(view: RunView) -> list[Line]:
    """Everything of a run."""
    rows = [headline(view)]
    states = {job.job_id: job.state for job in view.jobs.values()}
    for stage in view.run.plan.stages:
        mark = STATES[stage_state(stage, states)]
        rows.append(line("  ", mark.short, " ", (stage.name, "title")))
        rows += [_job(j) for j in jobs_in_order(view) if j.stage == stage.name]
    return rows


def headline(view: RunView) -> Line:
    """One line that says how a run stands."""
    run = view.run
    mark = STATES[run.state]
    commit = run.plan.commit
    took = duration(seconds_between(run.started_at, run.ended_at)) if run.ended_at else ""
    return line(
        span(fit(f"{mark.glyph} {mark.word}", _WORD), mark.role),
        " ",
        (fit(run.id, _ID) if len(run.id) < _ID else run.id, "accent"),
        (f" {commit.short} " if commit else " ", "muted"),
        commit.subject if commit else "",
        (f"  {took or run.why_waiting}", "muted"),
    )


def _job(job: JobRun) -> Line:
    took = duration(seconds_between(job.started_at, job.ended_at)) if job.ended_at else ""
    figures = "  ".join(f"{name} {value}" for name, value in job.figures.items())
    return line(
        "      ",
        STATES[job.state].short,
        " ",
        fit(job.name, _JOB) if len(job.name) < _JOB else job.name,
        span(f"{took:>8}  ", "muted"),
        span(job.why or figures, "muted"),
    )
