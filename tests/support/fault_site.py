"""Three real sshd, a front door and a six-stage pipeline whose release takes few seconds.

Each command counts itself in a file below `ran`, and keeps a second name of its own spool
beside it, so that what the store has can be compared byte by byte after the spool went.
"""

from __future__ import annotations

import getpass
import json
import select
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.paths import STATE_NAME, WorkspacePaths, paths_of
from devops_tui.bootstrap.stores import open_store
from devops_tui.domain.board import BoardRules, Card, CardKind
from devops_tui.domain.errors import Refused, StoreError
from devops_tui.domain.pipeline import ENDS, Run, State
from devops_tui.domain.team import Team
from devops_tui.domain.traffic import Colour
from devops_tui.services import gates
from devops_tui.services.boards import Boards
from devops_tui.stores.sql.store import SqlStore
from devops_tui.transports.jobctl import DEFAULT_SPOOL
from support import versioned_server
from support.embedded import EmbeddedDoor
from support.git_repo import GitRepo
from support.haproxy import free_port
from support.nursery import Nursery, nursery
from support.process import Child
from support.sshd import SSHD, SshServer, openssh
from support.wire import Wire, wire_to

HOSTS = ("lb", "a", "b")
SHIP, FAILS = "ship", "fails"
PATIENCE_S = 60.0
REASON = "fixes it"
COMMANDS = {
    SHIP: {
        "lint": "code/code",
        "build": "build/build",
        "one": "test/one",
        "two": "test/two",
        "three": "test/three",
        "up": "deploy/deploy",
    },
    FAILS: {"lint": "code/code", "bad": "test/test"},
}
"""The commands of each pipeline, and the jobs that run them."""
LOOK_S = 0.02


