"""Executors over real parts: SQLite, git, jobctl on this machine, artifacts on disk."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName, JobId, RunId, ServiceName
from devops_tui.domain.pipeline import (
    Commit,
    Job,
    JobRun,
    Pipeline,
    Plan,
    Run,
    Source,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.quarantine import Quarantine
from devops_tui.domain.traffic import Colour, HealthCheck, Servers, Service
from devops_tui.domain.work import AskApproval, BringUp, MeasureLoad, RetireColour, RunCommand
from devops_tui.domain.workspace import Environment, Workspace
from devops_tui.engines.workplace import NoAftermath
from devops_tui.integrations.git import GitSources
from devops_tui.integrations.reports.reader import FileReports
from devops_tui.ports.engine import Leaving
from devops_tui.ports.switch import Switch
from devops_tui.services.jobs.bring_up import BringUpJobs
from devops_tui.services.jobs.checkouts import Checkouts
from devops_tui.services.jobs.clearing import Clearing
from devops_tui.services.jobs.command import CommandJobs
from devops_tui.services.jobs.dispatch import Dispatch
from devops_tui.services.jobs.gate import GateJobs
from devops_tui.services.jobs.load import LoadJobs
from devops_tui.services.jobs.load_verdict import LoadVerdicts
from devops_tui.services.jobs.question import Questions
from devops_tui.services.jobs.results import Results
from devops_tui.services.jobs.retire import RetireJobs
from devops_tui.services.jobs.tools import JobTools
from devops_tui.services.shelf import Shelf
from devops_tui.stores.repository import FileRepository
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.transports.links import JobctlRunners, SshLinks
from devops_tui.transports.masker import Masker
from support.engine_bench import engine_of
from support.git_repo import GitRepo

POLL_S = 0.01
WEB1, WEB2 = HostName("web1"), HostName("web2")
SHOP = ServiceName("shop")
ARTIFACT = "dist/server.py"
SERVER = """\
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        status = 200 if self.path == "/healthz" else 404
        self.send_response(status)
        self.send_header("X-Version", os.environ.get("VERSION", "none"))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
PYTHON = sys.executable


class PlainSecrets:
    """Secrets that are named after themselves: "plain:hunter2"."""

    async def resolve(self, reference: str) -> str:
        return reference.removeprefix("plain:")


