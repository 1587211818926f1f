"""Logs: print them, or follow them while they grow."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit, write
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import THIS_MACHINE, JobId, RunId
from devops_tui.domain.log_lines import CHUNKS_AT_ONCE, LogPlace
from devops_tui.domain.pipeline import ENDS, LogChunk, Run
from devops_tui.presentation.line import line
from devops_tui.presentation.safe_text import without_ansi

_LINE_BYTES = 64 * 1024


def define_log(parser: argparse.ArgumentParser) -> None:
    """Declares `log`."""
    parser.add_argument("what", metavar="RUN[/STAGE[/JOB[:LINE]]]", nargs="?")
    parser.add_argument("--follow", "-f", action="store_true", help="until the run has ended")
    parser.add_argument(
        "--raw", action="store_true", help="the bytes as they came, escape sequences too"
    )
    parser.add_argument(
        "--context",
        type=at_least_zero,
        default=10,
        metavar="N",
        help="with :LINE, lines above and below it (10)",
    )
    parser.add_argument("--search", metavar="TEXT", help="the lines of all runs that hold it")
    parser.add_argument("--pipeline", metavar="NAME", help="with --search, only its runs")
    parser.add_argument(
        "--last", type=at_least_zero, default=20, metavar="N", help="with --search, the newest N"
    )
    examples(
        parser,
        "log shop-12",
        "log shop-12/test/unit",
        "log shop-12/test/unit:1732",
        "log shop-12 --follow",
        "log shop-12/test --raw > test.log",
        "log --search 'connection refused' --last 50",
    )
    parser.set_defaults(act=_log)


def at_least_zero(text: str) -> int:
    """A count of lines or runs."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is no count")
    return int(text)


def _log(call: Call) -> int:
    words = call.words
    if words.search is not None:
        if words.what or words.follow or words.raw:
            raise WrongWords("log --search takes --pipeline and --last only", "")
        from devops_tui.cli.verbs.log_search import search

        return search(call)
    if not words.what:
        raise WrongWords("log: name a run, or search by --search TEXT", "devops-tui log RUN")
    if ":" in words.what:
        from devops_tui.cli.verbs.log_search import around

        return around(call, LogPlace.parse(words.what))
    name, _, job = words.what.partition("/")
    run_id = RunId(name)
    wanted = _jobs(call, run_id, job.rstrip("/"))
    lines = _Lines(call)
    waiting = call.waiting()
    after = 0
    while True:
        seen = call.front.version()
        run = call.front.run(run_id).run
        is_over = run.state in ENDS
        chunks = call.front.log(run_id, after=after, limit=CHUNKS_AT_ONCE)
        for chunk in chunks:
            after = chunk.seq
            if chunk.job_id in wanted:
                lines.take(chunk)
        if chunks:
            continue
        if is_over or not call.words.follow:
            lines.end()
            _say_pruned(run)
            return Exit.OK
        waiting.change(seen)


def _say_pruned(run: Run) -> None:
    if run.log_pruned_at is not None:
        write(f"the log of {run.id} was pruned on {run.log_pruned_at:%Y-%m-%d} by retention")


def _jobs(call: Call, run_id: RunId, job: str) -> frozenset[JobId]:
    """The jobs that RUN/STAGE/JOB names: all, those of a stage, or one."""
    jobs = call.front.run(run_id).jobs
    wanted = frozenset(j for j in jobs if not job or j == job or j.startswith(job + "/"))
    if not wanted:
        raise NotFound(f"{run_id} has no {job}", "There are: " + ", ".join(sorted(jobs)) + ".")
    return wanted


class _Lines:
    """Joins chunks to whole lines, each stream for itself."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._rest: dict[tuple[str, str], bytes] = {}

    def take(self, chunk: LogChunk) -> None:
        if self._call.words.raw and not self._call.out.is_json:
            self._call.out.raw(chunk.data)
            return
        key = (chunk.job_id, chunk.host)
        *whole, rest = (self._rest.get(key, b"") + chunk.data).split(b"\n")
        for row in whole:
            self._print(*key, row)
        if len(rest) > _LINE_BYTES:  # who never ends a line shall not fill our memory
            self._print(*key, rest)
            rest = b""
        self._rest[key] = rest

    def end(self) -> None:
        for key, row in self._rest.items():
            if row:
                self._print(*key, row)
        self._rest.clear()

    def _print(self, job_id: str, host: str, row: bytes) -> None:
        text = without_ansi(row.decode("utf-8", "replace")).rstrip("\r")
        self._call.out.json({"job": job_id, "host": host, "line": text})
        where = job_id if host == THIS_MACHINE else f"{job_id} {host}"
        self._call.out.lines([line((f"{where} │ ", "muted"), text)])
