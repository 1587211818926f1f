"""Whether a flip may begin, and as which commands: from what is known, without asking a host."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from devops_tui.domain.audit import Lease
from devops_tui.domain.errors import Refused, RevisionConflict
from devops_tui.domain.front_door import front_door
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour, Flip, ServerHealth, Service, ServiceStatus
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.switch import Switch
from devops_tui.services.balancers import Readings
from devops_tui.services.flip_journal import lease_name


def running_lease(store: Store, clock: Clock, service: str) -> Lease | None:
    """Who changes the traffic of a service at this moment; None for nobody."""
    lease = store.lease(lease_name(service))
    return lease if lease is not None and lease.expires_at > clock.now() else None


def refuse_second(lease: Lease | None, service: str) -> Refused:
    """The loser of two flips at once learns who was first, since when and why."""
    if lease is None:
        return Refused(f"somebody else flips {service}", "Try again.")
    return Refused(
        f"{lease.holder} has it since {lease.since:%H:%M:%S} UTC: {lease.reason}",
        "Wait until that has ended, then look at what serves.",
    )


def target_of(status: ServiceStatus, readings: Readings, to: Colour | None) -> Colour:
    """The colour to go to: the one asked for, or the other one than serves.

    Raises:
        Refused: It is not known what serves.
    """
    if to is not None:
        return to
    served = {colour for colour in readings.colours if colour is not None}
    live = served.pop() if len(served) == 1 else status.live
    if live is None:
        raise Refused("no balancer serves a colour", "Say which colour is meant.")
    return live.other


def refuse_start(
    status: ServiceStatus,
    readings: Readings,
    to: Colour,
    expected_live: Colour | None,
    percent: int = 100,
) -> Refused | None:
    """What the balancers say against a change to `to`; None when nothing does.

    Where they disagree, going back to what should be live is the repair and allowed.
    """
    is_repair = to is status.live and percent == 100
    is_expected = expected_live is None or readings.all_serve(expected_live)
    if is_repair:  # the balancers need not serve it: that is what is put right
        is_expected = expected_live in (None, status.live)
    if readings.errors:
        return Refused(
            f"nobody flips while a balancer cannot be read: {readings}",
            "Bring it back, or leave it out: `flip SERVICE --without BALANCER --why TEXT`.",
        )
    if not readings.seen:
        return Refused(f"{status.name} has no balancer", "Give the service a `switch:`.")
    if percent == 100 and readings.colours == {to} and not (is_repair and readings.armed):
        return Refused(f"{to} serves already", "")
    held = to.green_percent(status.canary if to is not status.live else 0)
    if not is_repair and not readings.all_give(held):
        live = status.live or to.other
        repair = f"`switch repair {status.name}` does"
        return Refused(
            f"the balancers disagree: {readings}", f"Flip to {live} first: it repairs; {repair}."
        )
    if not is_expected and not (status.canary and expected_live is status.live):
        return RevisionConflict(
            f"{expected_live} does not serve any more: {readings}", "Look, then decide again."
        )
    return None


def refuse_repair(status: ServiceStatus, readings: Readings) -> Refused | None:
    """Why there is nothing to repair; None when a balancer is not as it should be."""
    if status.live is None or readings.armed:
        return None
    if not readings.all_give(status.live.other.green_percent(status.canary)):
        return None
    hint = "There is nothing to repair."
    if status.set_aside:
        hint = f"{', '.join(status.set_aside)} will be brought along once there is an answer."
    return Refused(f"{status.name} does not drift: {readings}", hint)


def refuse_replaced(status: ServiceStatus, last: Flip, to: Colour) -> Refused | None:
    """Why an undo of the last flip would not bring back what it left; None when it would."""
    if status.canary or to is not last.from_colour or not last.left_digest:
        return None
    held = status.digests.get(to, "")
    if held == last.left_digest:
        return None
    now = status.versions.get(to) or held[:19] or "something else"
    return Refused(
        f"{to} holds {now} by now, not {last.left_version or last.left_digest[:19]} as before",
        f"`devops-tui rollback {status.name}` brings back what served before; "
        f"`flip {status.name}` goes to what is there now.",
    )


def refuse_servers(
    servers: Iterable[ServerHealth], to: Colour, *, is_undo: bool, name: str = "SERVICE"
) -> Refused | None:
    """Why the servers of `to` cannot take the traffic; for an undo one of them is enough."""
    idle = [server for server in servers if server.colour is to]
    ill = [server for server in idle if not server.is_healthy]
    if not idle:
        return Refused(f"{to} has no servers", "Name its hosts in the workspace.")
    if not ill or (is_undo and len(ill) < len(idle)):
        return None
    told = ", ".join(f"{s.host} ({s.why or 'unknown'})" for s in ill)
    if is_undo:
        return Refused(
            f"{to} is not up any more: {told}",
            f"Bring {to} up first: `devops-tui service up {name} {to}`, or run the pipeline for "
            f"the commit that it served; `rollback {name}` does what it takes.",
        )
    return Refused(f"{to} is not healthy: {told}", "Bring it up, then flip again.")


def refuse_forward(status: ServiceStatus, last: Flip) -> Refused | None:
    """Why an undo would bring back what an undo has left; None when it goes back."""
    if status.canary or last.undoes is None or last.to_colour is not status.live:
        return None
    return Refused(
        f"{status.name} went back already: {last.actor}, {last.asked_at:%H:%M} UTC",
        f"`flip {status.name}` goes forward again, with its checks.",
    )


def refuse_versions(
    status: ServiceStatus, servers: Iterable[ServerHealth], to: Colour
) -> Refused | None:
    """Why the servers of `to` are not one release; None when they are, as far as they say."""
    told = {s.host: s.version for s in servers if s.colour is to and s.version}
    said = status.versions.get(to, "")
    each = ", ".join(f"{host} is {version}" for host, version in told.items())
    hint = f"Deploy again, or bring it up again: `service up {status.name} {to}`."
    if said and not set(told.values()) <= {said}:
        return Refused(f"{to} is not {said}, which was installed: {each}", hint)
    if len(set(told.values())) > 1:
        return Refused(f"the servers of {to} do not agree: {each}", hint)
    return None


def why_not_flip(store: Store, clock: Clock, service: Service, to: Colour | None) -> str | None:
    """Why a flip would be refused now, as far as the store knows; None when it would not."""
    if service.switch is None:
        return f"{service.name} has no switch"
    lease = running_lease(store, clock, service.name)
    if lease is not None:
        return refuse_second(lease, service.name).title
    status = store.service_status(service.name)
    if status.live is None:
        return "the balancers were not read yet"
    target = to or status.live.other
    drift = status.drift()
    if target is status.live:
        return None if drift else f"{target} serves already"
    if drift:
        return drift
    known = [s for s in status.servers if s.colour is target]
    refused = refuse_servers(known, target, is_undo=False)
    return refused.title if refused and known else None


def plan_of_flip(switches: Sequence[Switch], service: Service, to: Colour) -> tuple[str, ...]:
    """The exact commands, one a line, with the balancer in front; then how it is proved."""
    lines = [f"{switch.host}  {line}" for switch in switches for line in switch.plan(to)]
    lines += [_proof_line(service, switch.host) for switch in switches]
    lines += [f"{s.host}  wait until {to.other} has nothing in flight" for s in switches]
    return tuple(lines)


def _proof_line(service: Service, host: HostName) -> str:
    door = front_door(service.switch, host) if service.switch is not None else None
    if service.switch is None or door is None:
        return f"{host}  no front door is named: read back only"
    abilities = service.switch.abilities
    how = "4 fresh and 4 held connections" if abilities.moves_held else "4 fresh connections"
    wait = f", {abilities.settle_s:g} s later" if abilities.settle_s else ""
    place = f"on {door}" if door.via == host else f"to {door}"
    return f"{host}  GET {service.health.path} {place}, {how}{wait}"


def refuse_share(status: ServiceStatus, held: int) -> Refused | None:
    """Why a canary may not change its share; None when it may."""
    if status.set_aside:
        names = ", ".join(status.set_aside)
        return Refused(f"{names} set aside", "A canary begins when every balancer answers.")
    if status.canary != held:
        return RevisionConflict(
            f"the canary of {status.name} is at {status.canary} %, not at {held} %",
            "Somebody changed it: look, then decide again.",
        )
    return None
