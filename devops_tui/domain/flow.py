"""Figures of the board's flow over a period; docs/figures.md says what each one counts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from devops_tui.domain.board import Column, Place, Step
from devops_tui.domain.card_story import CardStory
from devops_tui.domain.forecast import HowMany, When
from devops_tui.domain.ids import CardId

_MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Seconds that half, 85 and 95 of a hundred do not exceed (nearest rank)."""

    count: int
    p50: float
    p85: float
    p95: float


@dataclass(frozen=True, slots=True)
class DoneCard:
    """A card that was done in the period.

    Attributes:
        lead_s: From its filing; None when that is no longer known.
        cycle_s: From its first start; None when nobody ever started it.
    """

    card_id: CardId
    title: str
    done_at: datetime
    lead_s: float | None
    cycle_s: float | None


@dataclass(frozen=True, slots=True)
class WipCard:
    """A card in InWork; its age counts from its first start."""

    card_id: CardId
    title: str
    age_s: float | None
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class DayCount:
    """Cards by column at the end of a day (UTC), or now; Done counts archived ones too.

    Attributes:
        further: Of further columns, by their names; the four do not count these cards.
    """

    day: date
    backlog: int
    planned: int
    in_work: int
    done: int
    further: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flow:
    """What the board did from `since` until `until`.

    Attributes:
        weeks: Monday of each week that the period touches, and cards done in it then.
        worked_s: Of the cards done in the period: in InWork without a block, ...
        blocked_s: ... under a block, ...
        waited_s: ... and the rest, since they left the Backlog.
        left: Cards in Planned and InWork now: what the forecast is asked for.
        notes: What is not known, in one line each.
        further: Columns beside the four, as the board has them now.
    """

    since: datetime
    until: datetime
    service: str
    done: tuple[DoneCard, ...]
    lead: Percentiles | None
    cycle: Percentiles | None
    weeks: tuple[tuple[date, int], ...]
    days: tuple[DayCount, ...]
    wip: tuple[WipCard, ...]
    worked_s: float
    blocked_s: float
    waited_s: float
    left: int
    when: When | None = None
    how_many: HowMany | None = None
    notes: tuple[str, ...] = ()
    further: tuple[Step, ...] = ()

    @property
    def efficiency(self) -> float | None:
        """Share of the time since acceptance in which somebody could work, 0 to 1."""
        total = self.worked_s + self.blocked_s + self.waited_s
        return self.worked_s / total if total else None


def percentiles(values: Iterable[float]) -> Percentiles | None:
    """None when there is no value."""
    known = sorted(values)
    if not known:
        return None
    p50, p85, p95 = (
        known[max(0, math.ceil(share * len(known)) - 1)] for share in (0.5, 0.85, 0.95)
    )
    return Percentiles(len(known), p50, p85, p95)


def flow(
    stories: Sequence[CardStory],
    since: datetime,
    until: datetime,
    service: str = "",
    further: Sequence[Step] = (),
) -> Flow:
    """The figures of a period; of one service's cards, or of all.

    A card that was opened again counts once, when it was done for good. A further column
    counts as the one of the four that it belongs to, but in `days`, where it has its own
    number; one that the board has no more is counted there with that one, too.
    """
    mine = [s for s in stories if not service or s.service == service]
    ended = [s for s in mine if s.done_at is not None and since <= s.done_at < until]
    done = sorted((_done(story) for story in ended), key=lambda c: (c.done_at, c.card_id))
    wip = [
        WipCard(
            s.card_id,
            s.title,
            (until - s.started_at).total_seconds() if s.started_at else None,
            bool(s.blocks) and s.blocks[-1].until is None,
        )
        for s in mine
        if s.column is Column.IN_WORK and s.gone_at is None
    ]
    worked, blocked, waited = _times(ended)
    on_the_way = (Column.PLANNED, Column.IN_WORK)
    return Flow(
        since,
        until,
        service,
        tuple(done),
        percentiles(c.lead_s for c in done if c.lead_s is not None),
        percentiles(c.cycle_s for c in done if c.cycle_s is not None),
        _weeks(done, since, until),
        _days(mine, since, until, further),
        tuple(sorted(wip, key=lambda w: (-(w.age_s or 0.0), w.card_id))),
        worked,
        blocked,
        waited,
        sum(1 for s in mine if s.column in on_the_way and s.gone_at is None),
        notes=tuple(_notes(done)),
        further=tuple(further),
    )


