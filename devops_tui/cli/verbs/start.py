"""Runs: start, stop, repeat; and wait for how they end."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit, write
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples, seconds
from devops_tui.cli.run_lines import run_rows
from devops_tui.domain.audit import Verb
from devops_tui.domain.errors import CommandLost
from devops_tui.domain.event import Json
from devops_tui.domain.ids import RunId
from devops_tui.domain.parameter import resolve
from devops_tui.domain.pipeline import ENDS, State
from devops_tui.domain.view import RunView

_ANSWER_S = 60.0
_RESTS = ENDS | {State.ASKING}


def define_run(parser: argparse.ArgumentParser) -> None:
    """Declares `run`."""
    parser.add_argument("pipeline", metavar="PIPELINE")
    parser.add_argument("--commit", metavar="ID", default="", help="default: the newest")
    parser.add_argument(
        "--param",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a parameter of the pipeline; may be repeated",
    )
    parser.add_argument("--why", metavar="TEXT", default="", help="reason, for the audit")
    define_waiting(parser)
    examples(
        parser,
        "run shop",
        "run shop --param region=us --param canaries=3",
        "run shop --wait --timeout 600",
        "run shop --commit 4be1d2a --why 'the fix for the basket'",
    )
    parser.set_defaults(act=_run)


def define_cancel(parser: argparse.ArgumentParser) -> None:
    """Declares `cancel`."""
    parser.add_argument("run", metavar="RUN")
    parser.add_argument("--why", metavar="TEXT", default="", help="reason, for the audit")
    examples(parser, "cancel shop-12 --why 'wrong branch'")
    parser.set_defaults(act=_cancel)


def define_rerun(parser: argparse.ArgumentParser) -> None:
    """Declares `rerun`."""
    parser.add_argument("run", metavar="RUN")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--failed", action="store_true", help="only what did not end well")
    which.add_argument("--from", dest="stage", metavar="STAGE", help="from this stage on")
    which.add_argument(
        "--job", metavar="STAGE/JOB", help="a failed job, while the rest of the run goes on"
    )
    which.add_argument(
        "--today",
        action="store_true",
        help="all of it, as the pipeline is defined today; else always the same plan",
    )
    parser.add_argument("--why", metavar="TEXT", default="", help="reason, for the audit")
    define_waiting(parser)
    examples(
        parser,
        "rerun shop-12 --failed --wait",
        "rerun shop-12 --from test",
        "rerun shop-12 --job test/unit",
    )
    parser.set_defaults(act=_rerun)


def define_waiting(parser: argparse.ArgumentParser) -> None:
    """Declares the words that `follow` reads."""
    parser.add_argument("--wait", action="store_true", help="until it ended or asks a person")
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=3600.0,
        metavar="SECONDS",
        help="of --wait; the run itself goes on (default: 3600)",
    )


def _run(call: Call) -> int:
    words = call.words
    pipeline = call.workspace.pipeline(words.pipeline)
    args: dict[str, Json] = {"commit": words.commit} if words.commit else {}
    given = _parameters(words.param)
    resolve(pipeline.parameters, given)  # what is wrong is said before anything is filed
    if given:
        args["parameters"] = given
    ended = call.ask(Verb.RUN, pipeline.name, words.why, args, _ANSWER_S)
    return follow(call, RunId(str(ended.outcome["run_id"])))


def _parameters(words: Sequence[str]) -> dict[str, str]:
    """Name to value of NAME=VALUE words.

    Raises:
        WrongWords: One has no `=`, or a name stands twice.
    """
    given: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not name or not sign:
            raise WrongWords(f"--param {word}: no NAME=VALUE", "Write it like --param region=us")
        if name in given:
            raise WrongWords(f"--param {name} stands twice", "Keep one of the two.")
        given[name] = value
    return given


def _rerun(call: Call) -> int:
    words = call.words
    call.front.run(RunId(words.run))  # raises NotFound
    if words.job:
        args = {"job": words.job}
        call.ask(Verb.RERUN_JOB, words.run, words.why, dict(args), _ANSWER_S)
        return follow(call, RunId(words.run))
    mode = "failed" if words.failed else "from" if words.stage else "all"
    mode = "today" if words.today else mode
    args = {"mode": mode, "stage": words.stage or ""}
    ended = call.ask(Verb.RERUN, words.run, words.why, dict(args), _ANSWER_S)
    return follow(call, RunId(str(ended.outcome["run_id"])))


def follow(call: Call, run_id: RunId) -> int:
    """Prints a run, with --wait after it has ended or asks; its exit code.

    Raises:
        CommandLost: It has not ended in time.
    """
    if call.words.wait:
        call.wait(lambda: _rest(call, run_id), call.words.timeout, lambda: _said(call, run_id))
    view = call.front.run(run_id)
    _print(call, view)
    if call.words.wait and view.run.state not in _RESTS:
        raise CommandLost(
            f"{run_id} has not ended after {call.words.timeout:g} s",
            f"It goes on: `devops-tui log {run_id} --follow`.",
        )
    if call.words.wait and view.run.state is State.ASKING:
        write(f"{run_id} waits for a person: `devops-tui approve {run_id} --why TEXT`, or `reject`")
    return _code(view.run.state)


def _rest(call: Call, run_id: RunId) -> RunView | None:
    view = call.front.run(run_id)
    return view if view.run.state in _RESTS else None


def _said(call: Call, run_id: RunId) -> str:
    view = call.front.run(run_id)
    if view.run.state in _RESTS:  # ended since the last look
        return ""
    running = [job.job_id for job in view.jobs.values() if job.state is State.RUNNING]
    return f"{run_id}: {', '.join(running) or view.run.why_waiting or view.run.state}"


def _code(state: State) -> Exit:
    if state is State.LOST:
        return Exit.UNKNOWN
    # a run of which no job was wanted has done all that it should
    return Exit.FAILED if state in ENDS - {State.OK, State.SKIPPED} else Exit.OK


def _cancel(call: Call) -> int:
    run_id = RunId(call.words.run)
    call.front.run(run_id)  # raises NotFound
    call.ask(Verb.CANCEL, run_id, call.words.why, {}, _ANSWER_S)
    _print(call, call.front.run(run_id))
    return Exit.OK


def _print(call: Call, view: RunView) -> None:
    call.out.json(view)
    call.out.lines(run_rows(view))
