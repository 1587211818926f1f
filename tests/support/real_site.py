"""A site of real servers: five OpenSSH hosts, one HAProxy, a git repository, a workspace.

Everybody logs in as whoever runs the test. What makes five hosts of one machine is a port,
a host key and a HOME of its own for each, which is where commands, artifacts and the shop's
own state lie: what a story counts on a host it counts there.
"""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from devops_tui.bootstrap.paths import STATE_NAME, paths_of
from devops_tui.bootstrap.session import Session
from devops_tui.demo import processes, sources
from devops_tui.demo.ending import strangers_out
from devops_tui.demo.parts import Answer, ask
from devops_tui.demo.plan import BALANCER, BLUE, GREEN, MARK, WorldPlan
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import ENDS, State
from devops_tui.domain.view import RunView
from support.git_repo import GitRepo
from support.haproxy import RealHaproxy, free_port, skip_without_haproxy
from support.sshd import SshServer, openssh
from support.wire import Wire, wire_to
from support.workspace_text import site_text

HOSTS = (BALANCER, *BLUE, *GREEN)
PATIENCE_S = 120.0
_BREAKABLE = """\
    def _answer(self, url) -> tuple[int, dict[str, object]]:
        if self.server.ill_file is not None and (self.server.ill_file.parent / "broken").exists():
            return 500, {"error": "told to break"}
"""


