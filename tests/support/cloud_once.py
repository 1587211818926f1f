"""Flips a service behind a cloud's double once, and is killed at a given point.

`python cloud_once.py STATE_DB WHAT COUNT` reads {"service", "address"} from its standard
input: the provider's API is answered by the process that listens at `address`, as the real
one outlives whoever asks it. WHAT is "journal" (killed right after the COUNT-th write),
"before" or "after" (killed before or after the COUNT-th request that changes something).
Prints {"state", "error", "writes", "changes"} when it got to the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from devops_tui.domain.cloud_switching import AlbConfig, KubernetesConfig, Route53Config
from devops_tui.domain.codec import decode
from devops_tui.domain.traffic import Colour, Service
from devops_tui.ports.switch import Switch
from devops_tui.ports.transport import Completed
from devops_tui.services import flip_walk
from devops_tui.services.flips import Flips
from support.flip_once import KilledAt
from support.loopback import LoopbackLinks, LoopbackTransport

CHANGES = ("modify_", "add_", "change_", "patch service shop")
LOOK_S = 30.0  # between two looks while a change settles: a minute of a clock that stands still
_NEVER = 1_000_000


class KilledCall:
    """Ends this process before or after a request that changes something."""

    left = _NEVER
    is_before = False

    @classmethod
    def count(cls, name: str, *, is_before: bool) -> None:
        """Counts a request of this name, at its beginning and at its end."""
        if is_before != cls.is_before or not any(word in name for word in CHANGES):
            return
        cls.left -= 1
        if cls.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Remote:
    """The provider's client in another process: each call is one message there and back."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __getattr__(self, name: str) -> Any:
        def call(**given: Any) -> Any:
            KilledCall.count(name, is_before=True)
            with Client(self._address) as link:
                link.send((name, given))
                is_good, answer = link.recv()
            KilledCall.count(name, is_before=False)
            if not is_good:
                raise answer
            return answer

        return call


class CountedTransport(LoopbackTransport):
    """Runs kubectl here; its patches are counted."""

    async def run(
        self,
        script: str,
        *,
        stdin: bytes = b"",
        timeout_s: float = 30.0,
        limit_bytes: int = 1 << 20,
    ) -> Completed:
        KilledCall.count(script, is_before=True)
        done = await super().run(script, stdin=stdin, timeout_s=timeout_s, limit_bytes=limit_bytes)
        KilledCall.count(script, is_before=False)
        return done


def switches_of(service: Service, client: Any, here: LoopbackTransport) -> list[Switch]:
    """The switches of a service behind a double: AWS through `client`, kubectl through `here`."""
    from devops_tui.switches.alb import AlbSwitch
    from devops_tui.switches.kubernetes import KubernetesSwitch
    from devops_tui.switches.route53 import Route53Switch
    from support.aws_double import asking

    config = service.switch
    if isinstance(config, AlbConfig):
        return [AlbSwitch(asking(client), config, host, service.name) for host in config.hosts]
    if isinstance(config, KubernetesConfig):
        return [KubernetesSwitch(here, config, host) for host in config.hosts]
    assert isinstance(config, Route53Config)
    return [Route53Switch(asking(client), config, service.name)]


async def main(path: str) -> None:
    """Flips to green."""
    from support.clocks import StillClock

    flip_walk._SETTLE_LOOK_S = LOOK_S
    told = json.loads(sys.stdin.read())
    service = decode(Service, told["service"])
    hosts = [h for servers in service.colours.values() for h in servers.hosts]
    links = LoopbackLinks("local", *hosts)
    here = CountedTransport("local")
    store = KilledAt.open(Path(path))
    flips = Flips(
        store,
        StillClock(),
        {service.name: service},
        lambda _: switches_of(service, Remote(told["address"]), here),
        links,
    )
    flip = await flips.flip(service.name, Colour.GREEN, "jun", "release")
    store.close()
    counted = {"writes": _NEVER - KilledAt.left, "changes": _NEVER - KilledCall.left}
    sys.stdout.write(json.dumps({"state": flip.state, "error": flip.error, **counted}) + "\n")


if __name__ == "__main__":
    KilledAt.left = KilledCall.left = _NEVER
    if sys.argv[2] == "journal":
        KilledAt.left = int(sys.argv[3])
    else:
        KilledCall.left, KilledCall.is_before = int(sys.argv[3]), sys.argv[2] == "before"
    asyncio.run(main(sys.argv[1]))
