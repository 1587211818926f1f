"""Sees with its own eyes which colour answers: fresh and held connections through every door.

Held connections are opened before a change and asked again after it: a switch that only
moves new connections would pass with fresh ones alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from devops_tui.domain.errors import DevopsError, NoAnswer
from devops_tui.domain.front_door import FrontDoor, front_door
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour, ServerHealth, Service
from devops_tui.ports.transport import ByteReader, ByteWriter, Links
from devops_tui.services.http_probe import Answer, KeepAlive, Open
from devops_tui.services.tls_stream import open_tls

PROBES = 4
_COLOUR_HEADER = "x-colour"


@dataclass(frozen=True, slots=True)
class Names:
    """How answers of each colour can be told apart: by X-Colour, or else by their version."""

    versions: Mapping[Colour, frozenset[str]] = field(default_factory=dict)

    @staticmethod
    def of(servers: Iterable[ServerHealth]) -> Names:
        """From what the servers themselves said a moment ago."""
        heard = [(server.colour, server.version) for server in servers if server.version]
        return Names({c: frozenset(v for of, v in heard if of is c) for c in Colour})

    def colour_of(self, answer: Answer, version_header: str) -> Colour | None:
        """Who gave an answer; None when it does not say."""
        named = answer.headers.get(_COLOUR_HEADER, "").strip().lower()
        if named in set(Colour):
            return Colour(named)
        version = answer.headers.get(version_header.lower(), "")
        fits = [colour for colour in Colour if version in self.versions.get(colour, frozenset())]
        return fits[0] if len(fits) == 1 else None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the probes saw after a change.

    Attributes:
        named: Answers that said the new colour.
        unnamed: Good answers that did not say their colour.
        wrong: What speaks against it, one line each.
    """

    named: int
    unnamed: int
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        if self.wrong:
            return "; ".join(self.wrong[:3])
        if not self.named and not self.unnamed:
            return "no front door is named: read back only"
        if not self.named:
            return f"{self.unnamed} answers are well, none says its colour: read back only"
        rest = f", {self.unnamed} without a name" if self.unnamed else ""
        return f"{self.named} answers are the new colour's{rest}"


class Doors:
    """The probes through every balancer of one service; to be closed.

    A balancer whose front door nobody named is not asked. Connections are not held where
    the switch says that they stay with the old colour. `fields` are sent with each request.
    """

    def __init__(
        self,
        links: Links,
        service: Service,
        hosts: Iterable[HostName],
        fields: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._service = service
        self._fields = tuple(fields)
        switch = service.switch
        found = {host: front_door(switch, host) for host in hosts} if switch is not None else {}
        self._doors = {host: door for host, door in found.items() if door is not None}
        self._openers = {host: _opener(links, door) for host, door in self._doors.items()}
        self._moves_held = switch is not None and switch.abilities.moves_held
        self._held: dict[HostName, list[KeepAlive]] = {}

    async def hold(self) -> Mapping[HostName, DevopsError]:
        """Opens the held connections with a request on each; the errors by balancer."""
        errors: dict[HostName, DevopsError] = {}

        async def one(host: HostName) -> None:
            connection = self._connection(host)
            try:
                await self._ask(connection)
            except DevopsError as error:
                errors[host] = error
                connection.close()
            else:
                if self._moves_held:
                    self._held.setdefault(host, []).append(connection)
                else:
                    connection.close()

        await asyncio.gather(*(one(host) for host in self._openers for _ in range(PROBES)))
        return errors

    async def see(self, to: Colour | None, names: Names, skip: Iterable[HostName] = ()) -> Seen:
        """Asks over fresh and held connections and sorts the answers.

        `to` None means that either colour may answer, if it answers well.
        """
        left_out = frozenset(skip)
        hosts = [host for host in self._openers if host not in left_out]
        fresh = [self._fresh(host) for host in hosts for _ in range(PROBES)]
        held = [self._again(host, c) for host in hosts for c in self._held.get(host, ())]
        answers = await asyncio.gather(*fresh, *held)
        wrong: list[str] = []
        named = unnamed = 0
        for host, answer in answers:
            found = self._wrong(answer, to, names)
            if found is not None:
                wrong.append(f"through {host}: {found}")
            elif isinstance(answer, Answer) and self._is_named(answer, to, names):
                named += 1
            else:
                unnamed += 1
        return Seen(named, unnamed, tuple(dict.fromkeys(wrong)))

    def close(self) -> None:
        """Closes what is held."""
        for connections in self._held.values():
            for connection in connections:
                connection.close()
        self._held = {}

    def _wrong(self, answer: Answer | DevopsError, to: Colour | None, names: Names) -> str | None:
        if isinstance(answer, DevopsError):
            return answer.title
        colour = self._colour(answer, names)
        if to is not None and colour is to.other:
            return f"{colour} answers"
        if answer.status != self._service.health.status:
            return f"{colour or 'somebody'} answers {answer.status}"
        return None

    def _is_named(self, answer: Answer, to: Colour | None, names: Names) -> bool:
        colour = self._colour(answer, names)
        return colour is not None if to is None else colour is to

    def _colour(self, answer: Answer, names: Names) -> Colour | None:
        return names.colour_of(answer, self._service.health.version_header)

    def _connection(self, host: HostName) -> KeepAlive:
        return KeepAlive(self._openers[host], self._doors[host].name, self._fields)

    async def _ask(self, connection: KeepAlive) -> Answer:
        check = self._service.health
        return await connection.get(check.path, check.timeout_s)

    async def _fresh(self, host: HostName) -> tuple[HostName, Answer | DevopsError]:
        connection = self._connection(host)
        try:
            return host, await self._ask(connection)
        except DevopsError as error:
            return host, error
        finally:
            connection.close()

    async def _again(
        self, host: HostName, connection: KeepAlive
    ) -> tuple[HostName, Answer | DevopsError]:
        try:
            return host, await self._ask(connection)
        except NoAnswer:  # a door may close an idle connection: the next one is fresh
            return await self._fresh(host)
        except DevopsError as error:
            return host, error


def _opener(links: Links, door: FrontDoor) -> Open:
    async def open_door() -> tuple[ByteReader, ByteWriter]:
        streams = await links.to(door.via).open_port(door.port, door.address)
        return await open_tls(*streams, door.address) if door.is_tls else streams

    return open_door
