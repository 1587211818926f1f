"""Logs: print them, or follow them while they grow."""

from __future__ import annotations

import argparse
import sys
import time

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import THIS_MACHINE, JobId, RunId
from devops_tui.domain.pipeline import ENDS, LogChunk
from devops_tui.presentation.line import line
from devops_tui.presentation.safe_text import without_ansi

_LOOK_S = 0.1


def define_log(parser: argparse.ArgumentParser) -> None:
    """Declares `log`."""
    parser.add_argument("what", metavar="RUN[/STAGE[/JOB]]")
    parser.add_argument("--follow", "-f", action="store_true", help="until the run ended")
    parser.add_argument("--raw", action="store_true", help="the bytes as they are, colours too")
    parser.set_defaults(act=_log)


def _log(call: Call) -> int:
    run_id, _, job = call.words.what.partition("/")
    wanted = _jobs(call, RunId(run_id), job)
    lines = _Lines(call)
    after = 0
    while True:
        is_over = call.front.run(RunId(run_id)).run.state in ENDS
        chunks = call.front.log(RunId(run_id), after=after)
        for chunk in chunks:
            after = chunk.seq
            if chunk.job_id in wanted:
                lines.take(chunk)
        if chunks:
            continue
        if is_over or not call.words.follow:
            lines.end()
            return Exit.OK
        time.sleep(_LOOK_S)


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
            sys.stdout.buffer.write(chunk.data)
            sys.stdout.buffer.flush()
            return
        key = (chunk.job_id, chunk.host)
        *whole, rest = (self._rest.get(key, b"") + chunk.data).split(b"\n")
        self._rest[key] = rest
        for row in whole:
            self._print(*key, row)

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
