"""Asks the servers of a colour how they are, each from its own host."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour, ServerHealth, Service
from devops_tui.ports.runtime import Clock
from devops_tui.ports.transport import Links, Transport
from devops_tui.services.http_probe import get


async def ask_servers(
    links: Links, clock: Clock, service: Service, colours: Iterable[Colour] = tuple(Colour)
) -> tuple[ServerHealth, ...]:
    """The health of every server of these colours, asked side by side; never raises HostError.

    A server that did not answer is ill; one whose host could not be reached is unknown.
    """
    asked = [
        _ask(links, clock, service, colour, host)
        for colour in colours
        if colour in service.colours
        for host in service.colours[colour].hosts
    ]
    return tuple(await asyncio.gather(*asked))


async def _ask(
    links: Links, clock: Clock, service: Service, colour: Colour, host: HostName
) -> ServerHealth:
    check = service.health
    port = service.colours[colour].port_of(host)
    try:
        link = links.to(host)
        await link.connect()
    except DevopsError as error:
        return ServerHealth(host, colour, why=error.title, at=clock.now())
    try:
        answer = await get(
            lambda: link.open_port(port), check.path, f"127.0.0.1:{port}", check.timeout_s
        )
    except DevopsError as error:
        is_reached = await _is_reached(link, check.timeout_s)
        is_healthy = False if is_reached else None
        return ServerHealth(host, colour, is_healthy, why=error.title, at=clock.now())
    is_healthy = answer.status == check.status
    return ServerHealth(
        host,
        colour,
        is_healthy,
        version=answer.headers.get(check.version_header.lower(), ""),
        latency_ms=answer.latency_ms,
        why="" if is_healthy else str(answer.status),
        at=clock.now(),
    )


async def _is_reached(link: Transport, timeout_s: float) -> bool:
    """Whether the host is there, so that a port without an answer is the server's fault.

    A link that swallows everything looks open for half a minute: only an answer tells.
    """
    try:
        done = await link.run(":\n", timeout_s=timeout_s)
    except DevopsError:
        return False
    return done.exit_code == 0
