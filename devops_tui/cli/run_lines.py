"""A run as lines of text: its headline, its stages, its jobs."""

from __future__ import annotations

from datetime import UTC, datetime

from devops_tui.domain.pipeline import JobRun, Plan
from devops_tui.domain.view import RunView
from devops_tui.domain.walk import stage_state
from devops_tui.presentation import gates, hosts, parameters, reports
from devops_tui.presentation.glyphs import STATES
from devops_tui.presentation.jobs import gate_evidence
from devops_tui.presentation.line import Line, fit, line, span
from devops_tui.presentation.pipeline_strip import jobs_in_order
from devops_tui.presentation.units import duration, seconds_between

_ID = 14
_WORD = 11
_JOB = 14
_BELOW = " " * 8
_WIDTH = 500  # text is for pipes and pagers: it is cut against floods only


def run_rows(view: RunView) -> list[Line]:
    """Everything of a run."""
    rows = [headline(view)]
    given = parameters.told(view.run.plan.parameters)
    if given:
        rows.append(line("  ", *given))
    states = {job.job_id: job.state for job in view.jobs.values()}
    for stage in view.run.plan.stages:
        mark = STATES[stage_state(stage, states)]
        rows.append(line("  ", mark.short, " ", (stage.name, "title")))
        for job in jobs_in_order(view):
            if job.stage == stage.name:
                rows += [_job(job, view.run.plan), *_hosts(job), *_report(job)]
    for gate in gates.asking(view):
        rows.append(line((f"  ‖ {gate.job_id} asks", "waits")))
        shown = gate_evidence(gate, datetime.now(UTC), _WIDTH, view)
        rows += [(span("    "), *row.line) for row in shown]
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
        (f"  {took}", "muted") if took else "",
        (f"  {run.why_waiting}", "muted") if run.why_waiting else "",
    )


def _report(job: JobRun) -> list[Line]:
    """What tests and load tools reported, below the job."""
    if job.report is None:
        return []
    return [(span(_BELOW), *row.line) for row in reports.rows(job.name, job.report, _WIDTH)]


def _hosts(job: JobRun) -> list[Line]:
    """How it stands on each of its hosts."""
    return [row.line for row in hosts.host_rows(job, datetime.now(UTC), _WIDTH, len(_BELOW))]


def _job(job: JobRun, plan: Plan) -> Line:
    took = duration(seconds_between(job.started_at, job.ended_at)) if job.ended_at else ""
    figures = "  ".join(f"{name} {value}" for name, value in job.figures.items())
    pause = hosts.retry_line(plan, job, datetime.now(UTC))
    return line(
        "      ",
        STATES[job.state].short,
        " ",
        fit(job.name, _JOB) if len(job.name) < _JOB else job.name,
        span(f"{took:>8}  ", "muted"),
        *(pause or (span(job.why or figures, "muted"),)),
    )
