"""All balancers of a service as one: what is asked of each happens side by side."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from devops_tui.domain.errors import DevopsError, HostUnreachable, SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour
from devops_tui.ports.switch import (
    FiledSwitch,
    StagedSwitch,
    Switch,
    SwitchReading,
    WeightedSwitch,
)

T = TypeVar("T")

log = logging.getLogger(__name__)

PATIENCE_S = 15.0
"""How long one act on one balancer may take before it counts as unknown, in seconds."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What every balancer said, or why it could not be asked."""

    seen: Mapping[HostName, SwitchReading]
    errors: Mapping[HostName, DevopsError]

    @property
    def colours(self) -> frozenset[Colour | None]:
        """Every colour that some balancer serves; None among them for one that serves none."""
        return frozenset(reading.serves for reading in self.seen.values())

    @property
    def shares(self) -> frozenset[int | None]:
        """Every share of green that some balancer gives, in percent."""
        return frozenset(reading.share for reading in self.seen.values())

    def all_give(self, green_percent: int) -> bool:
        """Whether every balancer was read and gives green this share."""
        return not self.errors and self.shares == {green_percent}

    @property
    def fence(self) -> int:
        """The highest that any balancer took."""
        return max((reading.fence for reading in self.seen.values()), default=0)

    @property
    def armed(self) -> tuple[HostName, ...]:
        """Those whose next reload would make another colour serve."""
        return tuple(host for host, reading in self.seen.items() if reading.armed is not None)

    def all_serve(self, colour: Colour) -> bool:
        """Whether every balancer was read and serves this colour."""
        return not self.errors and self.colours == {colour}

    def in_flight(self, colour: Colour) -> int | None:
        """Requests that the colour still answers; None when somebody does not say."""
        if self.errors:
            return None
        counts = [reading.in_flight.get(colour.value) for reading in self.seen.values()]
        return None if None in counts else sum(count or 0 for count in counts)

    def __str__(self) -> str:
        told = [f"{host} {_does(reading)}" for host, reading in self.seen.items()]
        told += [f"{host} cannot be read ({error.title})" for host, error in self.errors.items()]
        return ", ".join(told)


def _does(reading: SwitchReading) -> str:
    if reading.serves is None and reading.share is not None:
        return f"gives green {reading.share} %"
    return f"serves {reading.serves or 'no colour'}"


