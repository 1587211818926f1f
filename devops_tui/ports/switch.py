"""Points a service at one colour on one balancer; one object per balancer and service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import SwitchAbilities as SwitchAbilities
from devops_tui.domain.traffic import Colour


@dataclass(frozen=True, slots=True)
class SwitchReading:
    """What a balancer says now.

    Attributes:
        serves: None when it says something that is no colour of the service.
        fence: The change that it took last, 0 when it does not know.
        in_flight: Colour to requests being answered.
        requests: Colour to requests answered since the balancer started.
        errors: Colour to those of them answered with 5xx or not at all.
        latency_ms: Colour to how long its last answers took on average, in ms; without an
            entry where the balancer does not say, or the colour answered nothing.
        armed: The colour that a reload would make serve, where it is another one.
        green_percent: Green's share of the requests, of a balancer that has shares.
    """

    serves: Colour | None
    fence: int = 0
    in_flight: Mapping[str, int] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    armed: Colour | None = None
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    green_percent: int | None = None

    @property
    def share(self) -> int | None:
        """Green's share of the requests in percent; None when nobody can tell."""
        if self.green_percent is not None or self.serves is None:
            return self.green_percent
        return self.serves.green_percent(100)


class Switch(Protocol):
    """Prepare, commit, read back.

    Every call may raise HostError; after a time-out the change may or may not have
    happened: read. SwitchRefused means nothing changed.
    """

    @property
    def host(self) -> HostName: ...

    @property
    def abilities(self) -> SwitchAbilities: ...

    async def read(self) -> SwitchReading: ...

    def plan(self, to: Colour) -> tuple[str, ...]:
        """The exact commands of a change, one a line, for a person to read."""
        ...

    async def prepare(self, to: Colour, fence: int) -> str:
        """Readies the change without effect on traffic; returns a token for commit."""
        ...

    async def commit(self, token: str) -> None:
        """Makes the prepared change effective at once and durable over a restart."""
        ...

    async def abandon(self, token: str) -> None:
        """Forgets a prepared change; harmless when it is gone already."""
        ...


@runtime_checkable
class WeightedSwitch(Switch, Protocol):
    """A switch that can give a colour a share of the requests."""

    async def weigh(self, to: Colour, percent: int, fence: int) -> str:
        """Like `prepare`, for `percent` (1 to 99) of the requests; the token is committed alike."""
        ...


@runtime_checkable
class FiledSwitch(Switch, Protocol):
    """A switch whose file can differ from what is loaded, which `read` does not look at."""

    async def armed(self) -> Colour | None:
        """The colour that its next reload would make serve, where that is another one."""
        ...


@runtime_checkable
class WiredSwitch(Switch, Protocol):
    """A switch whose balancer tells whether its own configuration looks at the switch."""

    async def unwired(self) -> str | None:
        """What is missing there, in one line; None when the choice is made by the switch."""
        ...


@runtime_checkable
class StagedSwitch(Switch, Protocol):
    """A switch whose commit can be taken apart, so that many change at the same moment.

    `commit` is the three of them in this order; each is called once for a token.
    """

    async def look_again(self, token: str) -> None:
        """The last look before the change; SwitchRefused: nothing changed."""
        ...

    async def change(self, token: str) -> None:
        """The change itself, as one exchange with the balancer."""
        ...

    async def keep(self, token: str) -> None:
        """Makes what was changed durable over a restart."""
        ...
