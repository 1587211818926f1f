"""Judges what a watch sees, look by look: well, ill, or nobody knows; no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour
from devops_tui.services.observation import Observation

_ILL_LOOKS = 2
_WINDOW = 2


@dataclass(slots=True)
class WatchVerdict:
    """What the looks so far say of the colour that should serve.

    One bad look can be chance: a server must be ill twice in a row, and the error ratio
    is that of the last two intervals, each with an error of its own.

    Attributes:
        broken: Why health broke; empty while it did not.
        unknown: What nobody could see at the last look; empty when all was seen.
        samples, requests, errors: Counted over all looks.
    """

    colour: Colour
    max_error_ratio: float
    broken: str = ""
    unknown: str = ""
    samples: int = 0
    requests: int = 0
    errors: int = 0
    _ill: dict[HostName, int] = field(default_factory=dict)
    _window: list[tuple[int, int]] = field(default_factory=list)

    @property
    def is_doubtful(self) -> bool:
        """Whether a server was ill at the last look, and one more look decides."""
        return not self.broken and any(self._ill.values())

    def take(self, seen: Observation) -> None:
        """Judges one more look."""
        self.samples += 1
        self._take_servers(seen)
        self._take_counts(seen.counts)
        self.unknown = self._unseen(seen)

    def line(self, seen: Observation) -> str:
        """The look in one line, for the log; it may hold untrusted text."""
        servers = [
            f"{s.host} {_word(s.is_healthy, s.why)}"
            for s in seen.servers
            if s.colour is self.colour
        ]
        doors = [f"{b.host} {b.serves or b.why}" for b in seen.balancers]
        requests, errors = seen.counts.get(self.colour, (0, 0))
        ratio = f"{100 * errors / requests:.2f} %" if requests else "no requests"
        told = f"{', '.join(servers)}; {', '.join(doors)}; {requests} requests, errors {ratio}"
        return f"{seen.at:%H:%M:%S} {self.colour}: {told}"

    def _take_servers(self, seen: Observation) -> None:
        for server in seen.servers:
            if server.colour is not self.colour or server.is_healthy is None:
                continue  # unknown is neither well nor ill, and does not end a row
            row = 0 if server.is_healthy else self._ill.get(server.host, 0) + 1
            self._ill[server.host] = row
            if row >= _ILL_LOOKS and not self.broken:
                self.broken = f"{server.host} {server.why}".strip()

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
        unseen += [f"{b.host} ({b.why})" for b in seen.balancers if b.serves is None]
        if not servers:
            unseen.append(f"{self.colour} has no servers")
        return ", ".join(unseen)


def _word(is_healthy: bool | None, why: str) -> str:
    return "ok" if is_healthy else f"unknown ({why})" if is_healthy is None else f"ill ({why})"
