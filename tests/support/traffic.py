"""A service in two colours behind real front doors, and what flips it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from devops_tui.bootstrap.switches import switch_of
from devops_tui.domain.ids import HostName, ServiceName
from devops_tui.domain.traffic import Colour, HaproxyConfig, HealthCheck, Servers, Service
from devops_tui.ports.store import Store
from devops_tui.ports.switch import Switch
from devops_tui.services.flips import Flips
from devops_tui.services.http_probe import Answer, get
from support.embedded import EmbeddedDoor
from support.haproxy import RealHaproxy
from support.loopback import LoopbackLinks
from support.process import Child
from support.switch_doors import Door, make_door

SERVER = str(Path(__file__).with_name("colour_server.py"))
SHOP = ServiceName("shop")
BLUE, GREEN = Colour.BLUE, Colour.GREEN


class RealClock:
    """This machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Shop:
    """Two servers a colour, one front door on each balancer, all on loopback.

    Attributes:
        every_door: By balancer: "lb-1", "lb-2", ...
        doors: Those of them that have a versioned map.
        service: Its configuration; `links` reaches its hosts.
    """

    def __init__(self, folder: Path, kinds: Sequence[str] = ("embedded",), **more: float) -> None:
        self.folder = folder
        self.children = {
            colour: Child(SERVER, colour.value, f"1.{number}", "2")
            for number, colour in enumerate(Colour)
        }
        ports = {c.value: list(child.ready["ports"]) for c, child in self.children.items()}
        self.doors: dict[str, EmbeddedDoor | RealHaproxy] = {}
        self.every_door: dict[str, Door] = {}
        for number, kind in enumerate(kinds, 1):
            door = make_door(kind, folder / f"lb-{number}", f"lb-{number}", ports)
            door.start()
            self.every_door[f"lb-{number}"] = door
            if isinstance(door.balancer, EmbeddedDoor | RealHaproxy):
                self.doors[f"lb-{number}"] = door.balancer
        web = {BLUE: ("web-1", "web-2"), GREEN: ("web-3", "web-4")}
        self.links = LoopbackLinks(*self.every_door, *web[BLUE], *web[GREEN])
        self.service = Service(
            SHOP,
            "test",
            {
                colour: Servers(
                    tuple(HostName(h) for h in hosts),
                    0,
                    {HostName(h): p for h, p in zip(hosts, ports[colour.value], strict=True)},
                )
                for colour, hosts in web.items()
            },
            switch=HaproxyConfig(tuple(HostName(h) for h in self.every_door), "", "", "shop"),
            health=HealthCheck(interval_s=0.1, timeout_s=2.0),
            drain_s=more.get("drain_s", 10.0),
            keep_warm_s=more.get("keep_warm_s", 7200.0),
        )

    @property
    def ports(self) -> list[int]:
        """Where clients reach the service."""
        return [door.port for door in self.every_door.values()]

    def switches(self, service: Service) -> list[Switch]:
        """One for each door: on one machine every balancer has files of its own."""
        return [
            switch_of(self.links.to(HostName(host)), door.config, service)
            for host, door in self.every_door.items()
        ]

    def flips(self, store: Store) -> Flips:
        """Flips over this shop."""
        for transport in self.links.transports.values():
            door = self.every_door.get(transport.host)
            transport.ports = {80: door.port} if door else {}
        return Flips(store, RealClock(), {SHOP: self.service}, self.switches, self.links)

    async def colours(self) -> set[str]:
        """What the doors really answer, three requests each."""
        answers = [await self.ask(port, "/") for port in self.ports for _ in range(3)]
        return {answer.headers["x-colour"] for answer in answers}

    async def ask(self, port: int, path: str) -> Answer:
        """One request on a connection of its own."""
        return await get(
            lambda: asyncio.open_connection("127.0.0.1", port), path, "shop", timeout_s=10
        )

    async def tell(self, colour: Colour, path: str) -> None:
        """Makes a colour's servers behave otherwise: /health/503, /answer/500."""
        port = next(iter(self.service.colours[colour].ports.values()))
        assert (await self.ask(port, path)).status == 200

    def kill(self, colour: Colour) -> None:
        """Ends a colour's servers at once, whatever they are at."""
        self.children[colour].kill()
        self.children[colour].stop()

    def revive(self, colour: Colour) -> None:
        """Starts a colour's servers again on the ports that they had."""
        ports = [str(port) for port in self.service.colours[colour].ports.values()]
        number = list(Colour).index(colour)
        self.children[colour] = Child(SERVER, colour.value, f"1.{number}", "2", *ports)

    def close(self) -> None:
        """Ends every process."""
        for door in self.every_door.values():
            door.stop()
        for child in self.children.values():
            child.kill()
            child.stop()
