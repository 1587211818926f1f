"""Takes one flip from its first state to its last, or back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from devops_tui.domain.errors import DevopsError, SwitchRefused
from devops_tui.domain.event import Json
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour, Flip, FlipState, Service
from devops_tui.ports.runtime import Clock
from devops_tui.services.balancers import Balancers, Readings, in_one_line
from devops_tui.services.flip_journal import FlipJournal
from devops_tui.services.flip_proof import Doors, Names

T = TypeVar("T")

_RETURNS = 3  # attempts to go back before a person is asked
_DRAIN_LOOK_S = 0.02
_DRAIN_LOOK_MOST_S = 0.5
_SETTLE_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Walk:
    """One flip and everything that it touches.

    Attributes:
        blind: Balancers that probes cannot go through, with the reason; their proof is
            what they say of themselves.
        aside: Balancers that could not be read when it was settled after its worker's death:
            they are brought along later.

    Cancel: before the commit the flip ends as FAILED; commit and proof are brought to
    their end first; the drain is waited for no longer and the flip ends as DONE.
    """

    journal: FlipJournal
    clock: Clock
    service: Service
    balancers: Balancers
    doors: Doors
    names: Names
    blind: Mapping[HostName, DevopsError]
    aside: tuple[HostName, ...] = ()

    async def whole(self) -> Flip:
        """Prepare, commit, prove, drain; back to the old colour when it cannot be proved."""
        try:
            if await self._prepare() and await _to_its_end(self._switch_over()):
                await self._drain()
                self.finish()
        except asyncio.CancelledError:
            if self._flip.state is FlipState.PROVED:  # no drain is waited for
                self.finish()
            raise
        return self.journal.flip

    async def is_proved(self) -> bool:
        """Looks through every door; when it is not as it should be, goes back."""
        to = self._aim
        try:
            with self.journal.step(f"prove {to} through {self._hosts}") as outcome:
                colour = self._flip.to_colour if self._flip.percent == 100 else None
                await self._settle()
                seen = await self.doors.see(colour, self.names, skip=self.blind)
                readings = await self.balancers.read()
                if seen.wrong:
                    raise SwitchRefused(str(seen))
                if not readings.all_give(self._flip.green_percent):
                    raise SwitchRefused(str(readings))
                self.journal.saw(readings)
                outcome.text = f"prove {to}: {seen}; {readings}"
        except SwitchRefused as error:
            await self.take_back(f"{to} could not be proved: {error.title}")
            return False
        return True

    async def _settle(self) -> None:
        """Waits while the old colour may still answer; whoever answers must be well.

        Raises:
            SwitchRefused: Somebody answers badly already.
        """
        settle_s = self.service.switch.abilities.settle_s if self.service.switch else 0.0
        until = self.clock.now() + timedelta(seconds=settle_s)
        while (left_s := (until - self.clock.now()).total_seconds()) > 0:
            seen = await self.doors.see(None, self.names, skip=self.blind)
            if seen.wrong:
                raise SwitchRefused(str(seen))
            await self.clock.sleep(min(_SETTLE_LOOK_S, left_s))
            self.journal.renew()

    async def take_back(self, error: str) -> None:
        """Commits the old colour everywhere; FAILED when it serves, else UNKNOWN.

        With a number of its own: a commit of the flip that hangs somewhere comes too late.
        Where the old colour serves but could not be kept over a restart, the end says so.
        """
        old = self._flip.from_colour
        readings = Readings({}, {})
        self.journal.raise_fence()
        for attempt in range(_RETURNS):
            is_last = attempt == _RETURNS - 1
            with self.journal.step(f"commit {old} again on {self._hosts}") as outcome:
                errors = await self.balancers.bring_to(old, self._flip.fence)
                readings = await self.balancers.read()
                outcome.text = f"commit {old} again: {readings}"
            if readings.all_serve(old) and (is_last or not errors):
                self.journal.saw(readings)
                if errors:
                    error += f"; {old} serves, but a reload may bring {old.other}: "
                    error += in_one_line(errors)
                changes: dict[str, Json] = {"live": old, "canary": 0}
                if self.aside:
                    changes["set_aside"] = self._flip.set_aside
                self.journal.move(FlipState.FAILED, error, changes)
                return
            await self.clock.sleep(0.2 * 2**attempt)
        self.ask(f"{error}; {readings}")

    def ask(self, error: str) -> None:
        """Leaves it to a person: it is not known that one colour serves everywhere."""
        if self._flip.state is FlipState.UNKNOWN:
            self.journal.note(f"still not known: {error}")
            return
        hint = "Look at that balancer; flip or undo again to settle it"
        self.journal.move(FlipState.UNKNOWN, f"{error}. {hint}")

    def finish(self) -> None:
        """The flip is done: the old colour is kept warm from now on."""
        if self._flip.is_canary:
            changes: dict[str, Json] = {"canary": self._flip.percent % 100}
            if self.aside:
                changes["set_aside"] = self._flip.set_aside
            self.journal.move(FlipState.DONE, status=changes)
            return
        warm_until = self.clock.now() + timedelta(seconds=self.service.keep_warm_s)
        self.journal.move(
            FlipState.DONE,
            status={
                "live": self._flip.to_colour,
                "canary": 0,
                "last_flip": self._flip.id,
                "set_aside": self._flip.set_aside,
                "warm_until": warm_until,
            },
        )

    async def _prepare(self) -> bool:
        to, fence, percent = self._aim, self._flip.fence, self._flip.percent
        try:
            with self.journal.step(f"prepare {to} on {self._hosts}") as outcome:
                errors = await self.balancers.prepare(self._flip.to_colour, fence, percent)
                if errors:
                    raise SwitchRefused(in_one_line(errors))
                count = len(self.balancers.hosts)
                told = f"{count} of {count + len(self._flip.set_aside)}"
                outcome.text = f"prepared {to} on {told}: {self._hosts}"
        except SwitchRefused as error:
            await self.balancers.abandon()
            self.journal.move(FlipState.FAILED, f"nothing was changed: {error.title}")
            return False
        except asyncio.CancelledError:
            self.journal.move(FlipState.FAILED, "cancelled before anything was changed")
            raise
        self.journal.move(FlipState.PREPARED)
        return True

    async def _switch_over(self) -> bool:
        to = self._aim
        try:
            with self.journal.step(f"commit {to} on {self._hosts}, fence {self._flip.fence}"):
                errors = await self.balancers.commit()
                if errors:
                    raise SwitchRefused(in_one_line(errors))
        except SwitchRefused as error:
            if self.balancers.is_untouched:
                self.journal.move(FlipState.FAILED, f"nothing was changed: {error.title}")
            else:
                await self.take_back(f"not every balancer took {to}: {error.title}")
            return False
        self.journal.move(FlipState.COMMITTED, ms=self._flip.steps[-1].ms)
        if not await self.is_proved():
            return False
        self.prove()
        return True

    def prove(self) -> None:
        """Stores that it was seen; a whole colour serves from now on."""
        flip = self._flip
        status: dict[str, Json] = {"canary": flip.percent % 100}
        if flip.percent == 100:
            status |= {"live": flip.to_colour}
        self.journal.move(FlipState.PROVED, status=status)

    async def _drain(self) -> None:
        if self._flip.percent < 100:
            return  # both colours go on answering
        old = self._flip.to_colour.other
        deadline = self.clock.now() + timedelta(seconds=self.service.drain_s)
        with self.journal.step(f"wait until {old} has nothing in flight") as outcome:
            left = await self._in_flight(old)
            pause_s = _DRAIN_LOOK_S
            while left != 0 and self.clock.now() < deadline:
                await self.clock.sleep(pause_s)
                pause_s = min(2 * pause_s, _DRAIN_LOOK_MOST_S)
                self.journal.renew()
                left = await self._in_flight(old)
            seen = "nobody says how many" if left is None else f"{left}"
            outcome.text = f"{old} has {seen} in flight"
        self.journal.say("flip.drained", in_flight=left, ms=self._flip.steps[-1].ms)

    async def _in_flight(self, colour: Colour) -> int | None:
        if not self.balancers.shows_in_flight:
            return None
        return (await self.balancers.read()).in_flight(colour)

    @property
    def _flip(self) -> Flip:
        return self.journal.flip

    @property
    def _aim(self) -> str:
        """Where it goes, in words."""
        flip = self._flip
        return flip.to_colour if flip.percent == 100 else f"{flip.to_colour} {flip.percent} %"

    @property
    def _hosts(self) -> str:
        return ", ".join(self.balancers.hosts)


async def _to_its_end(work: Coroutine[None, None, T]) -> T:
    """Waits for work that must not stop in the middle; a cancel goes on afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None and task.exception() is None:
        raise cancelled
    return task.result()
