"""What a demo world consists of: its hosts, ports and files; no processes, no network."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
MARK = "DEVOPS_TUI_DEMO"
"""Environment variable that every process below a demo host carries: the world's folder."""
LOOKED_AT = ".looked-at"
"""File in a host's home that is touched while somebody is connected."""

BALANCER = "lb-1"
BLUE = ("web-1", "web-2")
GREEN = ("web-3", "web-4")
BUSY = "batch-1"
HOSTS = (BALANCER, *BLUE, *GREEN, BUSY)

_LONGEST_FOLDER = 80  # the kernel takes 107 bytes; HAProxy adds a suffix while it binds
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+@=,~-]+")


@dataclass(frozen=True, slots=True)
class HostPlan:
    """What a host process needs to know.

    Attributes:
        world: Folder of the world; its path marks what the host starts.
        home: Working folder of every command and of SFTP.
        host_key: Private key file of this host alone.
        authorized_keys: The only keys that may log in.
    """

    name: str
    port: int
    world: Path
    home: Path
    host_key: Path
    authorized_keys: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a command finds in its environment: what a login would give, and the mark."""
        user = os.environ.get("USER") or str(os.getuid())
        search = [str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]
        return {
            "HOME": str(self.home),
            "USER": user,
            "LOGNAME": user,
            "SHELL": "/bin/sh",
            "LANG": "C.UTF-8",
            "PATH": ":".join([*search, "/usr/sbin", "/sbin"]),
            "DEMO_HOST": self.name,
            MARK: str(self.world),
        }


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """One world; `world.json` in its folder.

    Attributes:
        door: "haproxy" or "embedded".
        door_port: Where the service is reached.
        host_ports: SSH port of each host.
        shop_ports: Port of the shop on each web host.
        idle_s: The world ends when nobody looked at it for so long.
        duty: Share of a core that the busy host burns.
    """

    folder: Path
    door: str
    door_port: int
    host_ports: Mapping[str, int]
    shop_ports: Mapping[str, int]
    idle_s: float = 1800.0
    duty: float = 0.85
    made_by: str = field(default=sys.executable)

    @property
    def workspace_file(self) -> Path:
        """The workspace's configuration."""
        return self.folder / "devops.yaml"

    @property
    def client_key(self) -> Path:
        """The key that logs in on every host."""
        return self.folder / "keys" / "operator"

    @property
    def known_hosts(self) -> Path:
        """The host keys of all hosts."""
        return self.folder / "known_hosts"

    @property
    def touch_file(self) -> Path:
        """Its modification time says when somebody looked last."""
        return self.folder / "touched"

    @property
    def processes_file(self) -> Path:
        """Who runs, written by the supervisor."""
        return self.folder / "processes.json"

    @property
    def log_file(self) -> Path:
        """What the supervisor and the hosts have to say."""
        return self.folder / "demo.log"

    @property
    def door_folder(self) -> Path:
        """Where socket and map of the front door lie: the balancer's home, or a short path.

        A socket's path is limited by the kernel, and what a map may be called by the
        one line that names it to the front door.
        """
        home = self.home(BALANCER)
        if len(os.fsencode(home)) <= _LONGEST_FOLDER and _PLAIN_PATH.fullmatch(str(home)):
            return home
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"devops-tui-{os.getuid()}-{digest}"

    @property
    def socket(self) -> Path:
        """The admin socket of the front door."""
        return self.door_folder / "admin.sock"

    @property
    def map_file(self) -> Path:
        """Which colour serves, as the front door reads it at its start."""
        return self.door_folder / "colour.map"

    @property
    def url(self) -> str:
        """The front door."""
        return f"http://{LOOPBACK}:{self.door_port}"

    def home(self, host: str) -> Path:
        """The home folder of a host."""
        return self.folder / "hosts" / host

    def host_key(self, host: str) -> Path:
        """The private key file of a host."""
        return self.folder / "keys" / host

    def repository(self, name: str) -> Path:
        """A bare git repository."""
        return self.folder / "repos" / f"{name}.git"

    def source(self, name: str) -> Path:
        """A clone of that repository to work in."""
        return self.folder / "src" / name

    def host_plans(self) -> tuple[HostPlan, ...]:
        """One per host."""
        return tuple(
            HostPlan(
                name=name,
                port=port,
                world=self.folder,
                home=self.home(name),
                host_key=self.host_key(name),
                authorized_keys=self.client_key.with_name("operator.pub"),
            )
            for name, port in self.host_ports.items()
        )

    def colour_servers(self, hosts: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
        """(host, port) of the shop on these hosts."""
        return tuple((name, self.shop_ports[name]) for name in hosts)

    def write(self) -> None:
        """Writes world.json, whole or not at all."""
        write_json(
            self.folder / "world.json",
            {
                "door": self.door,
                "door_port": self.door_port,
                "host_ports": dict(self.host_ports),
                "shop_ports": dict(self.shop_ports),
                "idle_s": self.idle_s,
                "duty": self.duty,
                "made_by": self.made_by,
            },
        )

    @staticmethod
    def read(folder: Path) -> WorldPlan:
        """Reads world.json.

        Raises:
            OSError, ValueError, KeyError, TypeError: There is none, or it is broken.
        """
        data = json.loads((folder / "world.json").read_text("utf-8"))
        return WorldPlan(
            folder=folder,
            door=str(data["door"]),
            door_port=int(data["door_port"]),
            host_ports={str(k): int(v) for k, v in data["host_ports"].items()},
            shop_ports={str(k): int(v) for k, v in data["shop_ports"].items()},
            idle_s=float(data["idle_s"]),
            duty=float(data["duty"]),
            made_by=str(data["made_by"]),
        )


def package_root() -> Path:
    """The folder that this package is imported from."""
    return Path(__file__).resolve().parents[2]


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Writes a file whole or not at all, readable by its owner alone."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(data, indent=2) + "\n", "utf-8")
    part.rename(path)
