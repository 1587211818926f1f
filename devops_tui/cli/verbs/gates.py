"""Releases that wait for a person or for an hour: approve, reject, break the glass."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import Gate, State
from devops_tui.presentation.gates import needed
from devops_tui.presentation.line import line, span

_PLACE = "the run; with /STAGE/JOB where it waits at several gates"


def define_approve(parser: argparse.ArgumentParser) -> None:
    """Declares `approve`."""
    parser.description = (
        "Say yes at a gate. `show RUN` prints what it is decided on, and its hash;\n"
        "with --evidence the yes counts for this very evidence only."
    )
    parser.add_argument("run", metavar="RUN[/STAGE/JOB]", help=_PLACE)
    parser.add_argument(
        "--why", metavar="TEXT", required=True, help="one line, kept with the approval"
    )
    parser.add_argument(
        "--evidence", metavar="SEEN", default="", help="the hash that was shown, or its beginning"
    )
    examples(
        parser,
        "approve shop-12 --why 'load test is better than last week'",
        "approve shop-12/release/approve --evidence 4be1d2a0 --why 'go'",
    )
    parser.set_defaults(act=_approve)


def define_reject(parser: argparse.ArgumentParser) -> None:
    """Declares `reject`."""
    parser.add_argument("run", metavar="RUN[/STAGE/JOB]", help=_PLACE)
    parser.add_argument(
        "--why", metavar="TEXT", required=True, help="one line, kept with the rejection"
    )
    examples(parser, "reject shop-12 --why 'the banner must wait until Monday'")
    parser.set_defaults(act=_reject)


def define_break_glass(parser: argparse.ArgumentParser) -> None:
    """Declares `break-glass`."""
    parser.description = (
        "Let a run deploy and flip outside of its windows, and in a freeze, until it\n"
        "ends. Everybody who is told of such things is told."
    )
    parser.add_argument("run", metavar="RUN")
    parser.add_argument("--why", metavar="TEXT", required=True, help="one line, kept with the run")
    examples(parser, "break-glass shop-12 --why 'the checkout loses orders'")
    parser.set_defaults(act=_break_glass)


def _break_glass(call: Call) -> int:
    run = call.ready.break_glass(RunId(call.words.run), call.words.why)
    call.out.json(run)
    call.out.lines([line(("glass broken", "failed"), f" for {run.id} by {run.glass}")])
    return Exit.OK


def _approve(call: Call) -> int:
    run_id, job_id = _place(call.words.run)
    gate = call.ready.approve(run_id, call.words.why, job_id, call.words.evidence)
    return _tell(call, gate)


def _reject(call: Call) -> int:
    run_id, job_id = _place(call.words.run)
    return _tell(call, call.ready.reject(run_id, call.words.why, job_id))


def _place(words: str) -> tuple[RunId, JobId | None]:
    run_id, _, job_id = words.partition("/")
    return RunId(run_id), JobId(job_id) if job_id else None


def _tell(call: Call, gate: Gate) -> int:
    call.out.json(gate)
    if gate.state is State.ASKING:
        last = gate.approvals[-1]
        more = needed(call.front.run(gate.run_id), gate)
        told = line(("approved", "ok"), f" {gate.run_id} by {last.by}: {last.why}", f"; {more}")
    else:
        word = span("approved", "ok") if gate.state is State.OK else span("rejected", "failed")
        told = line(word, f" {gate.run_id} by {gate.decided_by}: {gate.why}")
    call.out.lines([told])
    return Exit.OK