def daily(done: Iterable[DoneCard], since: datetime, until: datetime) -> tuple[int, ...]:
    """Cards done on each whole day (UTC) of a period: what a forecast draws from."""
    first = since.astimezone(UTC).date()
    if since.astimezone(UTC).time() != time():
        first += timedelta(days=1)
    last = until.astimezone(UTC).date()  # the day that runs is not whole
    counts = Counter(card.done_at.astimezone(UTC).date() for card in done)
    return tuple(counts[first + timedelta(days=n)] for n in range(max(0, (last - first).days)))


def _done(story: CardStory) -> DoneCard:
    at = story.done_at
    assert at is not None  # noqa: S101 - the caller chose those that are done
    created, started = story.created_at, story.started_at
    return DoneCard(
        story.card_id,
        story.title,
        at,
        (at - created).total_seconds() if created else None,
        (at - started).total_seconds() if started else None,
    )


def _times(ended: Iterable[CardStory]) -> tuple[float, float, float]:
    worked = blocked = waited = 0.0
    for story in ended:
        start, end = story.accepted_at, story.done_at
        if start is None or end is None:
            continue
        worked_s, blocked_s = story.worked_s(start, end), story.blocked_s(start, end)
        worked += worked_s
        blocked += blocked_s
        waited += (end - start).total_seconds() - worked_s - blocked_s
    return worked, blocked, waited


def _weeks(
    done: Iterable[DoneCard], since: datetime, until: datetime
) -> tuple[tuple[date, int], ...]:
    counts = Counter(_monday(card.done_at) for card in done)
    week = _monday(since)
    found: list[tuple[date, int]] = []
    while week <= _monday(until):
        found.append((week, counts[week]))
        week += timedelta(days=7)
    return tuple(found)


def _monday(at: datetime) -> date:
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def _days(
    stories: Sequence[CardStory], since: datetime, until: datetime, further: Sequence[Step]
) -> tuple[DayCount, ...]:
    """Walks the changes once, so that a year of a large board costs milliseconds."""
    changes: list[tuple[datetime, Place | None, Place | None]] = []
    for story in stories:
        before: Place | None = None
        for column, came_at in story.places:
            where = column if column in further else column.phase
            changes.append((came_at or datetime.min.replace(tzinfo=UTC), before, where))
            before = where
        if story.gone_at is not None and story.column is not Column.DONE:
            changes.append((story.gone_at, before, None))
    changes.sort(key=lambda change: change[0])
    counts: Counter[Place | None] = Counter()
    day, place = since.astimezone(UTC).date(), 0
    found: list[DayCount] = []
    while day <= until.astimezone(UTC).date() and len(found) < _MOST_DAYS:
        end = min(until, datetime.combine(day + timedelta(days=1), time(), UTC))
        while place < len(changes) and changes[place][0] < end:
            _, old, new = changes[place]
            counts[old] -= 1
            counts[new] += 1
            place += 1
        beside = {step.name: counts[step] for step in further}
        backlog, planned, in_work, done = (counts[column] for column in Column)
        found.append(DayCount(day, backlog, planned, in_work, done, beside))
        day += timedelta(days=1)
    return tuple(found)


def _notes(done: Sequence[DoneCard]) -> Iterable[str]:
    unfiled = sum(1 for card in done if card.lead_s is None)
    if unfiled:
        yield f"lead time unknown of {unfiled}: filed before what is kept of the log"
    unstarted = sum(1 for card in done if card.cycle_s is None)
    if unstarted:
        yield f"cycle time unknown of {unstarted}: done without a start in InWork"
