"""The processes behind the screen: the worker and its collector."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples
from devops_tui.cli.waiting import described
from devops_tui.domain.audit import Verb
from devops_tui.domain.errors import CommandLost
from devops_tui.presentation.line import line

_STOP_S = 30.0


def define_worker(parser: argparse.ArgumentParser) -> None:
    """Declares `worker`; only --stop comes here, the rest is the worker's own front end."""
    parser.add_argument("--stop", action="store_true", help="ask the running worker to end")
    parser.add_argument("--stay", action="store_true", help="do not end when idle")
    parser.add_argument(
        "--engine", metavar="NAME", help="what carries the runs: dbos (where installed) or inline"
    )
    examples(parser, "worker --stay", "worker --stop")
    parser.set_defaults(act=_stop)


def define_collector(parser: argparse.ArgumentParser) -> None:
    """Declares `collector`, for the help alone: the worker starts collectors."""
    parser.set_defaults(act=_stop)


def _stop(call: Call) -> int:
    waiting = call.waiting(keeps_worker=False)
    worker = waiting.alive_worker()
    if worker is None:
        call.out.json({"worker": None})
        call.out.lines([line(("no worker runs", "muted"))])
        return Exit.OK
    call.front.file(Verb.STOP_WORKER, worker.id, "asked on the command line")
    ended = waiting.until(
        lambda: _gone(call, worker.id), _STOP_S, lambda: f"{described(worker)} to end"
    )
    if ended is None:
        raise CommandLost(f"{described(worker)} did not end", f"Look at {call.paths.worker_log}.")
    call.out.json({"worker": worker.id, "pid": worker.pid, "state": "stopped"})
    call.out.lines(
        [line(("stopped ", "ok"), worker.id, ("; what it had started goes on", "muted"))]
    )
    return Exit.OK


def _gone(call: Call, worker_id: str) -> bool | None:
    now = call.front.overview().worker
    return True if now is None or now.id != worker_id else None