class JobBench:
    """One workspace with real executors below `folder`."""

    def __init__(
        self, folder: Path, repo: GitRepo, service: Service | None = None, kind: str = "inline"
    ) -> None:
        self.folder = folder
        self.kind = kind
        self.repo = repo
        self.clock = SystemClock()
        self.store = SqliteStore.open(folder / "state.db")
        hosts = {n: Host(n, is_local=True) for n in (WEB1, WEB2)}
        self.workspace = Workspace(
            "test",
            str(folder),
            hosts={str(n): h for n, h in hosts.items()},
            environments={"production": Environment("production", (WEB1, WEB2))},
            services={SHOP: service} if service else {},
        )
        self.store.save_workspace(self.workspace, (), "x")
        self.links = SshLinks({str(n): h for n, h in hosts.items()})
        self.repository = FileRepository(folder / "artifacts")
        self.sources = GitSources(folder / "mirrors")
        self.quarantine: list[Quarantine] = []
        self.doors: list[Switch] = []
        self.start_worker()

    def start_worker(self) -> None:
        """A worker that begins anew: nothing but the store, the disk and commands is left."""
        self.leaving = Leaving()
        self.runners = JobctlRunners(self.links, self.folder / "spool")
        self.tools = JobTools(
            self.store, self.clock, self.runners, self.links, PlainSecrets(), Masker, self.leaving
        )
        self.shelf = Shelf(self.store, self.clock, self.repository, "bench")
        self.checkouts = Checkouts(self.store, self.sources, self.shelf, self.folder / "checkouts")
        questions = Questions(self.store, self.clock, self.leaving, self._changed)
        verdicts = LoadVerdicts(self.store, questions)
        results = Results(self.tools, self.checkouts, FileReports(), verdicts, self.quarantine)
        self.dispatch = Dispatch(
            {
                RunCommand: CommandJobs(self.tools, self.checkouts, results),
                MeasureLoad: LoadJobs(self.tools, self.checkouts, verdicts),
                BringUp: BringUpJobs(self.tools, self.shelf, lambda: self.workspace),
                RetireColour: RetireJobs(self.tools, self.switches, lambda: self.workspace),
                AskApproval: GateJobs(self.store, self.clock, questions),
            }
        )
        self.engine = engine_of(
            self.kind,
            self.folder,
            self.store,
            self.dispatch,
            self.leaving,
            worker_id=f"w{os.getpid()}",
            aftermath=Clearing(self.tools, self.checkouts, NoAftermath()),
            poll_s=POLL_S,
        )

    def switches(self, _: Service) -> Sequence[Switch]:
        """Those of the service's balancers, which a test puts into `doors`."""
        return self.doors

    async def _changed(self) -> None:
        await self.clock.sleep(POLL_S)

    async def stop_worker(self) -> None:
        await self.engine.hand_over()
        self.runners.close()

    async def close(self) -> None:
        for run in self.store.unfinished_runs():
            await self.engine.cancel(run.id)
        await self.stop_worker()
        await self.links.close()
        self.store.close()

    def add(self, *stages: tuple[Job, ...], number: int = 1, name: str = "shop") -> RunId:
        kinds = list(StageKind)
        head = self.repo.git("rev-parse", "HEAD")
        plan = Plan(
            name,
            tuple(Stage(f"s{i}", kinds[i], jobs) for i, jobs in enumerate(stages)),
            Commit(head, "subject", "Jun"),
            Source(self.repo.url),
        )
        run_id = RunId(f"{name}-{number}")
        self.store.add_run(Run(run_id, number, plan, State.WAITING, datetime.now(UTC), "jun"))
        return run_id

    async def to_end(self, *stages: tuple[Job, ...], number: int = 1) -> RunId:
        run_id = self.add(*stages, number=number)
        await self.engine.submit(run_id)
        await self.until(lambda: not self.engine.active)
        return run_id

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits, for 40 s at most, for something that is about to happen."""
        async with asyncio.timeout(40):
            while not condition():  # noqa: ASYNC110 - a row in a store gives no event
                await asyncio.sleep(POLL_S)

    def record(self, run_id: RunId, job_id: str) -> JobRun:
        return next(r for r in self.store.job_runs(run_id) if r.job_id == job_id)

    def states(self, run_id: RunId) -> Mapping[str, State]:
        return {r.job_id: r.state for r in self.store.job_runs(run_id)}

    def log(self, run_id: RunId, job_id: str, host: str = "local", attempt: int = 1) -> bytes:
        """The bytes of one stream; fails when its chunks leave a gap or overlap."""
        stored = b""
        for chunk in self.store.log(run_id, JobId(job_id)):
            if chunk.host == host and chunk.attempt == attempt:
                assert chunk.offset == len(stored)
                stored += chunk.data
        return stored

    def events(self, kind: str) -> list[Event]:
        return [e for e in self.store.events() if e.kind == kind]


def command(name: str, script: str, *needs: str) -> Job:
    return Job(name, RunCommand(script), needs)


def pipeline_of(repo: GitRepo, *stages: tuple[Job, ...]) -> Pipeline:
    kinds = list(StageKind)
    made = tuple(Stage(f"s{i}", kinds[i], jobs) for i, jobs in enumerate(stages))
    return Pipeline("shop", Source(repo.url, poll_s=0.01), made)


def shop_service(folder: Path, ports: tuple[int, int, int, int]) -> Service:
    """Blue and green on both hosts; its start leaves a pid file for the test to clear."""
    up = f"""
        old=$(cat "{folder}/$HOST.$COLOUR.pid" 2>/dev/null) && kill "$old" 2>/dev/null
        setsid {PYTHON} "$ARTIFACT" >/dev/null 2>&1 &
        echo $! > "{folder}/$HOST.$COLOUR.pid"
        echo "started $VERSION on $HOST"
    """
    blue1, blue2, green1, green2 = ports
    return Service(
        SHOP,
        "production",
        {
            Colour.BLUE: Servers((WEB1, WEB2), 0, {WEB1: blue1, WEB2: blue2}),
            Colour.GREEN: Servers((WEB1, WEB2), 0, {WEB1: green1, WEB2: green2}),
        },
        health=HealthCheck(),
        up=up,
        install_dir=str(folder / "install"),
    )


def free_ports() -> tuple[int, int, int, int]:
    sockets = [socket.socket() for _ in range(4)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    a, b, c, d = (int(s.getsockname()[1]) for s in sockets)
    for each in sockets:
        each.close()
    return a, b, c, d


def end_servers(folder: Path) -> None:
    for file in folder.glob("*.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGTERM)
