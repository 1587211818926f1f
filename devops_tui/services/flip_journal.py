"""The journal of one flip: the intent is durable before each act, the outcome after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from devops_tui.domain.errors import DevopsError, LeaseLost
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import FlipId, HostName
from devops_tui.domain.traffic import (
    FLIP_TRANSITIONS,
    NO_COLOUR,
    Balancer,
    Colour,
    Flip,
    FlipState,
    FlipStep,
)
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.switch import SwitchReading
from devops_tui.services.balancers import Readings

LEASE_S = 60.0
ENDED = frozenset({FlipState.DONE, FlipState.FAILED})

_EVENTS = {
    FlipState.PREPARED: "flip.prepared",
    FlipState.COMMITTED: "flip.committed",
    FlipState.PROVED: "flip.proved",
    FlipState.DONE: "flip.finished",
    FlipState.FAILED: "flip.failed",
    FlipState.UNKNOWN: "flip.failed",
}

_CANARY_EVENTS = {
    FlipState.DONE: "canary.moved",
    FlipState.FAILED: "canary.failed",
    FlipState.UNKNOWN: "canary.failed",
}


_REPAIR_EVENTS = {
    FlipState.DONE: "repair.finished",
    FlipState.FAILED: "repair.failed",
    FlipState.UNKNOWN: "repair.failed",
}


TRAFFIC = "traffic:"


def lease_name(service: str) -> str:
    """The lease that whoever changes this service's traffic holds."""
    return TRAFFIC + service


def holder_of(flip_id: FlipId, actor: str) -> str:
    """Who holds the lease for a flip: the same words after a restart."""
    return f"{actor} ({flip_id})"


@dataclass(slots=True)
class Outcome:
    """Filled in by whoever does a step; `text` replaces the intent's words."""

    text: str = ""
    ms: float | None = None


class FlipJournal:
    """Writes what a flip is about to do and what came of it.

    Attributes:
        flip: As it is stored.

    Args:
        holder: In whose name the lease is held: the flip's own, or that of whoever
            settles it later.

    Raises:
        LeaseLost: Somebody else holds the lease now; nothing may be done any more.
    """

    def __init__(self, store: Store, clock: Clock, flip: Flip, holder: str) -> None:
        self._store = store
        self._clock = clock
        self._holder = holder
        self._seen: Mapping[HostName, SwitchReading] = {}
        self.flip = flip

    def saw(self, readings: Readings) -> None:
        """Keeps what the balancers said after the act, for the service's next row.

        Else what they said before it would stand there until the next look, as if they
        disagreed with the colour that serves now.
        """
        self._seen = readings.seen

    def begin(self, live: Colour) -> None:
        """Stores the new flip, its fence with the service, and what serves before it."""
        with self._store.transaction():
            self._store.add_flip(self.flip)
            self._save_status({"live": live})
            self._append(self._asked, {})

    def raise_fence(self) -> None:
        """Stores the next number: whatever still carries the one before is refused then."""
        self._save(fence=self.flip.fence + 1)

    def renew(self) -> None:
        """Keeps the lease for another while."""
        flip = self.flip
        reason = f"flip to {flip.to_colour}: {flip.why}"
        now = self._clock.now()
        lease = self._store.take_lease(lease_name(flip.service), self._holder, reason, now, LEASE_S)
        if lease is None:
            raise LeaseLost(
                f"another flip of {flip.service} began while this one was held up",
                "Look at what serves now.",
            )

    @contextmanager
    def step(self, what: str) -> Iterator[Outcome]:
        """Stores the intent, and at the end the outcome with its milliseconds.

        A step that raises stays open, with the reason.
        """
        with self._store.transaction():
            self.renew()
            self._save(steps=(*self.flip.steps, FlipStep(self._clock.now(), what, is_done=False)))
        outcome = Outcome()
        try:
            yield outcome
        except DevopsError as error:
            self._close(f"{what}: {error.title}", outcome, is_done=False)
            raise
        self._close(outcome.text or what, outcome, is_done=True)

    def note(self, what: str) -> None:
        """Stores something that was found, not done."""
        self._save(steps=(*self.flip.steps, FlipStep(self._clock.now(), what, is_done=True)))

    def note_interrupted(self) -> None:
        """Stores that nothing but a death stood in its way."""
        self._save(is_interrupted=True)

    def move(
        self,
        to: FlipState,
        error: str = "",
        status: Mapping[str, Json] | None = None,
        **data: Json,
    ) -> None:
        """Stores a new state with its event, and what changes in the service's row.

        Raises:
            ValueError: The table has no such transition: a fault in the caller.
        """
        if to not in FLIP_TRANSITIONS[self.flip.state]:
            raise ValueError(f"a flip cannot go from {self.flip.state} to {to}")
        ended_at = self._clock.now() if to in ENDED else None
        if to is FlipState.UNKNOWN:
            data["is_unknown"] = True  # the event is that of a failure: figures must not guess
        with self._store.transaction():
            self._save(state=to, error=error, ended_at=ended_at)
            kind = self._event_of(to)
            if kind is not None:
                self._append(kind, {"error": error, **data} if error else data)
            self._save_status(status or {})

    @property
    def _asked(self) -> str:
        if self.flip.is_repair:
            return "repair.asked"
        return "canary.asked" if self.flip.is_canary else "flip.asked"

    def _event_of(self, state: FlipState) -> str | None:
        """Shares and repairs are no release: figures of deliveries must not count them."""
        if self.flip.is_repair:
            return _REPAIR_EVENTS.get(state)
        if not self.flip.is_canary:
            return _EVENTS[state]
        return _CANARY_EVENTS.get(state)

    def say(self, kind: str, **data: Json) -> None:
        """Appends an event of this flip."""
        self._append(kind, data)

    def _save_status(self, changes: Mapping[str, Json]) -> None:
        status = self._store.service_status(self.flip.service)
        fence = max(status.fence, self.flip.fence)
        if changes and self._seen:
            now = self._clock.now()
            told = (as_read(b, self._seen.get(b.host), now) for b in status.balancers)
            status = replace(status, balancers=tuple(told))
            self._seen = {}
        if changes or fence != status.fence:
            self._store.save_service(replace(status, fence=fence, **changes))

    def _close(self, what: str, outcome: Outcome, *, is_done: bool) -> None:
        last = self.flip.steps[-1]
        ms = outcome.ms
        if ms is None:
            ms = (self._clock.now() - last.at).total_seconds() * 1000
        closed = replace(last, what=what, is_done=is_done, ms=ms)
        self._save(steps=(*self.flip.steps[:-1], closed))

    def _save(self, **changes: Json) -> None:
        self.flip = replace(self.flip, **changes)
        self._store.save_flip(self.flip)

    def _append(self, kind: str, data: dict[str, Json]) -> None:
        flip = self.flip
        facts = {
            "flip": flip.id,
            "from": flip.from_colour.value,
            "to": flip.to_colour.value,
            "percent": flip.percent,
            "fence": flip.fence,
            "run": flip.run_id,
            "undoes": flip.undoes,
        }
        now = self._clock.now()
        self._store.append(Event(kind, flip.service, now, flip.actor, flip.why, facts | data))


def as_read(known: Balancer, reading: SwitchReading | None, now: datetime) -> Balancer:
    """What is known of a balancer, with what it just said it does; its figures stay."""
    if reading is None:
        return known
    return replace(
        known,
        serves=reading.serves,
        green_percent=reading.share,
        armed=reading.armed,
        why="" if reading.share is not None else NO_COLOUR,
        silent_since=None,
        at=now,
    )