class Site:
    """The site, with a seat in front of it.

    Attributes:
        servers: The real sshd of each host; `known_hosts` there is of that host alone.
        wires: What stands in front of some of them.
        ports: Where each host is reached, over its wire or at once.
    """

    def __init__(
        self, folder: Path, servers: Mapping[str, SshServer], wires: Mapping[str, Wire]
    ) -> None:
        self.folder = folder
        self.servers = servers
        self.wires = wires
        self.ports = {n: wires[n].port if n in wires else s.port for n, s in servers.items()}
        shop_ports = {name: free_port() for name in (*BLUE, *GREEN)}
        colours = {"blue": BLUE, "green": GREEN}
        self.door = RealHaproxy(
            folder / "lb", "shop", {c: [shop_ports[h] for h in hs] for c, hs in colours.items()}
        )
        self.plan = WorldPlan(folder, "haproxy", self.door.port, self.ports, shop_ports)
        self.front = Session(paths_of(self.plan.workspace_file), "jun")
        self.repo: GitRepo | None = None

    def home(self, host: str) -> Path:
        """The home folder of a host."""
        return self.plan.home(host)

    def lines(self, host: str, name: str) -> list[str]:
        """The lines of a file in a host's home; none when it is not there."""
        path = self.home(host) / name
        return path.read_text().splitlines() if path.exists() else []

    # -- the workspace

    def write(
        self, *, pipelines: str = "", hosts: str = "", up: str = "", bake: str = "6s"
    ) -> None:
        """Writes devops.yaml and the one known_hosts file.

        Args:
            pipelines, hosts: YAML that is added to what every site has.
            up: Shell lines before a colour is started.
            bake: How long a released colour is watched.
        """
        self.plan.known_hosts.write_text(
            "".join(self._known(name, server) for name, server in self.servers.items())
        )
        text = site_text(
            self.plan,
            identities={name: server.identity for name, server in self.servers.items()},
            socket=self.door.socket,
            map_file=self.door.map,
            pipelines=pipelines,
            hosts=hosts,
            up=up,
            bake=bake,
        )
        self.plan.workspace_file.write_text(text)

    def _known(self, name: str, server: SshServer) -> str:
        public = Path(f"{server.host_key}.pub").read_text()
        return f"[127.0.0.1]:{self.ports[name]} {public}"

    # -- the shop

    def open_shop(self) -> None:
        """Blue in its first version behind the front door; `main` is still to be pushed."""
        old = sources.make_repository(self.plan, "shop", sources.SHOP, branch="release-1.4")
        self.repo = GitRepo(self.plan.source("shop"))
        archive = self.folder / "shop.pyz"
        self._python(["build.py"], self.repo.folder, {})
        archive.write_bytes((self.repo.folder / "dist" / "shop.pyz").read_bytes())
        for host in BLUE:
            port = str(self.plan.shop_ports[host])
            words = ["up", "--colour", "blue", "--port", port, "--deployed", old[:7]]
            self._python([str(archive), *words], self.home(host), {"HOME": str(self.home(host))})
        self.door.start()
        self.until("blue answers", lambda: self.look().colour == "blue")

    def push(self, payload_bytes: int = 0) -> str:
        """A commit that can be told to break, on `main`; returns its id.

        Args:
            payload_bytes: How much bigger the artifact becomes, in bytes that do not pack.
        """
        assert self.repo is not None
        source = (self.repo.folder / "shop" / "app.py").read_text()
        head = "    def _answer(self, url) -> tuple[int, dict[str, object]]:\n"
        assert head in source
        build = (self.repo.folder / "build.py").read_text()
        if payload_bytes:
            line = '    files["__main__.py"] = MAIN.encode()\n'
            assert line in build
            noise = f'__import__("random").Random(7).randbytes({payload_bytes})'
            build = build.replace(line, f'{line}    files["payload"] = {noise}\n')
        files = {"shop/app.py": source.replace(head, _BREAKABLE), "build.py": build}
        commit = self.repo.commit("SHOP-9 shop: can be told to break", **files)
        self.repo.git("push", "-q", "origin", "main")
        return commit

    def break_shop(self, host: str) -> None:
        """The shop on a host answers 500 to everything from now on."""
        (self.home(host) / "shop" / "broken").touch()

    def look(self, path: str = "/healthz") -> Answer:
        """What a customer gets through the front door."""
        try:
            return ask(self.door.port, path)
        except OSError:
            return Answer(0, "", "", b"")

    def live_by_map(self) -> str:
        """The colour in the map file: what HAProxy would read at its next start."""
        rows = (line.split() for line in self.door.map.read_text().splitlines())
        return dict(row for row in rows if len(row) == 2)["shop"]

    def errors_of(self, colour: str) -> int:
        """How many answers 5xx HAProxy saw from the servers of a colour."""
        rows = list(csv.DictReader(self.door.ask("show stat").removeprefix("# ").splitlines()))
        return sum(
            int(row["hrsp_5xx"])
            for row in rows
            if row["pxname"] == f"shop_{colour}" and row["svname"] not in ("FRONTEND", "BACKEND")
        )

    def digest_on(self, host: str) -> str:
        """Of the artifact that lies on a host."""
        data = (self.home(host) / "releases" / "shop.pyz").read_bytes()
        return f"sha256:{hashlib.sha256(data).hexdigest()}"

    def _python(self, words: Sequence[str], folder: Path, env: Mapping[str, str]) -> None:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=folder,
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    # -- waiting

    def until(self, what: str, look: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
        """Waits until it is so; keeps a worker alive meanwhile, as a screen does."""
        deadline = time.monotonic() + patience_s
        while not look():
            assert time.monotonic() < deadline, f"{what}: not within {patience_s} s\n{self.told}"
            self.front.beat("story")
            time.sleep(0.05)  # the other processes' time, not ours: the store has no event for us

    def newest(self, pipeline: str) -> RunView | None:
        """The newest run of a pipeline."""
        return next(iter(self.front.runs(pipeline, 1)), None)

    def reaches(self, pipeline: str, state: State) -> RunId:
        """Waits until the newest run of a pipeline is in a state; fails when it ended otherwise."""

        def is_there() -> bool:
            view = self.newest(pipeline)
            if view is None:
                assert not self.front.overview().mistakes, self.told
                return False
            has_ended = view.run.state in ENDS
            assert view.run.state is state or not has_ended, f"{view.run.state}\n{self.told}"
            return view.run.state is state

        self.until(f"{pipeline} is {state}", is_there)
        view = self.newest(pipeline)
        assert view is not None
        return view.run.id

    def log(self, run: RunId, job: str, host: str) -> bytes:
        """One stream of a job's log, put together; fails on a gap."""
        data = b""
        for chunk in self.front.log(run, JobId(job)):
            if chunk.host == host:
                assert chunk.offset == len(data)
                data += chunk.data
        return data

    @property
    def told(self) -> str:
        """What helps to understand a failed story."""
        jobs = [
            f"{view.run.id} {job_id} {job.state} {job.why}"
            for view in self.front.runs(None, 3)
            for job_id, job in view.jobs.items()
        ]
        mistakes = [str(m) for m in self.front.overview().mistakes]
        log = paths_of(self.plan.workspace_file).worker_log
        tail = log.read_text("utf-8", "replace")[-3000:] if log.exists() else ""
        return "\n".join([*mistakes, *jobs, tail])

    def close(self) -> None:
        """Ends what carries the site's mark: worker, jobs, shops; and the front door."""
        self.front.close()
        self.door.stop()
        left = processes.end(strangers_out(processes.marked(MARK, str(self.folder))))
        assert left == ()


@contextmanager
def real_site(folder: Path, wired: Sequence[str] = ()) -> Iterator[Site]:
    """Five real sshd and a HAProxy (`open_shop` starts it); skips where they are missing.

    Args:
        folder: Short enough for a socket; everything lies below it.
        wired: Hosts with a wire in front.
    """
    skip_without_haproxy()
    (folder / STATE_NAME).mkdir(mode=0o700, parents=True)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv(MARK, str(folder))  # the worker, and all that it starts, can be told by it
        servers: dict[str, SshServer] = {}
        for name in HOSTS:
            home = folder / "hosts" / name
            home.mkdir(parents=True)
            variables = {"SHLVL": "5", "HOME": str(home), MARK: str(folder)}
            line = " ".join(f'"{key}={value}"' for key, value in variables.items())
            server = openssh(folder / "sshd" / name, [f"SetEnv {line}"])
            servers[name] = stack.enter_context(server)
        wires = {name: stack.enter_context(wire_to(servers[name].port)) for name in wired}
        site = Site(folder, servers, wires)
        stack.callback(site.close)
        yield site
