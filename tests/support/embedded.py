"""The embedded front door as a process of its own, with the same shape as RealHaproxy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.haproxy import free_port
from support.process import Child


class EmbeddedDoor:
    """One front door with a backend per colour, its files under `folder`."""

    def __init__(self, folder: Path, key: str, servers: Mapping[str, Sequence[int]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.key = key
        self.servers = servers
        self.port = free_port()
        self.socket = folder / "admin.sock"
        self.map = folder / "colour.map"
        self.child: Child | None = None

    def start(self) -> None:
        """Starts it with the map file as it is; `key blue` when there is none."""
        if not self.map.exists():
            self.map.write_text(f"{self.key} blue\n")
        config = self.folder / "door.json"
        backends = {
            colour: {
                "name": f"{self.key}_{colour}",
                "servers": [f"127.0.0.1:{port}" for port in ports],
            }
            for colour, ports in self.servers.items()
        }
        config.write_text(
            json.dumps(
                {
                    "port": self.port,
                    "admin_socket": str(self.socket),
                    "map": str(self.map),
                    "key": self.key,
                    "backends": backends,
                }
            )
        )
        self.child = Child("-m", "devops_tui.demo.front_door", "--config", str(config))

    def stop(self) -> None:
        """Kills it; nothing when it does not run."""
        if self.child is not None:
            self.child.kill()
            self.child.stop()
            self.child = None
