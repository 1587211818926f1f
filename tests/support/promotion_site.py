"""Two environments on two real sshd, and the verbs in front of them: what a promotion crosses."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from devops_tui.bootstrap.paths import paths_of
from devops_tui.bootstrap.stores import open_store
from support import versioned_server
from support.embedded import EmbeddedDoor
from support.git_repo import GitRepo
from support.haproxy import BINARY, RealHaproxy, free_port
from support.process import Child
from support.shell import Done, Shell
from support.sshd import SshServer, openssh
from support.waits import until

STAGING, PRODUCTION = "stage-1", "prod-1"
COLOURS = ("blue", "green")


_DOOR = RealHaproxy if BINARY else EmbeddedDoor


class PromotionSite:
    """A host for each environment, both colours on it, behind a front door of its own.

    Attributes:
        shell: Calls the verbs; the first one starts the worker.
        built: Has a line for each time that something was built.
    """

    def __init__(self, folder: Path, servers: dict[str, SshServer]) -> None:
        self.folder = folder
        self.versions = folder / "versions"
        self.versions.mkdir()
        self.built = folder / "built"
        self.repo = GitRepo(folder / "code")
        self.shell = Shell(folder, folder)
        self.paths = paths_of(folder / "devops.yaml", self.shell.environ)
        self._ports = {host: {c: free_port() for c in COLOURS} for host in servers}
        self.doors = {
            host: _DOOR(folder / f"d{n}", "shop", {c: [p] for c, p in ports.items()})
            for n, (host, ports) in enumerate(self._ports.items())
        }
        ports = [str(port) for of in self._ports.values() for port in of.values()]
        for of in self._ports.values():
            (self.versions / str(of["blue"])).write_text("first\n")
        self._server = Child(versioned_server.__file__, str(self.versions), *ports)
        for door in self.doors.values():
            door.start()
        (folder / "devops.yaml").write_text(self._text(servers))

    def _text(self, servers: dict[str, SshServer]) -> str:
        hosts = "".join(
            f"  {name}: {{address: 127.0.0.1, port: {server.port}, user: {getpass.getuser()},"
            f" identity: {json.dumps(str(server.identity))},"
            f" known_hosts: {json.dumps(str(server.known_hosts))}}}\n"
            for name, server in servers.items()
        )
        return _WORKSPACE.format(
            hosts=hosts,
            staging=self._service(STAGING),
            production=self._service(PRODUCTION),
            code=json.dumps(self.repo.url),
            build=json.dumps(
                f'echo built >>"{self.built}"; mkdir -p dist; '
                'git log -1 --format=%H >dist/shop; echo "$DEVOPS_RUN" >>dist/shop'
            ),
        )

    def _service(self, host: str) -> str:
        door, ports = self.doors[host], self._ports[host]
        up = json.dumps(f'echo "$VERSION" >"{self.versions}/$PORT"')
        return (
            f"colours: {{blue: {{hosts: {host}, port: {ports['blue']}}},"
            f" green: {{hosts: {host}, port: {ports['green']}}}}},"
            f" health: {{interval: 500ms}},"
            f" switch: {{haproxy: {{hosts: {host}, socket: {json.dumps(str(door.socket))},"
            f" map: {json.dumps(str(door.map))}, key: shop,"
            f' backend: "shop_{{colour}}", port: {door.port}}}}},'
            f" install_dir: ~/releases, up: {up}, bake: 200ms, drain: 2s"
        )

    def installed(self, host: str, colour: str) -> str:
        """The digest of the file that a host has for a colour; empty when it has none."""
        path = self.folder / "hosts" / host / "releases" / colour / "shop"
        return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" if path.exists() else ""

    def serves(self, host: str) -> str:
        """The colour that the front door of a host sends requests to."""
        rows = (line.split() for line in self.doors[host].map.read_text().splitlines())
        return dict(row for row in rows if len(row) == 2)["shop"]

    def take_down(self, host: str, colour: str) -> None:
        """What serves a colour on a host does not answer any more, until it is brought up."""
        (self.versions / str(self._ports[host][colour])).unlink()

    def run(self, *words: str) -> tuple[Done, dict[str, Any]]:
        """A verb that prints a run as JSON: how it ended, and the run."""
        done = self.shell.run(*words, "--json")
        view: dict[str, Any] = done.objects[-1] if done.objects else {}
        return done, view

    def told(self, run_id: str) -> str:
        """What helps to understand a failure."""
        log = self.paths.worker_log
        tail = log.read_text("utf-8", "replace")[-3000:] if log.exists() else ""
        return "\n".join([self.shell.run("show", run_id).out, tail])

    def reaches(self, run_id: str, state: str) -> None:
        """Waits until a run is in a state; fails when it ended otherwise."""

        def rests() -> str:
            now = str(self.run("show", run_id)[1]["run"]["state"])
            return now if now in (state, "ok", "failed", "cancelled", "lost") else ""

        assert until(rests) == state, self.told(run_id)

    def change_a_byte(self, digest: str) -> None:
        """In the repository, as a bad disk does: the name stays, a bit turns."""
        name = digest.removeprefix("sha256:")
        path = self.paths.artifacts / name[:2] / name
        path.chmod(0o600)
        data = bytearray(path.read_bytes())
        data[0] ^= 1
        path.write_bytes(data)

    def close(self) -> None:
        """Ends the worker and the servers."""
        store = open_store(self.paths)
        pids = [worker.pid for worker in store.workers()]
        store.close()
        self.shell.run("worker", "--stop")
        for pid in pids:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # our worker has a session of its own
        for door in self.doors.values():
            door.stop()
        self._server.stop()


@contextmanager
def promotion_site(folder: Path) -> Iterator[PromotionSite]:
    """The site with its servers; skips where sshd is missing.

    Args:
        folder: Short enough for a socket.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        servers: dict[str, SshServer] = {}
        for name in (STAGING, PRODUCTION):
            home = folder / "hosts" / name
            home.mkdir(parents=True)
            line = f'SetEnv SHLVL=5 "HOME={home}"'
            servers[name] = stack.enter_context(openssh(folder / "sshd" / name, [line]))
        site = PromotionSite(folder, servers)
        stack.callback(site.close)
        yield site


_WORKSPACE = """\
name: promotion
team:
  - {{name: jun, roles: [product_owner, scrum_master, member]}}

hosts:
{hosts}
environments:
  staging: {{hosts: stage-1}}
  production: {{hosts: prod-1, protected: true}}

services:
  shop-staging: {{environment: staging, {staging}}}
  shop: {{environment: production, {production}}}

pipelines:
  shop:
    source: {{git: {code}, poll: 1h}}
    delivery: automatic
    stages:
      - build: {{run: {build}, artifacts: [dist/shop]}}
      - test: {{run: "test ! -e broken"}}
      - deploy: {{service: shop-staging, artifact: shop}}
      - release: {{service: shop-staging}}
  live:
    delivery: approved
    stages:
      - deploy: {{service: shop, artifact: shop, from: shop, after: staging}}
      - release: {{service: shop}}
"""