class Balancers:
    """Every switch of one service.

    Attributes:
        is_untouched: Whether no change was begun on any of them by `commit`.
    """

    def __init__(self, switches: Sequence[Switch]) -> None:
        self._switches = tuple(switches)
        self._tokens: dict[HostName, str] = {}
        self.is_untouched = True

    @property
    def hosts(self) -> tuple[HostName, ...]:
        """Their names, in the configuration's order."""
        return tuple(switch.host for switch in self._switches)

    @property
    def shows_in_flight(self) -> bool:
        """Whether the drain of a colour can be seen on all of them."""
        return all(switch.abilities.shows_in_flight for switch in self._switches)

    def only(self, hosts: Collection[HostName]) -> Balancers:
        """Those of them that are named; what was prepared is not taken along."""
        return Balancers([switch for switch in self._switches if switch.host in hosts])

    async def read(self, patience_s: float = PATIENCE_S, *, with_files: bool = False) -> Readings:
        """What each says now; never raises DevopsError.

        `with_files` looks also at files that are read at a start only: a question more.
        """
        act = read_with_file if with_files else _read
        seen, errors = await self._each(act, patience_s=patience_s)
        return Readings(seen, errors)

    async def prepare(
        self, to: Colour, fence: int, percent: int = 100
    ) -> Mapping[HostName, DevopsError]:
        """Readies a change on each; the errors of those that are not ready."""
        self._tokens, errors = await self._each(lambda switch: _prepare(switch, to, percent, fence))
        return errors

    async def commit(self) -> Mapping[HostName, DevopsError]:
        """Makes what was prepared effective on each; an error may mean either way.

        Where switches let their commit be taken apart, all have looked before any changes,
        and no file is written before all have changed: so they change at nearly one moment.
        """
        tokens, self._tokens = self._tokens, {}
        ready = [switch for switch in self._switches if switch.host in tokens]
        _, errors = await self._each(lambda s: _look_again(s, tokens[s.host]), ready)
        if errors:
            await self._each(lambda s: s.abandon(tokens[s.host]), ready)
            return errors
        self.is_untouched = False
        _, errors = await self._each(lambda s: _change(s, tokens[s.host]), ready)
        changed = [switch for switch in ready if switch.host not in errors]
        _, unkept = await self._each(lambda s: _keep(s, tokens[s.host]), changed)
        return {**errors, **unkept}

    async def abandon(self) -> None:
        """Forgets what was prepared; a balancer that cannot be told takes no harm."""
        ready = [switch for switch in self._switches if switch.host in self._tokens]
        await self._each(lambda switch: switch.abandon(self._tokens[switch.host]), ready)
        self._tokens = {}

    async def bring_to(
        self, colour: Colour, fence: int, percent: int = 100
    ) -> Mapping[HostName, DevopsError]:
        """Prepares and commits a colour on each, those that serve it already included.

        Those as well: their file may still hold the other colour, and a change that was
        prepared before can be committed no more afterwards.
        """

        async def bring(switch: Switch) -> None:
            await switch.commit(await _prepare(switch, colour, percent, fence))

        _, errors = await self._each(bring)
        return errors

    async def _each(
        self,
        act: Callable[[Switch], Awaitable[T]],
        only: Sequence[Switch] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> tuple[dict[HostName, T], dict[HostName, DevopsError]]:
        done: dict[HostName, T] = {}
        errors: dict[HostName, DevopsError] = {}

        async def one(switch: Switch) -> None:
            try:
                async with asyncio.timeout(patience_s):
                    done[switch.host] = await act(switch)
            except DevopsError as error:
                errors[switch.host] = error
            except TimeoutError:
                errors[switch.host] = HostUnreachable(
                    f"{switch.host} did not answer within {patience_s:g} s",
                    "It may have done what it was told: look.",
                )
            except Exception as error:  # whatever a balancer says ends no flip, no watch
                log.warning("%s said what nobody understands", switch.host, exc_info=True)
                errors[switch.host] = HostUnreachable(
                    f"{switch.host} said what nobody understands ({type(error).__name__})",
                    "It may have done what it was told: look, and see the worker's log.",
                )

        await asyncio.gather(*map(one, self._switches if only is None else only))
        order = [switch.host for switch in self._switches]
        return (
            {host: done[host] for host in order if host in done},
            {host: errors[host] for host in order if host in errors},
        )


async def _read(switch: Switch) -> SwitchReading:
    return await switch.read()


async def read_with_file(switch: Switch) -> SwitchReading:
    """What it says, and what its file would make of it at the next reload."""
    if not isinstance(switch, FiledSwitch):
        return await switch.read()
    reading, armed = await asyncio.gather(switch.read(), switch.armed())
    return replace(reading, armed=armed)


async def _look_again(switch: Switch, token: str) -> None:
    if isinstance(switch, StagedSwitch):
        await switch.look_again(token)


async def _change(switch: Switch, token: str) -> None:
    await (switch.change(token) if isinstance(switch, StagedSwitch) else switch.commit(token))


async def _keep(switch: Switch, token: str) -> None:
    if isinstance(switch, StagedSwitch):
        await switch.keep(token)


async def _prepare(switch: Switch, to: Colour, percent: int, fence: int) -> str:
    if percent == 100:
        return await switch.prepare(to, fence)
    if not isinstance(switch, WeightedSwitch):
        raise SwitchRefused(f"{switch.host}: it cannot give a colour a share of the requests")
    return await switch.weigh(to, percent, fence)


def in_one_line(errors: Mapping[HostName, DevopsError]) -> str:
    """All the errors in one line."""
    return "; ".join(
        error.title if str(host) in error.title else f"{host}: {error.title}"
        for host, error in errors.items()
    )
