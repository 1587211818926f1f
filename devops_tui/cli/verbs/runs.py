"""Runs: start, list, show, approve, cancel, repeat."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call, wait_for
from devops_tui.cli.diagnostics import Exit
from devops_tui.domain.audit import Verb
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import ENDS, JobRun, State
from devops_tui.domain.view import RunView
from devops_tui.domain.walk import stage_state
from devops_tui.presentation.glyphs import STATES
from devops_tui.presentation.line import Line, fit, line, span
from devops_tui.presentation.pipeline_strip import jobs_in_order
from devops_tui.presentation.units import duration, seconds_between

_ANSWER_S = 30.0

_CODES = {
    State.OK: Exit.OK,
    State.LOST: Exit.UNKNOWN,
}


def define_run(parser: argparse.ArgumentParser) -> None:
    """Declares `run`."""
    parser.add_argument("pipeline")
    parser.add_argument("--commit", default="", help="id of the commit; default: the newest")
    parser.add_argument("--why", default="", help="reason, for the audit")
    _waiting(parser)
    parser.set_defaults(act=_run)


def define_runs(parser: argparse.ArgumentParser) -> None:
    """Declares `runs`."""
    parser.add_argument("pipeline", nargs="?")
    parser.add_argument("--limit", type=int, default=20)
    parser.set_defaults(act=_runs)


def define_show(parser: argparse.ArgumentParser) -> None:
    """Declares `show`."""
    parser.add_argument("run")
    parser.set_defaults(act=_show)


def define_cancel(parser: argparse.ArgumentParser) -> None:
    """Declares `cancel`."""
    parser.add_argument("run")
    parser.add_argument("--why", default="")
    parser.set_defaults(act=_cancel)


def define_rerun(parser: argparse.ArgumentParser) -> None:
    """Declares `rerun`."""
    parser.add_argument("run")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--failed", action="store_true", help="only what did not end well")
    which.add_argument("--from", dest="stage", metavar="STAGE", help="from this stage on")
    parser.add_argument("--why", default="")
    _waiting(parser)
    parser.set_defaults(act=_rerun)


def define_approve(parser: argparse.ArgumentParser) -> None:
    """Declares `approve`."""
    parser.add_argument("run")
    parser.add_argument("--why", required=True, help="one line, kept with the approval")
    parser.set_defaults(act=_approve)


def define_reject(parser: argparse.ArgumentParser) -> None:
    """Declares `reject`."""
    parser.add_argument("run")
    parser.add_argument("--why", required=True, help="one line, kept with the rejection")
    parser.set_defaults(act=_reject)


def _waiting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", action="store_true", help="until it ended or asks a person")
    parser.add_argument("--timeout", type=float, default=3600.0, metavar="SECONDS")


def _run(call: Call) -> int:
    words = call.words
    args = {"commit": words.commit} if words.commit else {}
    ended = call.ask(Verb.RUN, words.pipeline, words.why, args, _ANSWER_S)
    return _follow(call, RunId(str(ended.outcome["run_id"])))


def _rerun(call: Call) -> int:
    words = call.words
    mode = "failed" if words.failed else "from" if words.stage else "all"
    args = {"mode": mode, "stage": words.stage or ""}
    ended = call.ask(Verb.RERUN, words.run, words.why, args, _ANSWER_S)
    return _follow(call, RunId(str(ended.outcome["run_id"])))


def _follow(call: Call, run_id: RunId) -> int:
    if call.words.wait:
        wait_for(lambda: _rest(call, run_id), call.words.timeout)
    view = call.front.run(run_id)
    _print(call, view)
    if view.run.state in ENDS:
        return _CODES.get(view.run.state, Exit.FAILED)
    return Exit.OK if not call.words.wait or view.run.state is State.ASKING else Exit.UNKNOWN


def _rest(call: Call, run_id: RunId) -> RunView | None:
    view = call.front.run(run_id)
    if view.run.state in ENDS or view.run.state is State.ASKING:
        return view
    call.front.ensure_worker()
    return None


def _runs(call: Call) -> int:
    views = call.front.runs(call.words.pipeline, call.words.limit)
    for view in views:
        call.out.json(view)
    call.out.lines(_headline(view) for view in views)
    if not views:
        call.out.lines([line(("no runs yet", "muted"))])
    return Exit.OK


def _show(call: Call) -> int:
    _print(call, call.front.run(RunId(call.words.run)))
    return Exit.OK


def _cancel(call: Call) -> int:
    call.ask(Verb.CANCEL, call.words.run, call.words.why, {}, _ANSWER_S)
    _print(call, call.front.run(RunId(call.words.run)))
    return Exit.OK


def _approve(call: Call) -> int:
    gate = call.ready.approve(RunId(call.words.run), call.words.why)
    call.out.json(gate)
    call.out.lines([line(("approved", "ok"), f" {gate.run_id} by {gate.decided_by}: {gate.why}")])
    return Exit.OK


def _reject(call: Call) -> int:
    gate = call.ready.reject(RunId(call.words.run), call.words.why)
    call.out.json(gate)
    call.out.lines(
        [line(("rejected", "failed"), f" {gate.run_id} by {gate.decided_by}: {gate.why}")]
    )
    return Exit.OK


def _print(call: Call, view: RunView) -> None:
    call.out.json(view)
    rows = [_headline(view)]
    states = {job.job_id: job.state for job in view.jobs.values()}
    for stage in view.run.plan.stages:
        mark = STATES[stage_state(stage, states)]
        rows.append(line("  ", mark.short, " ", (stage.name, "title")))
        rows += [_job(j) for j in jobs_in_order(view) if j.stage == stage.name]
    call.out.lines(rows)


def _headline(view: RunView) -> Line:
    run = view.run
    commit = run.plan.commit
    took = duration(seconds_between(run.started_at, run.ended_at))
    return line(
        STATES[run.state].full,
        " ",
        (fit(run.id, 16), "accent"),
        (f" {commit.short} " if commit else " ", "muted"),
        commit.subject if commit else "",
        (f"  {took}" if run.ended_at else f"  {run.why_waiting}", "muted"),
    )


def _job(job: JobRun) -> Line:

    took = duration(seconds_between(job.started_at, job.ended_at)) if job.started_at else ""
    figures = "  ".join(f"{k} {v}" for k, v in job.figures.items())
    return line(
        "      ",
        STATES[job.state].short,
        " ",
        fit(job.name, 14),
        span(f"{took:>8}  ", "muted"),
        span(job.why or figures, "muted"),
    )
