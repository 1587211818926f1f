"""The process that holds the demo world together: one child process per host.

`python -m devops_tui.demo.supervisor FOLDER` returns 0 when all hosts listen (the world
goes on without it), or 1 with the reason on stderr. The world ends when the supervisor
gets a TERM, when its folder vanishes, or when nobody looked at it for its idle time.
A host that dies is written down, not started again: it is something to see.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from devops_tui.demo import ending, processes, visits
from devops_tui.demo.plan import WorldPlan, write_json
from devops_tui.demo.processes import Process

_TICK_S = 1.0
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_READY_WITHIN_S = 30.0


class Supervisor:
    """Starts the hosts, watches them, and ends everything below itself."""

    def __init__(self, plan: WorldPlan) -> None:
        self._plan = plan
        self._hosts: dict[str, Process] = {}
        self._dead: dict[str, str] = {}

    def start(self) -> str:
        """Forks the hosts; returns "" when all listen, else why not."""
        from devops_tui.demo.hosts import run_host  # imports asyncssh, once for all hosts

        waiting: dict[int, str] = {}
        for host in self._plan.host_plans():
            read_end, write_end = os.pipe()
            me = os.getpid()
            pid = os.fork()
            if pid == 0:
                os.close(read_end)
                processes.end_with_parent(me)
                _exit_with(lambda: run_host(host, _reporter(write_end)))  # noqa: B023 - at once
            os.close(write_end)
            waiting[read_end] = host.name
            found = processes.process_of(pid)
            if found is not None:
                self._hosts[host.name] = found
        return _first_trouble(waiting)

    def watch(self) -> None:
        """Until the world ends."""
        news = {signal.SIGCHLD, *_STOP_SIGNALS}
        signal.pthread_sigmask(signal.SIG_BLOCK, news)  # after the forks: hosts need theirs
        while not visits.is_forgotten(self._plan):
            arrived = signal.sigtimedwait(news, _TICK_S)
            if arrived is not None and arrived.si_signo in _STOP_SIGNALS:
                return
            if self._reap():
                self.write()

    def end(self) -> None:
        """Ends the workers, the hosts, then whatever they left behind."""
        ending.end_workers(self._plan)
        processes.end(list(self._hosts.values()))
        processes.end_below(os.getpid())
        self._plan.processes_file.unlink(missing_ok=True)

    def _reap(self) -> bool:
        """Takes note of children that ended; True when one of them was a host."""
        is_news = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return is_news
            if pid == 0:
                return is_news
            for name, process in self._hosts.items():
                if process.pid == pid:
                    self._dead[name] = _how_it_ended(os.waitstatus_to_exitcode(status))
                    is_news = True

    def write(self) -> None:
        """Writes down who runs and who died."""
        me = processes.process_of(os.getpid())
        if me is None or not self._plan.folder.is_dir():
            return
        write_json(
            self._plan.processes_file,
            {
                "supervisor": me.encode(),
                "hosts": {name: p.encode() for name, p in self._hosts.items()},
                "dead": self._dead,
            },
        )


def _reporter(write_end: int) -> Callable[[str], None]:
    def report(reason: str) -> None:
        os.write(write_end, json.dumps(reason).encode() + b"\n")
        os.close(write_end)

    return report


def _first_trouble(waiting: dict[int, str]) -> str:
    """Reads every host's one report; the first reason why one does not listen, or ""."""
    trouble = ""
    deadline = time.monotonic() + _READY_WITHIN_S
    while waiting:
        ready, _, _ = select.select(list(waiting), [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            trouble = trouble or f"{next(iter(waiting.values()))} does not come up"
        for end in ready or list(waiting):
            line = os.read(end, 1 << 16) if ready else b""
            os.close(end)
            name = waiting.pop(end)
            said = json.loads(line) if line else f"{name} ended before it listened"
            trouble = trouble or said
    return trouble


def _how_it_ended(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit {code}"


def _exit_with(work: Callable[[], int]) -> None:
    """Ends a forked child without running the parent's clean-up."""
    code = 70
    try:
        code = work()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main(arguments: Sequence[str]) -> int:
    """Forks the supervisor away and waits until it says how its start went."""
    plan = WorldPlan.read(Path(arguments[0]))
    read_end, write_end = os.pipe()
    child = os.fork()
    if child:
        os.close(write_end)
        with os.fdopen(read_end, "rb") as pipe:
            said = pipe.readline()
        reason = json.loads(said) if said else "the supervisor ended before it was ready"
        if reason:
            sys.stderr.write(f"{reason}\n")
        return 1 if reason else 0
    os.close(read_end)
    _leave_the_terminal(plan.log_file)
    _exit_with(lambda: _supervise(plan, _reporter(write_end)))
    return 0


def _leave_the_terminal(log: Path) -> None:
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(target, 1)
    os.dup2(target, 2)


def _supervise(plan: WorldPlan, report: Callable[[str], None]) -> int:
    processes.set_name("demo world")
    processes.become_subreaper()
    supervisor = Supervisor(plan)
    trouble = supervisor.start()
    if trouble:
        supervisor.end()
        report(trouble)
        return 1
    supervisor.write()
    report("")
    supervisor.watch()
    supervisor.end()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
