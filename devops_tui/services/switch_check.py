"""Whether every balancer of a service is set up so that it can be switched; changes nothing."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from devops_tui.domain.errors import DevopsError, Refused
from devops_tui.domain.front_door import front_door
from devops_tui.domain.switching import CaddyConfig, NginxConfig, NginxIncludeConfig
from devops_tui.domain.traffic import Colour, HaproxyConfig, Service
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.switch import Switch, SwitchReading, WiredSwitch
from devops_tui.ports.transport import Links
from devops_tui.services.balancers import read_with_file
from devops_tui.services.flip_proof import Doors, Names
from devops_tui.services.flip_rules import running_lease
from devops_tui.services.server_health import ask_servers

_INIT = "`devops-tui switch init` prints the lines that belong there."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at on one balancer; `todo` where it is not as it should be."""

    host: str
    what: str
    is_good: bool
    todo: str = ""


async def check_switch(
    store: Store, clock: Clock, links: Links, service: Service, switches: Sequence[Switch]
) -> tuple[Finding, ...]:
    """Reads, prepares and abandons, and asks through the door of each balancer.

    Raises:
        Refused: The service has no switch, or somebody flips it at this moment.
    """
    if service.switch is None:
        raise Refused(f"{service.name} has no switch", "Give it a `switch:` in devops.yaml.")
    lease = running_lease(store, clock, service.name)
    if lease is not None:
        raise Refused(f"{lease.holder} flips {service.name} now", "Check when that has ended.")
    names = Names.of(await ask_servers(links, clock, service))
    each = [_one(links, service, switch, names) for switch in switches]
    return tuple(found for of_one in await asyncio.gather(*each) for found in of_one)


async def _one(links: Links, service: Service, switch: Switch, names: Names) -> list[Finding]:
    host = str(switch.host)
    try:
        reading = await read_with_file(switch)
    except DevopsError as error:
        return [Finding(host, error.title, is_good=False, todo=error.hint or _INIT)]
    if reading.serves is None:
        return [Finding(host, "it serves no colour of the service", is_good=False, todo=_INIT)]
    found = [Finding(host, f"says that {reading.serves} serves", is_good=True)]
    if reading.armed is not None:
        what = f"its next reload makes {reading.armed} serve"
        found.append(Finding(host, what, is_good=False, todo=f"`switch repair {service.name}`."))
    found.append(await _can_prepare(switch, reading))
    found += await _is_wired(service, switch)
    found += await _can_write(links, service, switch)
    found.append(await _follows(links, service, switch, reading, names))
    return found + await _testers(links, service, switch, names)


async def _testers(links: Links, service: Service, switch: Switch, names: Names) -> list[Finding]:
    """Whether who names a colour gets it, of each colour that has a healthy server."""
    host = str(switch.host)
    if service.testers is None or service.switch is None:
        return []
    if front_door(service.switch, switch.host) is None:
        return []
    found: list[Finding] = []
    for colour in Colour:
        if not names.versions.get(colour):
            continue  # nothing of it answers: nobody can be sent there
        sent = service.testers.told(colour)
        doors = Doors(links, service, [switch.host], service.testers.fields(colour))
        try:
            seen = await doors.see(colour, names)
        finally:
            doors.close()
        if seen.wrong:
            found.append(Finding(host, f"{sent}: {seen.wrong[0]}", is_good=False, todo=_INIT))
        else:
            found.append(Finding(host, f"{sent} gets {colour}", is_good=True))
    return found


async def _can_prepare(switch: Switch, reading: SwitchReading) -> Finding:
    host = str(switch.host)
    try:
        assert reading.serves is not None  # noqa: S101 - the caller has looked
        await switch.abandon(await switch.prepare(reading.serves.other, reading.fence))
    except DevopsError as error:
        return Finding(host, error.title, is_good=False, todo=error.hint or _INIT)
    return Finding(host, "a change can be prepared", is_good=True)


async def _is_wired(service: Service, switch: Switch) -> list[Finding]:
    """Whether the balancer looks at the switch at all: its colour may serve by chance."""
    host = str(switch.host)
    if isinstance(switch, WiredSwitch):
        try:
            missing = await switch.unwired()
        except DevopsError as error:
            return [Finding(host, error.title, is_good=False, todo=error.hint)]
        if missing is not None:
            return [Finding(host, missing, is_good=False, todo=_INIT)]
        return [Finding(host, "its routes look at the switch", is_good=True)]
    if isinstance(service.switch, NginxConfig | NginxIncludeConfig):  # it tells nobody
        what = "nginx does not tell whether its server block looks at the file: a flip proves it"
        return [Finding(host, what, is_good=True)]
    return []


async def _can_write(links: Links, service: Service, switch: Switch) -> list[Finding]:
    """The file that keeps the colour over a restart, where preparing does not touch it."""
    config = service.switch
    path = config.map if isinstance(config, HaproxyConfig) else ""
    path = config.file if isinstance(config, CaddyConfig) else path
    if not path:
        return []
    folder = path.rpartition("/")[0] or "/"
    host = str(switch.host)
    try:
        done = await links.to(switch.host).run(f"[ -w {shlex.quote(folder)} ]\n", timeout_s=10.0)
    except DevopsError as error:
        return [Finding(host, error.title, is_good=False, todo=error.hint)]
    if done.exit_code == 0:
        return [Finding(host, f"{path} can be written", is_good=True)]
    what = f"{folder} may not be written: a restart would go back to the old colour"
    return [Finding(host, what, is_good=False, todo="Give the login write access to it.")]


async def _follows(
    links: Links, service: Service, switch: Switch, reading: SwitchReading, names: Names
) -> Finding:
    """What is loaded follows what was read, seen through the door."""
    host = str(switch.host)
    door = front_door(service.switch, switch.host) if service.switch is not None else None
    if door is None:
        return Finding(host, "no front door is named: a flip is read back only", is_good=True)
    assert reading.serves is not None  # noqa: S101 - the caller has looked
    doors = Doors(links, service, [switch.host])
    try:
        seen = await doors.see(reading.serves, names)
    finally:
        doors.close()
    if seen.wrong:
        todo = (
            f"Look at the front door ({door}) and at the lines of `switch init`; are they loaded?"
        )
        return Finding(host, seen.wrong[0], is_good=False, todo=todo)
    told = str(seen) if not seen.named else f"{reading.serves} answers through {door}"
    return Finding(host, told, is_good=True)
