"""The order of cards: what was moved here is ranked there, what was ranked there moves here.

Jira's index is asked for its ranks from time to time, since a rank changes no issue. Where
the board's rules do not let somebody order a column, the order of the board is sent again.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from devops_tui.domain.board import Card, Column
from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import IssueCopy, Person
from devops_tui.domain.tracker_errors import TrackerNotThere, TrackerRefused
from devops_tui.ports.tracker import Tracker
from devops_tui.services.board_ledger import Ledger, moved_data
from devops_tui.services.tracker.book import MOVED
from devops_tui.services.tracker.outbox import SETTLE_S
from devops_tui.services.tracker.rules import check

_RANKED = "tracker.ranked"

log = logging.getLogger(__name__)

Places = list[tuple[Card, IssueCopy]]


class Order:
    """Brings the order of each column along; needs a Jira board that keeps one."""

    def __init__(self, ledger: Ledger, tracker: Tracker) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._tracker = tracker

    async def send(self) -> None:
        """Ranks what was moved here, neighbours together.

        Raises:
            TrackerError: The other side cannot be used now.
        """
        if not self._store.mark(MOVED):
            return
        failed: set[str] = set()
        for column in Column:
            places = self._places(column)
            there = sorted(places, key=lambda each: each[1].rank)
            moved = {card.id for card, _ in moved_in(there, places)}
            for run, after, before in _runs(places, moved):
                failed |= await self._rank(run, after, before)
            self._agree(card for card, copy in places if copy.issue_id not in failed)
        if not failed:  # else it is tried again
            self._store.save_mark(MOVED, "")

    async def take(self, ranks: Mapping[str, str]) -> None:
        """Moves cards to where their issues stand, as far as the rules let who ranked them."""
        if not any(ranks.values()) or self._is_young():
            return
        for column in Column:
            places = self._places(column)
            if any(card.rank != copy.card_rank for card, copy in places):
                continue  # ours goes first
            self._read(places, ranks)
            known = [(c, i) for c, i in places if ranks.get(i.issue_id)]
            wanted = sorted(known, key=lambda each: (ranks[each[1].issue_id], each[0].rank))
            for card, copy in moved_in(known, wanted):
                place = next(n for n, (c, _) in enumerate(wanted) if c.id == card.id)
                above = wanted[place - 1][0] if place else None
                await self._take_one(card, copy, above)

    async def _rank(self, moved: Places, after: str, before: str) -> set[str]:
        """Ids that Jira could not rank this time."""
        ids = [copy.issue_id for _, copy in moved]
        failed: set[str] = set()
        if after or before:
            try:
                failed = set(await self._tracker.rank(ids, after=after, before=before))
            except (TrackerRefused, TrackerNotThere) as error:
                log.warning("Jira does not take the order: %s", error)
        self._store.save_mark(_RANKED, self._ledger.clock.now().isoformat())
        for _, copy in moved:
            if copy.issue_id not in failed:
                issue = await self._tracker.issue(copy.issue_id)
                self._read([(card, i) for card, i in moved if i is copy], {issue.id: issue.rank})
        return failed

    async def _take_one(self, card: Card, copy: IssueCopy, above: Card | None) -> None:
        try:
            issue = await self._tracker.issue(copy.issue_id)
        except TrackerNotThere:
            return
        author = issue.author_of("order") or Person()
        with self._store.transaction():
            now = self._store.card(card.id)
            cards = self._store.cards()
            if now.rev != card.rev or now.archived_at is not None:
                return
            moved = replace(now, rank=_rank_after(cards, now, above), rev=now.rev + 1)
            try:
                check(self._ledger, now, moved, author, cards)
            except Refused as error:
                log.info("%s stays where it is: %s", card.id, error)
                self._store.save_mark(MOVED, "yes")
                return
            self._ledger.save(now, moved)
            why = f"in Jira, {copy.key}"
            self._ledger.tell("card.moved", moved, author.actor, why, moved_data(now, moved))
            self._agree([moved])
            found = self._store.issue_copy(card.id)
            if found is not None and found.synced_rev == now.rev:  # nothing waited before
                self._store.save_issue_copy(replace(found, synced_rev=moved.rev))

    def _agree(self, cards: Iterable[Card]) -> None:
        """Their places are those of both sides from now on."""
        with self._store.transaction():
            for card in cards:
                found = self._store.issue_copy(card.id)
                if found is not None and found.card_rank != card.rank:
                    self._store.save_issue_copy(replace(found, card_rank=card.rank))

    def _read(self, places: Places, ranks: Mapping[str, str]) -> None:
        """Keeps the ranks there."""
        with self._store.transaction():
            for card, copy in places:
                rank = ranks.get(copy.issue_id, "")
                if rank and rank != copy.rank:
                    found = self._store.issue_copy(card.id) or copy
                    self._store.save_issue_copy(replace(found, rank=rank))

    def _places(self, column: Column) -> Places:
        """Cards of a column that are issues, in the order of the board."""
        found = []
        for card in self._store.cards():
            if card.column is column:
                copy = self._store.issue_copy(card.id)
                if copy is not None and not copy.is_left:
                    found.append((card, copy))
        return found

    def _is_young(self) -> bool:
        """Whether the index may not know yet what was ranked from here."""
        text = self._store.mark(_RANKED)
        if not text:
            return False
        until = datetime.fromisoformat(text) + timedelta(seconds=SETTLE_S)
        return self._ledger.clock.now() < until


def moved_in(there: Places, wanted: Places) -> Places:
    """The fewest that have to move so that the one order becomes the other, in the new order."""
    place = {card.id: n for n, (card, _) in enumerate(wanted)}
    stays = _rising([place[card.id] for card, _ in there])
    return [each for n, each in enumerate(wanted) if n not in stays]


def _rising(numbers: Sequence[int]) -> set[int]:
    """The longest run of numbers that rises, however many stand in between."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        at[length : length + 1] = [index]
    found: set[int] = set()
    last = at[-1] if at else -1
    while last >= 0:
        found.add(numbers[last])
        last = before[last]
    return found


def _runs(places: Places, moved: Collection[CardId]) -> list[tuple[Places, str, str]]:
    """Neighbours that were moved, with the issue that stands above or, at the top, below."""
    found: list[tuple[Places, str, str]] = []
    run: Places = []
    above = ""
    for card, copy in places:
        if card.id in moved:
            run.append((card, copy))
            continue
        if run:
            found.append((run, above, "" if above else copy.issue_id))
            run = []
        above = copy.issue_id
    if run:
        found.append((run, above, ""))
    return found


def _rank_after(cards: Sequence[Card], card: Card, above: Card | None) -> float:
    """A place right below a card, or above all others."""
    there = [c for c in cards if c.column is card.column and c.id != card.id]
    if above is None:
        return (there[0].rank if there else 1.0) - 1.0
    for index, each in enumerate(there):
        if each.id == above.id:
            below = there[index + 1].rank if index + 1 < len(there) else each.rank + 2.0
            return (each.rank + below) / 2.0
    return max((c.rank for c in there), default=0.0) + 1.0
