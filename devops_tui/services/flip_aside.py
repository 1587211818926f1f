"""Balancers that a flip left out by name, and how they are brought along later."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from devops_tui.domain.errors import DevopsError, NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Service
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.switch import Switch
from devops_tui.services.balancers import Balancers


def kept(switches: Sequence[Switch], without: Collection[str]) -> list[Switch]:
    """The switches of the balancers that are not left out.

    Raises:
        NotFound: A name is no balancer of the service.
        Refused: None would be left.
    """
    names = [switch.host for switch in switches]
    for name in without:
        if name not in names:
            raise NotFound(f"{name} is no balancer of it", f"There are: {', '.join(names)}.")
    left = [switch for switch in switches if switch.host not in without]
    if names and not left:
        raise Refused("no balancer would be left", "Leave at least one in.")
    return left


def leave_in(
    switches: Sequence[Switch], names: Collection[str]
) -> tuple[list[Switch], tuple[HostName, ...]]:
    """Like `kept` for what was decided earlier: names that are gone by now do not matter."""
    out = tuple(switch.host for switch in switches if switch.host in names)
    return [switch for switch in switches if switch.host not in out], out


async def put_right(
    store: Store, clock: Clock, service: Service, switches: Sequence[Switch]
) -> tuple[HostName, ...]:
    """Brings balancers that were set aside to the colour that serves, where they answer again.

    The caller holds the lease of the service's traffic, and no flip of it is unfinished.
    One that cannot be read stays aside; it is tried again later.

    Returns:
        Those that serve the colour now; they are no longer aside.
    """
    status = store.service_status(service.name)
    live = status.live
    found = [switch for switch in switches if switch.host in status.set_aside]
    if live is None:
        return ()
    balancers = Balancers(found)
    before = await balancers.read()
    able = Balancers([switch for switch in found if switch.host in before.seen])
    fence = max(status.fence, before.fence) + 1
    unkept: Mapping[HostName, DevopsError] = {}
    if able.hosts:
        with store.transaction():  # the number is used up before anything carries it
            store.save_service(replace(store.service_status(service.name), fence=fence))
        unkept = await able.bring_to(live, fence)
    after = await able.read()
    right = tuple(
        host
        for host, reading in after.seen.items()
        if reading.serves is live and host not in unkept  # a reload would go back
    )
    known = {switch.host for switch in switches}
    now = clock.now()
    with store.transaction():
        status = store.service_status(service.name)
        left = tuple(h for h in status.set_aside if h not in right and h in known)
        if left != status.set_aside:
            store.save_service(replace(status, set_aside=left))
        for host in right:
            why = f"{host} answers again and serves {live}"
            data = {"host": host, "live": live.value, "fence": fence}
            store.append(Event("flip.put_right", service.name, now, "health", why, data))
    return right