class FaultSite:
    """The site; one for many releases.

    Attributes:
        engine: The engine of the workers.
        ran: Holds a file for each command and run, with a line for each time it ran.
    """

    def __init__(
        self,
        folder: Path,
        servers: Mapping[str, SshServer],
        wires: Mapping[str, Wire],
        workers: Nursery,
        engine: str,
        store: str,
        pipelines: str = "",
    ) -> None:
        self.folder = folder
        self.servers = servers
        self.wires = wires
        self.workers = workers
        self.engine = engine
        self.ran = folder / "ran"
        self.versions = folder / "versions"
        self._ports = {host: free_port() for host in ("a", "b")}
        self.door = EmbeddedDoor(
            folder / "lb", "shop", {"blue": [self._ports["a"]], "green": [self._ports["b"]]}
        )
        for made in (self.ran, self.versions):
            made.mkdir()
        self.repos = {name: GitRepo(folder / name) for name in (SHIP, FAILS)}
        self.paths: WorkspacePaths = paths_of(folder / "devops.yaml")
        self._write(store, pipelines)
        self._server: Child | None = None
        self._sshd: dict[str, int] = {}
        self._again: list[subprocess.Popen[bytes]] = []
        self.store = self._open()
        self.clock = SystemClock()

    def _open(self) -> SqlStore:
        store = open_store(self.paths)
        assert isinstance(store, SqlStore)
        return store

    def _write(self, store: str, pipelines: str) -> None:
        known = self.folder / "known_hosts"
        ports = {n: self.wires[n].port if n in self.wires else s.port for n, s in self.hosts}
        known.write_text(
            "".join(
                f"[127.0.0.1]:{ports[name]} {Path(f'{server.host_key}.pub').read_text()}"
                for name, server in self.hosts
            )
        )
        hosts = "".join(
            f"  {name}: {{address: 127.0.0.1, port: {ports[name]}, user: {getpass.getuser()},"
            f" identity: {json.dumps(str(server.identity))},"
            f" known_hosts: {json.dumps(str(known))}}}\n"
            for name, server in self.hosts
        )
        text = _WORKSPACE.format(
            store=f"store: {json.dumps(store)}\n" if store else "",
            hosts=hosts,
            socket=json.dumps(str(self.door.socket)),
            map=json.dumps(str(self.door.map)),
            door=self.door.port,
            blue=self._ports["a"],
            green=self._ports["b"],
            versions=self.versions,
            ship=json.dumps(self.repos[SHIP].url),
            fails=json.dumps(self.repos[FAILS].url),
            lint=_script(self.ran, "lint"),
            build=_script(self.ran, "build", "mkdir -p dist; git log -1 --format=%H >dist/shop"),
            one=_script(self.ran, "one", "sleep 0.1"),
            two=_script(self.ran, "two", "sleep 0.15"),
            three=_script(self.ran, "three", "sleep 0.2"),
            up=_script(self.ran, "up", f'echo "$VERSION" >"{self.versions}/$PORT"'),
            bad=_script(self.ran, "bad", "echo cannot find the widget; sleep 0.1; exit 3"),
        )
        (self.folder / "devops.yaml").write_text(text + pipelines)

    @property
    def hosts(self) -> Sequence[tuple[str, SshServer]]:
        """The servers by name."""
        return tuple(self.servers.items())

    def open(self) -> None:
        """Blue serves from now on."""
        (self.versions / str(self._ports["a"])).write_text("first\n")
        ports = [str(port) for port in self._ports.values()]
        self._server = Child(versioned_server.__file__, str(self.versions), *ports)
        self.door.start()
        self.store.save_workspace(None, (), "")

    def close(self) -> None:
        """Ends the servers."""
        self.store.close()
        self.door.stop()
        if self._server is not None:
            self._server.stop()
        for process in self._again:
            process.kill()
            process.wait(10)

    def home(self, host: str) -> Path:
        """The home folder of a host."""
        return self.folder / "hosts" / host

    def spool(self, host: str) -> Path:
        """Where the commands of a host lie."""
        return self.home(host) / DEFAULT_SPOOL.removeprefix("~/")

    def holds(self, colour: Colour) -> str:
        """The version that a colour's server has."""
        port = self._ports["a" if colour is Colour.BLUE else "b"]
        return (self.versions / str(port)).read_text().strip()

    def serves(self) -> str:
        """The version that a customer gets through the front door."""
        url = f"http://127.0.0.1:{self.door.port}/"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.headers["X-Version"])

    # -- one release

    def commit(self, pipeline: str) -> Card | None:
        """A commit that the next worker finds; the card that it names, for a release."""
        card = None
        subject = "break it"
        if pipeline == SHIP:
            boards = Boards(self.store, self.clock, BoardRules(prefix="SHOP"), Team())
            card = boards.add("a wish", "jun", CardKind.REQUEST)
            subject = f"{card.id} grant it"
        self.repos[pipeline].commit(subject)
        return card

    def is_running(self, pipeline: str, *job_ids: str) -> bool:
        """Whether all of these jobs of the newest run are under way."""
        run = self.newest(pipeline)
        if run is None or run.state in ENDS:
            return False
        jobs = {str(job.job_id): job.state for job in self.store.job_runs(run.id)}
        return all(jobs[job_id] is State.RUNNING for job_id in job_ids)

    def newest(self, pipeline: str) -> Run | None:
        """The newest run of a pipeline."""
        return next(iter(self.store.runs(pipeline, 1)), None)

    def step_on(self) -> None:
        """Approves what asks; then gives the other processes their time."""
        with suppress(Refused, StoreError):  # again at the next step
            workspace = self.store.workspace()
            for run in self.store.unfinished_runs() if workspace is not None else ():
                assert workspace is not None
                if run.state is State.ASKING:
                    gates.approve(self.store, self.clock, workspace, run.id, "jun", REASON)
        select.select([], [], [], LOOK_S)

    def follow(self, pipeline: str, kills: Sequence[str], record: Path | None = None) -> list[str]:
        """Sees the run of the next commit through; returns the points that were reached.

        Each worker dies at its point. A point that a worker does not come by, since the
        release is over before, ends the list.
        """
        before = self.newest(pipeline)
        todo = [*kills, ""]
        pid = 0
        deadline = time.monotonic() + PATIENCE_S + 10 * len(kills)
        while True:
            if not pid:
                pid = self.workers.start(self.paths.config, self.engine, todo[0], record)
            self.step_on()
            if self.workers.has_ended(pid):
                status = self.workers.status_of(pid)
                assert status == -signal.SIGKILL, f"the worker ended with {status}\n{self.told}"
                del todo[0]
                pid = 0
            run = self.newest(pipeline)
            is_new = run is not None and (before is None or run.id != before.id)
            if run is not None and is_new and run.state in ENDS and not self.store.owed():
                if pid:
                    self.workers.kill(pid)
                return list(kills[: len(kills) + 1 - len(todo)])
            assert time.monotonic() < deadline, f"{pipeline} does not end: {todo}\n{self.told}"

    def with_fault(
        self,
        pipeline: str,
        when: Callable[[], bool],
        fault: Callable[[], None],
        patience_s: float = PATIENCE_S,
    ) -> Run:
        """Sees the run of the next commit through with one worker; a fault comes in between.

        Returns the run as it ended; fails when the fault never came, or the worker ended.
        """
        before = self.newest(pipeline)
        pid = self.workers.start(self.paths.config, self.engine)
        has_come = False
        deadline = time.monotonic() + patience_s
        while True:
            with suppress(StoreError):
                run = self.newest(pipeline)
                is_new = run is not None and (before is None or run.id != before.id)
                if is_new and not has_come and when():
                    has_come = True
                    fault()
                if run is not None and is_new and run.state in ENDS and not self.store.owed():
                    self.workers.kill(pid)
                    assert has_come, "the fault never came"
                    return run
            self.step_on()
            assert not self.workers.has_ended(pid), self.told
            assert time.monotonic() < deadline, f"{pipeline} does not end\n{self.told}"

    def end_sshd(self, host: str) -> None:
        """kill -9 of a host's sshd with all its sessions; commands that it started go on."""
        server = psutil.Process(self._sshd.get(host, self.servers[host].pid))
        family = [server, *server.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                if process.name().startswith("sshd"):
                    process.kill()

    def start_sshd(self, host: str) -> None:
        """Starts it again where it was."""
        folder = self.servers[host].folder
        argv = [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")]
        with (folder / "sshd.log").open("ab") as log:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stderr=log, start_new_session=True
            )
        self._sshd[host] = process.pid
        self._again.append(process)

    @property
    def told(self) -> str:
        """What helps to understand a failure."""
        jobs = [
            f"{run.id} {job.job_id} {job.state} {job.why}"
            for run in self.store.runs(None, 2)
            for job in self.store.job_runs(run.id)
        ]
        events = [f"{e.kind} {e.subject} {e.why} {e.data}" for e in self.store.events(newest=True)]
        log = self.paths.worker_log
        tail = log.read_text("utf-8", "replace")[-6000:] if log.exists() else ""
        mistakes = [str(m) for m in self.store.workspace_mistakes()]
        return "\n".join([*mistakes, *jobs, *events[-40:], tail])


@contextmanager
def fault_site(
    folder: Path,
    engine: str,
    store: str = "",
    wired: Sequence[str] = (),
    pipelines: str = "",
) -> Iterator[FaultSite]:
    """The site with everything running; skips where sshd is missing.

    Args:
        folder: Short enough for a socket.
        store: URL of a team's store; SQLite when empty.
        wired: Hosts with a wire in front.
        pipelines: More of them, as they stand in YAML.
    """
    (folder / STATE_NAME).mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        servers: dict[str, SshServer] = {}
        for name in HOSTS:
            home = folder / "hosts" / name
            home.mkdir(parents=True, exist_ok=True)
            line = f'SetEnv SHLVL=5 "HOME={home}"'
            servers[name] = stack.enter_context(openssh(folder / "sshd" / name, [line]))
        wires = {name: stack.enter_context(wire_to(servers[name].port)) for name in wired}
        workers = stack.enter_context(nursery())
        site = FaultSite(folder, servers, wires, workers, engine, store, pipelines)
        stack.callback(site.close)
        site.open()
        yield site


def _script(ran: Path, name: str, more: str = ":") -> str:
    """A command, as it stands in YAML."""
    return json.dumps(
        'out=$(readlink /proc/$$/fd/1); ln "$out" "${out%/*}.kept"; '
        f'echo ran >>"{ran}/$DEVOPS_RUN.{name}"; seq 1 40; {more}; echo {name} ends'
    )


_WORKSPACE = """\
name: faults
{store}
team:
  - {{name: jun, roles: [product_owner, scrum_master, member]}}
board: {{prefix: SHOP, limits: soft}}

hosts:
{hosts}
environments:
  production: {{hosts: [lb, a, b]}}

services:
  shop:
    environment: production
    colours:
      blue: {{hosts: a, port: {blue}}}
      green: {{hosts: b, port: {green}}}
    health: {{interval: 500ms}}
    switch: {{haproxy: {{hosts: lb, socket: {socket}, map: {map}, port: {door}}}}}
    install_dir: ~/releases
    up: {up}
    bake: 200ms
    drain: 2s

pipelines:
  ship:
    source: {{git: {ship}, poll: 1h}}
    delivery: approved
    stages:
      - code: {{run: {lint}}}
      - build: {{run: {build}, artifacts: [dist/shop]}}
      - test:
          one: {{run: {one}, hosts: lb}}
          two: {{run: {two}, hosts: a}}
          three: {{run: {three}, hosts: b}}
      - deploy: {{service: shop, artifact: shop}}
      - release: {{service: shop}}
      - monitor: {{for: 200ms, interval: 100ms}}
  fails:
    source: {{git: {fails}, poll: 1h}}
    stages:
      - code: {{run: {lint}}}
      - test: {{run: {bad}, hosts: a}}
      - deploy: {{run: {lint}}}
"""
