"""Front doors of every kind behind one shape: a port, a start, a stop, a configuration."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from devops_tui.bootstrap.switches import switch_of
from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import CommandConfig, NginxConfig, NginxIncludeConfig
from devops_tui.domain.traffic import Colour, HaproxyConfig, Service, SwitchConfig
from devops_tui.ports.switch import Switch
from devops_tui.services.http_probe import get
from support.cloud_doors import CLOUDS, CloudDoor, skip_without_cloud
from support.door_programs import RealCaddy, RealEnvoy, RealTraefik, program
from support.embedded import EmbeddedDoor
from support.haproxy import RealHaproxy, skip_without_haproxy
from support.loopback import LoopbackTransport
from support.nginx import RealNginx, skip_without_nginx

KINDS = (
    "embedded",
    pytest.param("haproxy", marks=pytest.mark.real),
    pytest.param("haproxy-weighted", marks=pytest.mark.real),
    pytest.param("nginx", marks=pytest.mark.real),
    pytest.param("nginx-include", marks=pytest.mark.real),
    pytest.param("command", marks=pytest.mark.real),
    pytest.param("caddy", marks=pytest.mark.real),
    pytest.param("traefik", marks=pytest.mark.real),
    pytest.param("envoy", marks=pytest.mark.real),
    "alb",
    "route53",
    pytest.param("kubernetes", marks=pytest.mark.real),
)
"""Every kind of switch, as parameters of a test."""

Servers = Mapping[str, Sequence[int]]


class Knocked(Protocol):
    """What answers on a port."""

    @property
    def port(self) -> int: ...


class Runs(Protocol):
    """What every balancer of a test can do."""

    port: int

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass
class Door:
    """A balancer of some kind with the configuration of its switch."""

    kind: str
    balancer: Runs
    config: SwitchConfig

    @property
    def port(self) -> int:
        """Where clients knock."""
        return self.balancer.port

    def switch(self, link: LoopbackTransport, service: Service) -> Switch:
        """A switch of its own, over this link."""
        if isinstance(self.balancer, CloudDoor):
            return self.balancer.switch(link, service)
        return switch_of(link, self.config, service)

    def start(self) -> None:
        """Starts it with its files as they are."""
        self.balancer.start()

    def reload(self) -> bool:
        """Makes it read its files again as its operator would; False where none can."""
        if isinstance(self.balancer, RealHaproxy):
            self.balancer.reload()
        elif isinstance(self.balancer, RealNginx):
            words = [*shlex.split(self.balancer.command), "-s", "reload"]
            subprocess.run(words, check=True, capture_output=True)
        elif isinstance(self.balancer, RealCaddy | RealEnvoy | RealTraefik):
            self.balancer.reload()
        else:
            return False
        return True

    def stop(self) -> None:
        """Ends it; nothing when it does not run."""
        self.balancer.stop()

    def close(self) -> None:
        """Ends it for good."""
        self.stop()
        if isinstance(self.balancer, CloudDoor):
            self.balancer.close()


async def colour_at(door: Knocked) -> str:
    """Which colour answers one request on a connection of its own."""
    answer = await get(
        lambda: asyncio.open_connection("127.0.0.1", door.port), "/", "shop", timeout_s=5
    )
    assert answer.status == 200
    return answer.headers["x-colour"]


async def flip(switch: Switch, to: Colour, fence: int) -> None:
    """Prepares and commits a whole colour."""
    await switch.commit(await switch.prepare(to, fence))


def skip_without(kind: str) -> None:
    """Skips the test, with the reason, where the program of this kind is missing."""
    if kind.startswith("haproxy"):
        skip_without_haproxy()
    elif kind in ("nginx", "nginx-include", "command"):
        skip_without_nginx()
    elif kind in ("caddy", "envoy", "traefik"):
        program(kind)
    elif kind in CLOUDS:
        skip_without_cloud(kind)


def make_door(kind: str, folder: Path, host: str, servers: Servers) -> Door:
    """A balancer that is not started yet; blue serves at first."""
    hosts = (HostName(host),)
    name = kind.removesuffix("-weighted")
    if kind in CLOUDS:
        cloud = CloudDoor(kind, folder, host)
        return Door(kind, cloud, cloud.config)
    if name in ("embedded", "haproxy"):
        made = (RealHaproxy if name == "haproxy" else EmbeddedDoor)(folder, "shop", servers)
        is_weighted = kind.endswith("-weighted")
        if isinstance(made, RealHaproxy):
            made.is_weighted = is_weighted
        config = HaproxyConfig(
            hosts,
            str(made.socket),
            str(made.map),
            "shop",
            port=made.port,
            is_weighted=is_weighted,
        )
        return Door(kind, made, config)
    if kind in ("nginx", "nginx-include", "command"):
        nginx = RealNginx(folder, servers, is_included=kind == "nginx-include")
        return Door(kind, nginx, _of_nginx(kind, nginx, hosts))
    programs = {"caddy": RealCaddy, "traefik": RealTraefik, "envoy": RealEnvoy}
    door = programs[kind](folder, servers)
    return Door(kind, door, door.config(host))


def _of_nginx(kind: str, nginx: RealNginx, hosts: tuple[HostName, ...]) -> SwitchConfig:
    if kind == "nginx":
        return NginxConfig(hosts, str(nginx.flag), nginx.port)
    if kind == "command":
        script = nginx.folder / "switch.sh"
        script.write_text(PROGRAM.replace("FLAG", str(nginx.flag)))
        can = ("atomic", "fenced", "restart")
        return CommandConfig(hosts, f"sh '{script}'", can, nginx.port)
    call = nginx.command
    return NginxIncludeConfig(
        hosts, str(nginx.include), f"{call} -s reload", f"{call} -t", nginx.pid, nginx.port
    )


PROGRAM = """# a switch of an operator: the same flag file, in a program of their own
flag='FLAG'
say() {
  if [ -f "$flag" ]; then echo 'serves green'; else echo 'serves blue'; fi
  echo "fence $(cat "$flag.fence" 2>/dev/null || echo 0)"
  echo 'weather fine'
}
newer() { [ "$(cat "$flag.fence" 2>/dev/null || echo 0)" -gt "$1" ]; }
case $1 in
  read | verify) say ;;
  prepare) newer "$3" && exit 3; exit 0 ;;
  commit)
    exec 9>>"$flag.lock"
    flock 9
    newer "$3" && exit 3
    echo "$3" >"$flag.fence.new" && mv "$flag.fence.new" "$flag.fence"
    if [ "$2" = green ]; then : >"$flag"; else rm -f "$flag"; fi ;;
  *) echo "no verb $1" >&2; exit 4 ;;
esac
"""
