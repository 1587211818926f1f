"""Judges what a watch sees, look by look: well, ill, or nobody knows; no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Balancer, Colour, ServerHealth
from devops_tui.domain.watching import Sign
from devops_tui.services.observation import Latencies, Observation

_ILL_LOOKS = 2
_WINDOW = 2
_SLOWER_MS: Mapping[str, float] = {"answers": 100.0}
_SLOWER_MS_ELSE = 250.0
"""A colour that is slower by less than this is as fast as the other: a few health checks say
less than a thousand answers do."""


@dataclass(slots=True)
class WatchVerdict:
    """What the looks so far say of the colour that should serve.

    One bad look can be chance: a server must be ill, of another version, or slow twice in a
    row, and the error ratio is that of the last two intervals, each with an error of its own.

    Attributes:
        version: What its servers must say that they are; empty where nobody knows.
        max_slower: How many times slower than the other colour it may be.
        min_requests: With fewer than these nobody can say whether it is well.
        broken: Why health broke; empty while it did not.
        unknown: What nobody could see at the last look; empty when all was seen.
        samples, requests, errors: Counted over all looks.
    """

    colour: Colour
    max_error_ratio: float
    version: str = ""
    max_slower: float = 3.0
    min_requests: int = 0
    broken: str = ""
    unknown: str = ""
    samples: int = 0
    requests: int = 0
    errors: int = 0
    _ill: dict[HostName, int] = field(default_factory=dict)
    _window: list[tuple[int, int]] = field(default_factory=list)
    _slow: dict[str, int] = field(default_factory=dict)
    _bad: dict[str, int] = field(default_factory=dict)

    @property
    def is_doubtful(self) -> bool:
        """Whether it was ill or slow at the last look, and one more look decides."""
        rows = (*self._ill.values(), *self._slow.values(), *self._bad.values())
        return not self.broken and any(rows)

    @property
    def in_doubt(self) -> str:
        """Why nobody can say, now that the looks are over; empty when somebody can."""
        if self.unknown:
            return self.unknown
        if self.requests < self.min_requests:
            return f"{self.requests} requests came, {self.min_requests} are needed to judge"
        return ""

    def take(self, seen: Observation) -> None:
        """Judges one more look."""
        self.samples += 1
        self._take_servers(seen)
        self._take_counts(seen.counts)
        self._take_latency(seen.latency_ms)
        self._take_signs(seen.signs)
        self.unknown = self._unseen(seen)

    def line(self, seen: Observation) -> str:
        """The look in one line, for the log; it may hold untrusted text."""
        servers = [
            f"{s.host} {_word(s.is_healthy, self._ails(s))}"
            for s in seen.servers
            if s.colour is self.colour
        ]
        doors = [f"{b.host} {b.serves or _split(b)}" for b in seen.balancers]
        requests, errors = seen.counts.get(self.colour, (0, 0))
        ratio = f"{100 * errors / requests:.2f} %" if requests else "no requests"
        told = f"{', '.join(servers)}; {', '.join(doors)}; {requests} requests, errors {ratio}"
        told += "".join(f"; {sign.why}" for sign in seen.signs if sign.is_ill is not False)
        return f"{seen.at:%H:%M:%S} {self.colour}: {told}"

    def _take_servers(self, seen: Observation) -> None:
        for server in seen.servers:
            if server.colour is not self.colour or server.is_healthy is None:
                continue  # unknown is neither well nor ill, and does not end a row
            why = self._ails(server)
            row = self._ill.get(server.host, 0) + 1 if why else 0
            self._ill[server.host] = row
            if row >= _ILL_LOOKS and not self.broken:
                self.broken = f"{server.host} {why}"

    def _ails(self, server: ServerHealth) -> str:
        if not server.is_healthy:
            return server.why or "is ill"
        if self.version and server.version != self.version:
            return f"is version {server.version or 'unknown'}, not {self.version}"
        return ""

    def _take_latency(self, latency_ms: Latencies) -> None:
        for source, told in latency_ms.items():
            now, other = told.get(self.colour), told.get(self.colour.other)
            if now is None or other is None:
                continue
            least = _SLOWER_MS.get(source, _SLOWER_MS_ELSE)
            is_slow = now > self.max_slower * other and now > other + least
            row = self._slow.get(source, 0) + 1 if is_slow else 0
            self._slow[source] = row
            if row >= _ILL_LOOKS and not self.broken:
                before = f"those of {self.colour.other} {other:.0f} ms"
                self.broken = f"{source} take {now:.0f} ms, {before}"

    def _take_signs(self, signs: Sequence[Sign]) -> None:
        """As a server: two bad looks in a row, or one of a sign that is certain."""
        for sign in signs:
            if sign.is_ill is None:
                continue
            row = self._bad.get(sign.name, 0) + 1 if sign.is_ill else 0
            self._bad[sign.name] = row
            is_over = row >= _ILL_LOOKS or (row and sign.is_certain)
            if is_over and not self.broken:
                self.broken = sign.why

    def _take_counts(self, counts: Mapping[Colour, tuple[int, int]]) -> None:
        if self.colour not in counts:
            return
        requests, errors = counts[self.colour]
        self.requests += requests
        self.errors += errors
        self._window = [*self._window, (requests, errors)][-_WINDOW:]
        asked = sum(n for n, _ in self._window)
        failed = sum(n for _, n in self._window)
        is_steady = len(self._window) == _WINDOW and all(n for _, n in self._window)
        if is_steady and failed > self.max_error_ratio * asked and not self.broken:
            ratio = 100 * failed / max(asked, 1)
            self.broken = f"{ratio:.2f} % of {asked} requests failed"

    def _unseen(self, seen: Observation) -> str:
        servers = [s for s in seen.servers if s.colour is self.colour]
        unseen = [f"{s.host} ({s.why})" for s in servers if s.is_healthy is None]
        unseen += [f"{b.host} ({b.why})" for b in seen.balancers if b.green_percent is None]
        unseen += [sign.why for sign in seen.signs if sign.is_ill is None]
        if not servers:
            unseen.append(f"{self.colour} has no servers")
        return ", ".join(unseen)


def _split(door: Balancer) -> str:
    return door.why if door.green_percent is None else f"green {door.green_percent} %"


def _word(is_healthy: bool | None, why: str) -> str:
    if is_healthy and not why:
        return "ok"
    return f"unknown ({why})" if is_healthy is None else f"ill ({why})"
