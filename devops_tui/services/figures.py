"""Flow and delivery figures, read from the log by kind and followed from there on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from devops_tui.domain.card_story import CARD_EVENTS, Stories
from devops_tui.domain.dora import DORA_EVENTS, Deliveries, Dora, dora
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.flow import Flow, daily, flow
from devops_tui.domain.forecast import how_many, when
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

_PRUNED = "retention.pruned"
_MOST_DAYS = 3650


class Figures:
    """The figures of one workspace; each call reads only what was added to the log."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._stories = Stories()
        self._deliveries = Deliveries()
        self._pruned_before: datetime | None = None
        self._read_cards = 0
        self._read_deliveries = 0

    def flow(
        self, days: int = 90, service: str = "", cards: int = 0, ahead: int = 30, seed: int = 1
    ) -> Flow:
        """The board's flow in the last so many days."""
        since, until = self._period(days)
        with self._store.snapshot():
            events = self._store.events_of((*CARD_EVENTS, _PRUNED), self._read_cards)
            workspace = self._store.workspace()
        steps = [each.step for each in workspace.board.further] if workspace is not None else []
        self._read_cards = events[-1].seq if events else self._read_cards
        self._note_pruned(events)
        self._stories.take(events)
        found = flow(self._stories.all(), since, until, service, steps)
        past = daily(found.done, since, until)
        return replace(
            found,
            when=when(past, cards or found.left, seed),
            how_many=how_many(past, ahead, seed),
            notes=(*self._gone(since), *found.notes),
        )

    def dora(self, days: int = 90, service: str = "") -> Sequence[Dora]:
        """The delivery figures of each service, or of one."""
        since, until = self._period(days)
        with self._store.snapshot():
            events = self._store.events_of(DORA_EVENTS, self._read_deliveries)
            workspace = self._store.workspace()
        self._read_deliveries = events[-1].seq if events else self._read_deliveries
        self._deliveries.take(events)
        known = set(workspace.services if workspace is not None else ())
        names = sorted(known | set(self._deliveries.services))
        if service and service not in names:
            raise NotFound(f"no service {service}", f"There are: {', '.join(names) or 'none'}.")
        return [
            dora(self._deliveries, name, since, until)
            for name in names
            if not service or name == service
        ]

    def _period(self, days: int) -> tuple[datetime, datetime]:
        if not 1 <= days <= _MOST_DAYS:
            raise Refused(f"no period of {days} days", f"Ask for 1 to {_MOST_DAYS} days.")
        until = self._clock.now()
        return until - timedelta(days=days), until

    def _note_pruned(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.kind == _PRUNED and event.data.get("counts", {}).get("events"):
                told = event.data.get("events_before")
                at = datetime.fromisoformat(told) if isinstance(told, str) else event.at
                self._pruned_before = max(self._pruned_before or at, at)

    def _gone(self, since: datetime) -> tuple[str, ...]:
        """Events of cards that retention took; delivery figures are made of kinds that stay."""
        before = self._pruned_before
        if before is None:
            return ()
        inside = ": the period is not whole" if before > since else ""
        return (f"older than {before.astimezone(UTC):%Y-%m-%d %H:%M} UTC was pruned{inside}",)
