"""Flips a service once, and is killed when it has journaled a given step.

`python flip_once.py STATE_DB COUNT PERCENT FROZEN PID` reads the doors from its standard
input as JSON (see `Doors`), gives green that share of the requests (100: flips), and sends
itself KILL right after the COUNT-th write of the journal; after the FROZEN-th one it stops
the process PID, a balancer. Prints {"state": ...} when it got to the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devops_tui.domain.codec import decode, encode
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour, Flip, HaproxyConfig, Service
from devops_tui.ports.switch import Switch
from devops_tui.services.flips import Flips
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.switches.haproxy import HaproxySwitch

if TYPE_CHECKING:
    from support.traffic import Shop


@dataclass(frozen=True)
class Doors:
    """What the child needs to reach the same doors."""

    service: object
    sockets: dict[str, str]
    maps: dict[str, str]
    ports: dict[str, int]
    is_weighted: bool

    def dump(self) -> str:
        return json.dumps(asdict(self))


def doors_of(service: Service, configs: dict[str, HaproxyConfig]) -> Doors:
    """From a service and the switch of each balancer."""
    return Doors(
        encode(service),
        {host: config.socket for host, config in configs.items()},
        {host: config.map for host, config in configs.items()},
        {host: config.port for host, config in configs.items()},
        any(config.is_weighted for config in configs.values()),
    )


def flip_in_a_child(
    shop: Shop, database: Path, count: int, percent: int = 100, freeze: tuple[int, int] = (0, 0)
) -> subprocess.CompletedProcess[str]:
    """Flips in a process that is killed after so many writes of the journal.

    `freeze` is a number of writes as well, and the process that is stopped after them.
    """
    doors = {host: shop.every_door[host].config for host in shop.doors}
    configs = {host: c for host, c in doors.items() if isinstance(c, HaproxyConfig)}
    return subprocess.run(
        [sys.executable, __file__, str(database), str(count), str(percent), *map(str, freeze)],
        input=doors_of(shop.service, configs).dump(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class KilledAt(SqliteStore):
    """Ends this process, as a power cut would, after so many writes of the journal."""

    left = 0
    until_frozen = 0
    frozen_pid = 0

    def add_flip(self, flip: Flip) -> None:
        super().add_flip(flip)
        self._count()

    def save_flip(self, flip: Flip) -> None:
        super().save_flip(flip)
        self._count()

    def _count(self) -> None:
        KilledAt.until_frozen -= 1
        if KilledAt.until_frozen == 0:
            os.kill(KilledAt.frozen_pid, signal.SIGSTOP)
        KilledAt.left -= 1
        if KilledAt.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(path: str, count: int, percent: int) -> None:
    """Flips to green, or gives it a share."""
    from support.loopback import LoopbackLinks
    from support.traffic import RealClock

    told = Doors(**json.loads(sys.stdin.read()))
    service = decode(Service, told.service)
    hosts = [h for servers in service.colours.values() for h in servers.hosts]
    links = LoopbackLinks(*told.sockets, *hosts)

    def switches(_: Service) -> list[Switch]:
        return [
            HaproxySwitch(
                links.to(HostName(host)),
                HaproxyConfig(
                    (HostName(host),),
                    socket,
                    told.maps[host],
                    "shop",
                    is_weighted=told.is_weighted,
                ),
                service,
            )
            for host, socket in told.sockets.items()
        ]

    for host, port in told.ports.items():
        links.to(HostName(host)).ports = {80: port}
    KilledAt.left = count
    store = KilledAt.open(Path(path))
    flips = Flips(store, RealClock(), {service.name: service}, switches, links)
    if percent == 100:
        flip = await flips.flip(service.name, Colour.GREEN, "jun", "release")
    else:
        held = store.service_status(service.name).canary
        flip = await flips.weigh(service.name, percent, "jun", "release", held=held)
    sys.stdout.write(json.dumps({"state": flip.state}) + "\n")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    KilledAt.until_frozen, KilledAt.frozen_pid = map(int, sys.argv[4:6])
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
