"""The processes behind the screen: the workers and their collector."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Sequence

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.cli.verbs.worker_unit import INSTALL, UNINSTALL, install, uninstall
from devops_tui.cli.waiting import described
from devops_tui.domain.audit import Verb, Worker
from devops_tui.domain.errors import CommandLost, NotFound
from devops_tui.domain.event import Json
from devops_tui.presentation.line import line
from devops_tui.presentation.workers import is_silent, table

_STOP_S = 30.0
_TAKE_OVER = "take-over"


def define_worker(parser: argparse.ArgumentParser) -> None:
    """Declares `worker`; what runs a worker has a front end of its own."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="take-over WORKER: let another one go on with its runs; install, uninstall: "
        "a unit by which systemd keeps a worker; with --stop: WORKER",
    )
    parser.add_argument("--list", action="store_true", help="show the workers and what they run")
    parser.add_argument(
        "--stop", action="store_true", help="ask a running worker to end: WORKER, or the only one"
    )
    parser.add_argument("--stay", action="store_true", help="do not end when idle")
    parser.add_argument(
        "--label", action="append", metavar="LABEL", help="what runs may ask for by `runs_on`"
    )
    parser.add_argument(
        "--engine", metavar="NAME", help="what carries the runs: dbos (where installed) or inline"
    )
    parser.add_argument("--why", default="", metavar="TEXT", help="the reason of a take-over")
    examples(
        parser,
        "worker --stay --label linux --label region=eu",
        "worker --list",
        "worker install --label linux",
        "worker --stop",
        "worker take-over build1-4711-a1b2 --why 'its machine is down'",
    )
    parser.set_defaults(act=_act)


def define_collector(parser: argparse.ArgumentParser) -> None:
    """Declares `collector`, for the help alone: the worker starts collectors."""
    parser.set_defaults(act=_stop)


def _act(call: Call) -> int:
    words: Sequence[str] = call.words.words
    if call.words.list and not words:
        return _list(call)
    if call.words.stop and len(words) <= 1:
        return _stop(call)
    if len(words) == 2 and words[0] == _TAKE_OVER:
        return _take_over(call, words[1])
    if words == [INSTALL]:
        return install(call)
    if words == [UNINSTALL]:
        return uninstall(call)
    raise WrongWords(
        "worker: no such words",
        "Say: --list, --stop [WORKER], take-over WORKER, install or uninstall.",
    )


def _list(call: Call) -> int:
    overview = call.front.overview()
    for worker in overview.workers:
        call.out.json(
            {
                "worker": worker.id,
                "host": worker.host,
                "pid": worker.pid,
                "version": worker.version,
                "labels": list(worker.labels),
                "state": worker.state.value,
                "is_silent": is_silent(worker, overview.at),
                "beat_at": worker.beat_at,
                "runs": [run_id for run_id, owner in overview.owners.items() if owner == worker.id],
            }
        )
    call.out.lines(table(overview))
    return Exit.OK


def _take_over(call: Call, worker_id: str) -> int:
    """Asks a worker of this machine if there is one; starts one where none is alive."""
    overview = call.front.overview()
    alive = [w for w in overview.workers if not is_silent(w, overview.at) and w.id != worker_id]
    near = [w for w in alive if w.host == socket.gethostname()]
    by = next(iter([*near, *alive]), None)
    left = [str(run_id) for run_id, owner in overview.owners.items() if owner == worker_id]
    args: dict[str, Json] = {"by": by.id} if by is not None else {}
    outcome = call.ask(Verb.TAKE_OVER, worker_id, call.words.why, args, _STOP_S).outcome
    call.out.json({"worker": worker_id, "by": outcome.get("by"), "runs": left})
    runs = ", ".join(left) or "it walked no run"
    call.out.lines(
        [line(("took over ", "ok"), worker_id, f" by {outcome.get('by')}: ", (runs, "muted"))]
    )
    return Exit.OK


def _stop(call: Call) -> int:
    waiting = call.waiting(keeps_worker=False)
    words: Sequence[str] = getattr(call.words, "words", ())
    worker = _named(call, words[0]) if words else waiting.alive_worker()
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


def _named(call: Call, worker_id: str) -> Worker:
    for worker in call.front.overview().workers:
        if worker.id == worker_id:
            return worker
    raise NotFound(f"no worker {worker_id}", "`devops-tui worker --list` lists them.")


def _gone(call: Call, worker_id: str) -> bool | None:
    return None if any(w.id == worker_id for w in call.front.overview().workers) else True
