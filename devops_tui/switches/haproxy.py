"""HAProxy: one entry of a versioned map says which backend answers."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from devops_tui.domain.errors import SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour, HaproxyConfig, Service
from devops_tui.ports.switch import SwitchAbilities, SwitchReading
from devops_tui.ports.transport import CallsAhead, Transport
from devops_tui.switches import haproxy_wire as wire

_HINTS = (
    ("Unknown map identifier", "Name the map in use_backend exactly as `map:` does, and reload."),
    ("Permission denied", "Give the stats socket `level admin`."),
    ("out of range", "Another change was committed first: look at what serves now."),
    ("No such proxy", "Name the backends as `backend:` says, one for each colour."),
)
_WRITES = 5  # attempts to leave the file as the running map is, while others change the map


@dataclass(frozen=True, slots=True)
class _Prepared:
    version: int
    to: Colour
    fence: int
    base: tuple[wire.Entry, ...]
    percent: int


def plan_of(config: HaproxyConfig, to: Colour) -> tuple[str, ...]:
    """The exact commands of a change on each balancer, for a person to read.

    VERSION and FENCE are numbers that are known when it happens. Needs no link.
    """
    name = wire.map_name(config.map)
    share = f"{config.key}.green {to.green_percent(100)}, " if config.is_weighted else ""
    own = f"{config.key} {to}, {share}{config.key}.fence FENCE, and every other entry as it is"
    return (
        wire.show_map(name),
        f"{wire.prepare_map(name)}  (gives VERSION)",
        f"add map @VERSION {name} <<  ({own})",
        f"show map @VERSION {name}",
        f"commit map @VERSION {name};{wire.show_map(name)}",
        f"write {config.map}  (a temporary file, then a rename: a reload keeps {to})",
    )


class HaproxySwitch:
    """Points a service at one colour through HAProxy's versioned map.

    The change carries its fence in a second entry, `<key>.fence`, so that any later
    flipper sees who was last. Other entries of the same map are carried over; when one
    of them changes between prepare and commit, the change is prepared again.

    Needs: HAProxy >= 2.4, an admin-level stats socket, a Transport to the host that may
    write the map file.
    Cancel: harmless before commit; during commit read afterwards what serves.

    Raises:
        HostUnreachable: No link to the host or its socket (retry can help).
        SwitchRefused: A newer flip was committed, or HAProxy said no; nothing changed.

    Source: HAProxy Management Guide 2.6, 9.3 "prepare map", "add map", "commit map".
    """

    def __init__(self, transport: Transport, config: HaproxyConfig, service: Service) -> None:
        self._transport = transport
        self._config = config
        self._socket = config.socket
        self._path = config.map
        self._map = wire.map_name(config.map)
        self._key = wire.word(config.key, "the key")
        self._fence_key = f"{self._key}.fence"
        self._green_key = f"{self._key}.green"
        self._backends = {
            colour: wire.word(
                config.backend.format(service=service.name, colour=colour.value), "the backend"
            )
            for colour in Colour
        }
        self._prepared: dict[str, _Prepared] = {}
        self._changed: dict[str, tuple[wire.Entry, ...]] = {}
        self._numbers = count(1)

    @property
    def host(self) -> HostName:
        """The balancer."""
        return self._transport.host

    @property
    def abilities(self) -> SwitchAbilities:
        """What the configuration says of this kind."""
        return self._config.abilities

    async def read(self) -> SwitchReading:
        """What the running map and the counters of both backends say; one exchange."""
        asked = [wire.show_map(self._map), *map(wire.show_stat, self._backends.values())]
        answer = await self._ask(";".join(asked))
        entries = wire.values_of(wire.entries_of(answer))
        if not entries:
            self._refuse_complaint(answer)
        counts = wire.counts_of(answer)
        share = _percent(entries.get(self._green_key)) if self._config.is_weighted else None
        serves = _colour(entries.get(self._key))
        known = {c: counts[name] for c, name in self._backends.items() if name in counts}
        return SwitchReading(
            serves=serves if share is None else {0: Colour.BLUE, 100: Colour.GREEN}.get(share),
            fence=_fence(entries.get(self._fence_key)),
            in_flight={c.value: n.in_flight for c, n in known.items()},
            requests={c.value: n.requests for c, n in known.items()},
            errors={c.value: n.errors for c, n in known.items()},
            latency_ms={
                c.value: n.latency_ms for c, n in known.items() if n.latency_ms is not None
            },
            green_percent=share,
        )

    async def armed(self) -> Colour | None:
        """The colour of the map file, where the running map has another one."""
        done = await self._transport.run(f"cat {shlex.quote(self._path)}\n", timeout_s=10.0)
        if done.exit_code != 0:
            return None  # it is not there, or not for us: `switch check` says so
        in_file = wire.values_of(wire.entries_in(done.stdout.decode(errors="replace")))
        running = wire.values_of(await self._entries())
        own = self._key
        if self._config.is_weighted and self._green_key in in_file:
            own = self._green_key
        if in_file.get(own) in (None, running.get(own)):
            return None
        share = _percent(in_file[own]) if own == self._green_key else None
        whole = {None: _colour(in_file.get(self._key)), 0: Colour.BLUE, 100: Colour.GREEN}
        return whole.get(share)

    def plan(self, to: Colour) -> tuple[str, ...]:
        """The commands; VERSION and FENCE are numbers that are known when it happens."""
        return plan_of(self._config, to)

    async def prepare(self, to: Colour, fence: int) -> str:
        """Fills a version of the map that no request looks at yet."""
        return await self._prepare(to, 100, fence)

    async def weigh(self, to: Colour, percent: int, fence: int) -> str:
        """Fills a version of the map in which `to` gets its share."""
        if not self._config.is_weighted:
            raise self._refused(
                "its lines know no shares", "Write `weighted: true`, and see `switch init`."
            )
        return await self._prepare(to, percent, fence)

    async def _prepare(self, to: Colour, percent: int, fence: int) -> str:
        entries = await self._entries()
        newest = _fence(wire.values_of(entries).get(self._fence_key))
        if newest > fence:
            raise self._refused(
                f"a newer flip ({newest}) was committed, this one is {fence}",
                "Look at what serves now, then flip again.",
            )
        token = f"{self.host}/{next(self._numbers)}"
        self._prepared[token] = await self._stage(entries, to, percent, fence)
        return token

    async def commit(self, token: str) -> None:
        """Makes the version the running one, reads it back, writes the map file."""
        await self.look_again(token)
        await self.change(token)
        await self.keep(token)

    async def look_again(self, token: str) -> None:
        """Whether the running map is still what the version was prepared from.

        Another key of a shared map may have changed: its new value is carried over. At the
        end the way to the socket is open, so that the change is one packet.
        """
        prepared = self._prepared.get(token)
        if prepared is None:
            raise self._refused("this change was not prepared", "Flip again.")
        entries = await self._entries()
        if self._own(entries) != self._own(prepared.base):
            del self._prepared[token]
            raise self._refused(
                f"another flip was committed first: it serves {self._own(entries)}",
                "Look at what serves now, then flip again.",
            )
        if entries != prepared.base:
            self._prepared[token] = await self._stage(
                entries, prepared.to, prepared.percent, prepared.fence
            )
        if isinstance(self._transport, CallsAhead):
            await self._transport.call_ahead(self._socket)

    async def change(self, token: str) -> None:
        """Makes the version the running one and reads it back, in one exchange."""
        prepared = self._prepared.pop(token, None)
        if prepared is None:
            raise self._refused("this change was not prepared", "Flip again.")
        command = f"{wire.commit_map(self._map, prepared.version)};{wire.show_map(self._map)}"
        answer = await self._ask(command)
        self._refuse_complaint(answer)
        after = wire.entries_of(answer)
        wanted = self._wanted(prepared.to, prepared.percent, prepared.fence)
        if self._own(after) != wanted:
            raise self._refused(
                f"HAProxy serves {self._own(after)} after the commit of {wanted}",
                "Another flip came right after this one: look at what serves now.",
            )
        self._changed[token] = after

    async def keep(self, token: str) -> None:
        """Writes the map file as the running map is."""
        await self._write_file(self._changed.pop(token))

    async def abandon(self, token: str) -> None:
        """Empties the prepared version; it can no longer be committed from here."""
        prepared = self._prepared.pop(token, None)
        if prepared is not None:
            await self._ask(wire.clear_map(self._map, prepared.version))

    async def _stage(
        self, base: tuple[wire.Entry, ...], to: Colour, percent: int, fence: int
    ) -> _Prepared:
        wanted = wire.replaced(base, self._wanted(to, percent, fence))
        answer = await self._ask(wire.prepare_map(self._map))
        version = wire.version_of(answer)
        if version is None:
            self._refuse_complaint(answer)
            raise self._refused("HAProxy gave no version of the map", "HAProxy >= 2.4 is needed.")
        for command in wire.add_to_map(self._map, version, wanted):
            self._refuse_complaint(await self._ask(command))
        held = wire.entries_of(await self._ask(wire.show_map(self._map, version)))
        if held != wanted:
            raise self._refused(
                f"version {version} of the map holds {len(held)} of {len(wanted)} entries",
                "Look at the map with `show map`, then flip again.",
            )
        return _Prepared(version, to, fence, base, percent)

    async def _write_file(self, entries: tuple[wire.Entry, ...]) -> None:
        for _ in range(_WRITES):
            source = _temporary(wire.file_of(entries))
            try:
                await self._transport.put(source, self._path)
            finally:
                source.unlink(missing_ok=True)
            now = await self._entries()
            if now == entries:
                return
            entries = now

    async def _entries(self) -> tuple[wire.Entry, ...]:
        answer = await self._ask(wire.show_map(self._map))
        entries = wire.entries_of(answer)
        if not entries:
            self._refuse_complaint(answer)
        return entries

    async def _ask(self, command: str) -> str:
        answer = await self._transport.exchange(self._socket, f"{command}\n".encode())
        return answer.decode(errors="replace")

    def _wanted(self, to: Colour, percent: int, fence: int) -> Mapping[str, str]:
        serves = to if percent == 100 else to.other
        wanted = {self._key: serves.value, self._fence_key: str(fence)}
        if self._config.is_weighted:
            wanted[self._green_key] = str(to.green_percent(percent))
        return wanted

    def _own(self, entries: tuple[wire.Entry, ...]) -> Mapping[str, str]:
        held = wire.values_of(entries)
        own = [self._key, self._fence_key]
        if self._config.is_weighted:
            own.append(self._green_key)
        return {key: held[key] for key in own if key in held}

    def _refuse_complaint(self, answer: str) -> None:
        complaint = wire.complaint_of(answer)
        if complaint:
            hint = next((hint for text, hint in _HINTS if text in complaint), "")
            raise self._refused(f"HAProxy said: {complaint}", hint)

    def _refused(self, why: str, hint: str) -> SwitchRefused:
        return SwitchRefused(f"{self.host}: {why}", hint)


def _colour(value: str | None) -> Colour | None:
    return Colour(value) if value in set(Colour) else None


def _fence(value: str | None) -> int:
    return int(value) if value and value.isdecimal() else 0


def _percent(value: str | None) -> int | None:
    is_number = value is not None and value.isdecimal() and len(value) < 4
    return min(100, int(value)) if value is not None and is_number else None


def _temporary(text: str) -> Path:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", delete=False) as file:
        file.write(text)
    return Path(file.name)
