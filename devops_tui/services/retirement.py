"""Whether a colour may be stopped: never the one that serves, nor the last that is well."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.errors import Refused
from devops_tui.domain.traffic import Colour, Service, ServiceStatus
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.switch import Switch
from devops_tui.ports.transport import Links
from devops_tui.services.balancers import Balancers, Readings
from devops_tui.services.server_health import ask_servers


def refuse_known(
    status: ServiceStatus, service: Service, colour: Colour, clock: Clock
) -> Refused | None:
    """What speaks against stopping a colour as far as the store knows; asks nobody."""
    other = colour.other
    if service.switch is None or other not in service.colours:
        return Refused(f"{colour} is the only colour of {service.name}")
    if not service.down:
        return Refused(
            f"nothing says how a colour of {service.name} is stopped",
            "Write `down:` beside its `up:` in devops.yaml.",
        )
    if status.live is None:
        return Refused(f"nobody knows which colour of {service.name} serves", "Wait until read.")
    if status.live is colour:
        return Refused(f"{colour} serves", f"Flip to {other} first.")
    if status.canary:
        return Refused(
            f"{colour} answers {status.canary} % of the requests",
            "Take the canary on (`flip --canary`) or back (`undo`) first.",
        )
    if status.set_aside:
        names = ", ".join(status.set_aside)
        return Refused(f"{names} set aside: it may send requests to {colour}", "Bring it back.")
    if status.watching_until is not None and status.watching_until > clock.now():
        return Refused(
            f"{other} is watched until {status.watching_until:%H:%M:%S} UTC: "
            f"{colour} is the way back",
            "Wait for the end of the watch.",
        )
    return None


def why_not_retire(
    status: ServiceStatus, service: Service, colour: Colour, clock: Clock
) -> str | None:
    """Why a colour may not be stopped, in one line, by what was seen last; None when it may."""
    answering = sum(b.in_flight.get(colour, 0) for b in status.balancers)
    refused = refuse_known(status, service, colour, clock) or _refuse_answering(colour, answering)
    return refused.title if refused is not None else None


async def refuse_retirement(
    store: Store,
    clock: Clock,
    links: Links,
    service: Service,
    switches: Sequence[Switch],
    colour: Colour,
) -> Refused | None:
    """What speaks against it now, every balancer and server asked; None when nothing does."""
    refused = refuse_known(store.service_status(service.name), service, colour, clock)
    if refused is not None:
        return refused
    refused = _refuse_readings(await Balancers(switches).read(), colour)
    if refused is not None:
        return refused
    servers = await ask_servers(links, clock, service, (colour.other,))
    ill = [f"{s.host} ({s.why or 'unknown'})" for s in servers if not s.is_healthy]
    if ill or not servers:
        told = ", ".join(ill) or "it has no servers"
        return Refused(
            f"{colour} may be the last healthy colour: {colour.other} is ill: {told}",
            f"Make {colour.other} well first.",
        )
    return None


def _refuse_readings(readings: Readings, colour: Colour) -> Refused | None:
    if readings.errors:
        return Refused(
            f"a balancer cannot be read, it may send requests to {colour}: {readings}",
            "Bring it back first.",
        )
    if not readings.all_give(colour.other.green_percent(100)):
        return Refused(f"{colour} still gets requests: {readings}", "Flip away from it first.")
    return _refuse_answering(colour, readings.in_flight(colour) or 0)


def _refuse_answering(colour: Colour, count: int) -> Refused | None:
    if not count:
        return None
    told = f"{count} requests" if count > 1 else "a request"
    return Refused(f"{colour} still answers {told}", "Wait until that has ended, then try again.")
