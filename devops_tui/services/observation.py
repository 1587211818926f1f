"""Looks at one service: its servers, its balancers, and what changed since the last look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import fmean, median

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import NO_COLOUR, Balancer, Colour, ServerHealth, Service
from devops_tui.domain.watching import Sign
from devops_tui.ports.runtime import Clock
from devops_tui.ports.switch import Switch, SwitchReading
from devops_tui.ports.transport import Links
from devops_tui.services.balancers import Balancers, Readings
from devops_tui.services.server_health import ask_servers

_AGAIN_S = 0.5
_FILES_S = 3.5  # with the longest usual interval under five seconds

Counts = Mapping[Colour, tuple[int, int]]
Latencies = Mapping[str, Mapping[Colour, float]]


@dataclass(frozen=True, slots=True)
class Observation:
    """One look.

    Attributes:
        counts: Requests and failed ones of each colour since the look before, over all
            balancers that were read both times; empty at the first look.
        latency_ms: How long the answers of each colour take, in ms, by source: "answers" as
            the balancers saw them, "health checks" as we did.
        signs: What else was looked at, for a watch alone.
    """

    at: datetime
    servers: tuple[ServerHealth, ...]
    balancers: tuple[Balancer, ...]
    counts: Counts
    latency_ms: Latencies = field(default_factory=dict)
    signs: tuple[Sign, ...] = ()

    @property
    def serves(self) -> Colour | None:
        """The colour that every balancer serves; None when they differ or cannot be read."""
        seen = {balancer.serves for balancer in self.balancers}
        return seen.pop() if len(seen) == 1 else None


class Observer:
    """Keeps the counters of the look before, so that figures are of the time since.

    A counter that fell (the balancer was restarted) gives no figure for one interval.
    """

    def __init__(
        self,
        links: Links,
        clock: Clock,
        switches: Callable[[Service], Sequence[Switch]],
        service: Service,
    ) -> None:
        self._links = links
        self._clock = clock
        self._switches = switches
        self._service = service
        self._before: dict[HostName, tuple[datetime, SwitchReading]] = {}
        self._files_at: datetime | None = None
        self._armed: dict[HostName, tuple[Colour | None, int]] = {}

    async def look(self) -> Observation:
        """Asks everything side by side; what does not answer is unknown, never well."""
        servers, readings = await asyncio.gather(
            ask_servers(self._links, self._clock, self._service), self._read()
        )
        now = self._clock.now()
        balancers: list[Balancer] = []
        totals: dict[Colour, tuple[int, int]] = {}
        for host in self._service.switch.hosts if self._service.switch else ():
            reading = readings.seen.get(host)
            if reading is None:
                error = readings.errors.get(host)
                why = error.title if error else "not asked"
                balancers.append(Balancer(host, why=why, at=now, silent_since=now))
                continue
            passed_s, changes = self._since(host, now, reading)
            balancers.append(_balancer(host, now, reading, passed_s, changes))
            for colour, (requests, errors) in changes.items():
                before = totals.get(colour, (0, 0))
                totals[colour] = (before[0] + requests, before[1] + errors)
        latency_ms = _latency(tuple(readings.seen.values()), servers)
        return Observation(now, servers, tuple(balancers), totals, latency_ms)

    async def _read(self) -> Readings:
        try:
            return await self._balancers_say()
        except DevopsError as error:  # a name that cannot be sent, a host that is not there
            hosts = self._service.switch.hosts if self._service.switch else ()
            return Readings({}, dict.fromkeys(hosts, error))

    def forget_files(self) -> None:
        """What they said counts no more: a flip went on meanwhile."""
        self._files_at = None

    async def _balancers_say(self) -> Readings:
        """Files are looked at every few seconds; in between what they said last counts.

        One that differs is looked at again: a flip writes it right after its change.
        """
        balancers, now = Balancers(self._switches(self._service)), self._clock.now()
        is_due = self._files_at is None or (now - self._files_at).total_seconds() >= _FILES_S
        readings = await balancers.read(with_files=is_due)
        if is_due:
            if readings.armed:
                await self._clock.sleep(_AGAIN_S)
                readings = await balancers.read(with_files=True)
            self._files_at = now
            self._armed = {host: (r.armed, r.fence) for host, r in readings.seen.items()}
            return readings
        seen = {
            host: replace(reading, armed=reading.armed or self._still_armed(host, reading))
            for host, reading in readings.seen.items()
        }
        return Readings(seen, readings.errors)

    def _still_armed(self, host: HostName, reading: SwitchReading) -> Colour | None:
        """Not after a change, which has written the file."""
        armed, fence = self._armed.get(host, (None, 0))
        return armed if reading.fence == fence else None

    def _since(
        self, host: HostName, now: datetime, reading: SwitchReading
    ) -> tuple[float, dict[Colour, tuple[int, int]]]:
        earlier = self._before.get(host)
        self._before[host] = (now, reading)
        if earlier is None:
            return 0.0, {}
        at, old = earlier
        changes: dict[Colour, tuple[int, int]] = {}
        for colour in Colour:
            if colour not in reading.requests or colour not in old.requests:
                continue  # a balancer that does not count has not answered nothing
            requests = reading.requests[colour] - old.requests[colour]
            errors = reading.errors.get(colour, 0) - old.errors.get(colour, 0)
            if requests < 0 or errors < 0:
                return 0.0, {}
            changes[colour] = (requests, errors)
        return (now - at).total_seconds(), changes


def _latency(readings: Sequence[SwitchReading], servers: Sequence[ServerHealth]) -> Latencies:
    told = {c: [r.latency_ms[c] for r in readings if c in r.latency_ms] for c in Colour}
    asked = {
        c: [s.latency_ms for s in servers if s.colour is c and s.latency_ms is not None]
        for c in Colour
    }
    return {
        "answers": {colour: fmean(found) for colour, found in told.items() if found},
        "health checks": {colour: median(found) for colour, found in asked.items() if found},
    }


def _balancer(
    host: HostName,
    now: datetime,
    reading: SwitchReading,
    passed_s: float,
    changes: Mapping[Colour, tuple[int, int]],
) -> Balancer:
    asked = sum(requests for requests, _ in changes.values())
    failed = sum(errors for _, errors in changes.values())
    is_known = passed_s > 0
    answered = [c for c, (n, _) in changes.items() if n > 0]
    return Balancer(
        host,
        serves=reading.serves,
        in_flight=dict(reading.in_flight),
        requests_per_s={c.value: round(n / passed_s, 1) for c, (n, _) in changes.items()}
        if is_known
        else {},
        error_ratio=min(1.0, failed / asked) if asked else None,
        last_answer_at={c.value: now for c in answered},
        why="" if reading.share is not None else NO_COLOUR,
        at=now,
        armed=reading.armed,
        green_percent=reading.share,
    )
