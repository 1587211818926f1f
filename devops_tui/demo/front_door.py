"""The embedded front door: a reverse proxy that switches colours as HAProxy does.

Run as `python -m devops_tui.demo.front_door --config FILE`. FILE is JSON:

    {"port": 8080, "admin_socket": "/run/door.sock", "map": "/var/door/colour.map",
     "key": "shop",
     "backends": {"blue": {"name": "shop_blue", "servers": ["127.0.0.1:9001"]},
                  "green": {"name": "shop_green", "servers": ["127.0.0.1:9003"]}}}

`port` 0 takes a free one. Once it serves, one line of JSON on stdout says {"port": N}.
TERM ends it when what is in flight is answered, at the latest after five seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import randrange
from typing import Any

from devops_tui.demo.door_admin import AdminSocket, Counts
from devops_tui.demo.door_map import VersionedMap
from devops_tui.demo.door_pool import Address, Pool
from devops_tui.demo.door_proxy import Backend, Proxy, Timeouts
from devops_tui.demo.door_wire import HEAD_LIMIT_BYTES

_DRAIN_S = 5.0
_BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class BackendConfig:
    """One colour: the name that the admin socket shows, and the servers."""

    name: str
    servers: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class DoorConfig:
    """Where the door listens, and what `key` of the map chooses between."""

    port: int
    admin_socket: Path
    map: Path
    key: str
    backends: Mapping[str, BackendConfig]
    address: str = "127.0.0.1"
    timeouts: Timeouts = field(default_factory=Timeouts)

    @staticmethod
    def decode(data: Mapping[str, Any]) -> DoorConfig:
        """From JSON.

        Raises:
            KeyError, ValueError: A value is missing or malformed.
        """
        backends = {
            colour: BackendConfig(each["name"], tuple(_address(text) for text in each["servers"]))
            for colour, each in data["backends"].items()
        }
        return DoorConfig(
            port=int(data["port"]),
            admin_socket=Path(data["admin_socket"]),
            map=Path(data["map"]),
            key=str(data["key"]),
            backends=backends,
            address=str(data.get("address", "127.0.0.1")),
            timeouts=Timeouts(**data.get("timeouts", {})),
        )


class FrontDoor:
    """The proxy, its map and its admin socket.

    Attributes:
        port: Where it listens, once it is open.
    """

    def __init__(self, config: DoorConfig) -> None:
        self._config = config
        self._map = VersionedMap.load(config.map)
        self._backends = {
            colour: Backend(Pool(each.servers, config.timeouts.connect_s), Counts())
            for colour, each in config.backends.items()
        }
        counts = {each.name: self._backends[c].counts for c, each in config.backends.items()}
        self._admin = AdminSocket(self._map, str(config.map), counts)
        self._proxy = Proxy(self._route, config.timeouts)
        self._servers: list[asyncio.Server] = []
        self.port = config.port

    async def open(self) -> None:
        """Listens on the port and the socket.

        Raises:
            OSError: One of them cannot be had.
        """
        config = self._config
        limit = 2 * HEAD_LIMIT_BYTES
        server = await asyncio.start_server(
            self._proxy.serve, config.address, config.port, limit=limit, backlog=_BACKLOG
        )
        self.port = server.sockets[0].getsockname()[1]
        self._servers = [server, await self._admin.listen(config.admin_socket)]

    async def close(self, drain_s: float = _DRAIN_S) -> None:
        """Takes no more connections and waits until nothing is in flight any more."""
        for server in self._servers:
            server.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._proxy.drained(), drain_s)
        for backend in self._backends.values():
            backend.pool.close()
        self._config.admin_socket.unlink(missing_ok=True)

    def _route(self) -> Backend | None:
        colour = self._map.get(self._config.key)
        share = self._map.get(f"{self._config.key}.green")
        if share is not None and share.isdecimal():
            is_green = randrange(100) < int(share)  # noqa: S311 - spreads load, hides nothing
            colour = "green" if is_green else "blue"
        return None if colour is None else self._backends.get(colour)


def _address(text: str) -> Address:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal():
        raise ValueError(f"{text!r} is not host:port")
    return host.strip("[]"), int(port)


async def serve(config: DoorConfig) -> None:
    """Opens a door and keeps it open until TERM or INT."""
    door = FrontDoor(config)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await door.open()
    sys.stdout.write(json.dumps({"port": door.port}) + "\n")
    sys.stdout.flush()
    await ended.wait()
    await door.close()


def main(arguments: list[str] | None = None) -> int:
    """The process; exit code 2 for a configuration that cannot be used."""
    parser = argparse.ArgumentParser(prog="front_door", description="Embedded reverse proxy.")
    parser.add_argument("--config", type=Path, required=True)
    path: Path = parser.parse_args(arguments).config
    try:
        config = DoorConfig.decode(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, KeyError, TypeError, ValueError) as error:
        sys.stderr.write(f"{path}: {error!r}\n")
        return 2
    asyncio.run(serve(config))
    return 0


if __name__ == "__main__":
    sys.exit(main())
