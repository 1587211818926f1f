"""The way of each card over the board, from the events alone: the ground of flow figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from devops_tui.domain.board import Column, Place, Step
from devops_tui.domain.event import Event
from devops_tui.domain.ids import CardId

CARD_EVENTS = (
    "card.created",
    "card.moved",
    "card.edited",
    "card.archived",
    "card.restored",
    "card.removed",
)
"""The kinds that a story is made of."""

_COLUMNS = {column.value: column for column in Column}


@dataclass(frozen=True, slots=True)
class Spell:
    """A stay: in a column, or under a block.

    Attributes:
        since: None when it began before what is kept of the log.
        until: None while it lasts.
    """

    since: datetime | None
    until: datetime | None = None

    def seconds(self, start: datetime, end: datetime) -> float:
        """How much of it lies between two times."""
        first = start if self.since is None else max(self.since, start)
        last = end if self.until is None else min(self.until, end)
        return max(0.0, (last - first).total_seconds())


@dataclass(frozen=True, slots=True)
class CardStory:
    """What happened to one card.

    Attributes:
        created_at: None when its filing is no longer in the log.
        stays: Columns of the four in their order, each with its spell; a further column is
            part of one of them.
        places: Columns in their order, further ones among them, each with when it came there.
        blocks: Times under a block; they do not overlap.
        gone_at: When it was archived; None while it is on the board.
        is_removed: Its filing was taken back: it never was.
    """

    card_id: CardId
    title: str = ""
    service: str = ""
    created_at: datetime | None = None
    stays: tuple[tuple[Column, Spell], ...] = ()
    blocks: tuple[Spell, ...] = ()
    gone_at: datetime | None = None
    is_removed: bool = False
    places: tuple[tuple[Place, datetime | None], ...] = ()

    @property
    def column(self) -> Column:
        """Where it is, or was when it was archived."""
        return self.stays[-1][0] if self.stays else Column.BACKLOG

    @property
    def done_at(self) -> datetime | None:
        """When it was done for good; None while it is not, or was opened again."""
        return self.stays[-1][1].since if self.column is Column.DONE else None

    @property
    def accepted_at(self) -> datetime | None:
        """When it left the Backlog for the first time."""
        return self._first(Column.PLANNED, Column.IN_WORK, Column.DONE)

    @property
    def started_at(self) -> datetime | None:
        """When somebody began with it."""
        return self._first(Column.IN_WORK)

    def at(self, when: datetime) -> Column | None:
        """The column at a moment; None when it was not on the board, or nobody knows."""
        if self.gone_at is not None and self.gone_at <= when and self.column is not Column.DONE:
            return None
        for column, spell in reversed(self.stays):
            if spell.since is None or spell.since <= when:
                return column
        return None

    def worked_s(self, start: datetime, end: datetime) -> float:
        """Seconds in InWork without a block."""
        total = 0.0
        for column, spell in self.stays:
            if column is Column.IN_WORK:
                total += spell.seconds(start, end) - self._blocked_in(spell, start, end)
        return total

    def blocked_s(self, start: datetime, end: datetime) -> float:
        """Seconds under a block."""
        return sum(block.seconds(start, end) for block in self.blocks)

    def _blocked_in(self, spell: Spell, start: datetime, end: datetime) -> float:
        first = start if spell.since is None else max(spell.since, start)
        last = end if spell.until is None else min(spell.until, end)
        return sum(block.seconds(first, last) for block in self.blocks) if last > first else 0.0

    def _first(self, *columns: Column) -> datetime | None:
        return next((spell.since for column, spell in self.stays if column in columns), None)


@dataclass(slots=True)
class Stories:
    """Follows the log; takes events in their order, some now and some later."""

    known: dict[CardId, CardStory] = field(default_factory=dict)

    def take(self, events: Iterable[Event]) -> None:
        """Reads on; kinds that are not CARD_EVENTS change nothing."""
        for event in events:
            if event.kind in CARD_EVENTS:
                card_id = CardId(event.subject)
                before = self.known.get(card_id) or CardStory(card_id)
                title = str(event.data.get("title") or before.title)
                self.known[card_id] = replace(_after(before, event), title=title)

    def all(self) -> list[CardStory]:
        """Those of cards that were not taken back."""
        return [story for story in self.known.values() if not story.is_removed]


def _after(story: CardStory, event: Event) -> CardStory:
    if event.kind == "card.created":
        if story.created_at is not None:  # its filing was undone and done again
            return replace(story, is_removed=False)
        place = _place(event, "column") or Column.BACKLOG
        stays = ((place.phase, Spell(event.at)),)
        return replace(story, created_at=event.at, stays=stays, places=((place, event.at),))
    if event.kind == "card.removed":
        return replace(story, is_removed=True)
    if event.kind == "card.archived":
        return replace(story, gone_at=event.at, blocks=_closed(story.blocks, event.at))
    if event.kind == "card.restored":
        return replace(story, gone_at=None)
    edited = _edited(story, event)
    return _moved(edited, event) if event.kind == "card.moved" else edited


def _moved(story: CardStory, event: Event) -> CardStory:
    from_, to = _place(event, "from"), _place(event, "to")
    if from_ is None or to is None or from_ == to:
        return story  # another place in the same column
    places = story.places or ((from_, None),)
    if "undoes" in event.data and len(places) > 1 and places[-2][0] == to:
        story = replace(story, places=places[:-1])
    else:
        story = replace(story, places=(*places, (to, event.at)))
    old, new = from_.phase, to.phase
    if old is new:
        return story if story.stays else replace(story, stays=((old, Spell(None)),))
    stays = story.stays or ((old, Spell(None)),)
    if "undoes" in event.data and len(stays) > 1 and stays[-2][0] is new:
        column, spell = stays[-2]  # what was taken back never was
        return replace(story, stays=(*stays[:-2], (column, replace(spell, until=None))))
    column, spell = stays[-1]
    ended = (column, replace(spell, until=event.at))
    return replace(story, stays=(*stays[:-1], ended, (new, Spell(event.at))))


def _place(event: Event, which: str) -> Place | None:
    """Where a card came from or went; None where that is no column that we know."""
    name = str(event.data.get(which))
    phase = _COLUMNS.get(str(event.data.get(f"{which}_phase", name)))
    return phase if phase is None or phase.value == name else Step(name, phase)


def _edited(story: CardStory, event: Event) -> CardStory:
    changed = event.data.get("changed")
    if not isinstance(changed, dict):
        return story
    if changed.get("service"):
        story = replace(story, service=str(changed["service"][1] or ""))
    if not changed.get("blocked"):
        return story
    is_open = bool(story.blocks) and story.blocks[-1].until is None
    if not changed["blocked"][1]:
        was_open = story.blocks if is_open else (*story.blocks, Spell(story.created_at))
        return replace(story, blocks=_closed(was_open, event.at))
    return story if is_open else replace(story, blocks=(*story.blocks, Spell(event.at)))


def _closed(blocks: tuple[Spell, ...], at: datetime) -> tuple[Spell, ...]:
    if not blocks or blocks[-1].until is not None:
        return blocks
    return (*blocks[:-1], replace(blocks[-1], until=at))
