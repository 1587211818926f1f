"""Takes in what changed over there, page by page, and compares all ids from time to time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from devops_tui.domain.board import Card
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import EntryKind, EntryState, IssueCopy, RemoteIssue
from devops_tui.domain.tracker_errors import TrackerNotThere, TrackerRefused
from devops_tui.ports.tracker import IdPage, Page, Tracker
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.tracker.arrivals import Arrivals
from devops_tui.services.tracker.reconcile import Reconciler
from devops_tui.services.tracker.remarks import is_known, seems_gone

AT_ONCE = 25
"""So many issues are one transaction: others get their turn in between."""

_MOST_PAGES = 5000


class Inbound:
    """Reads issues and brings their cards along.

    Args:
        link: Ties an issue that bears the key of a card to it.
    """

    def __init__(
        self,
        ledger: Ledger,
        tracker: Tracker,
        reconciler: Reconciler,
        arrivals: Arrivals,
        link: Callable[[CardId, RemoteIssue], None],
    ) -> None:
        self._store = ledger.store
        self._tracker = tracker
        self._reconciler = reconciler
        self._arrivals = arrivals
        self._link = link

    async def poll(self, within_s: float | None, fresh: Sequence[str] = ()) -> int:
        """Takes in what changed within that time; None adopts all there is. How many came."""
        count = 0
        adopted: list[RemoteIssue] = []
        page = Page(())
        for _ in range(_MOST_PAGES):
            page = await self._tracker.changed(within_s, page.following, fresh)
            count += len(page.issues)
            if within_s is None:
                adopted += page.issues
            else:
                await self.take(page.issues)
            if not page.following:
                break
        else:
            raise TrackerRefused("the search of Jira has no end", "Look at `filter:`.")
        if adopted:
            await self._adopt(adopted)
        return count

    async def take(self, issues: Sequence[RemoteIssue]) -> None:
        """Brings the cards of issues along; files those that are new."""
        for start in range(0, len(issues), AT_ONCE):
            some = [i for i in [await self._sure(i) for i in issues[start : start + AT_ONCE]] if i]
            keys = await self._keys(some)
            with self._store.transaction():
                cards = {card.id: card for card in self._store.cards()}
                for issue in some:
                    self._take_one(issue, keys.get(issue.id, ""), cards)
            await asyncio.sleep(0)

    async def _sure(self, issue: RemoteIssue) -> RemoteIssue | None:
        """Read where it is kept, where a remark seems to be gone; None when all of it is."""
        copy = self._store.copy_of_issue(issue.id)
        if copy is None or copy.is_left or not seems_gone(copy, issue):
            return issue
        try:
            return await self._tracker.issue(issue.id)
        except TrackerNotThere:
            return None  # the comparison of all ids asks what becomes of its card

    async def sweep(self) -> dict[str, str]:
        """Compares all ids; the ranks by id.

        What was missed is read, what is gone is asked a person.
        """
        seen = await self._all_ids()
        known = {copy.issue_id: copy for copy in self._store.issue_copies()}
        for issue_id, (at, _) in seen.items():
            copy = known.get(issue_id)
            if copy is None or (copy.updated != at and not copy.is_left):
                await self._look(issue_id)
        for issue_id in known.keys() - seen.keys():
            if not known[issue_id].is_left:
                await self._look(issue_id)
        return {issue_id: rank for issue_id, (_, rank) in seen.items()}

    async def _all_ids(self) -> dict[str, tuple[object, str]]:
        seen: dict[str, tuple[object, str]] = {}
        page = IdPage(())
        for _ in range(_MOST_PAGES):
            page = await self._tracker.ids(page.following)
            seen.update({issue_id: (at, rank) for issue_id, at, rank in page.ids})
            if not page.following:
                return seen
        raise TrackerRefused("the search of Jira has no end", "Look at `filter:`.")

    async def _look(self, issue_id: str) -> None:
        try:
            issue = await self._tracker.issue(issue_id)
        except TrackerNotThere:
            with self._store.transaction():
                copy = self._store.copy_of_issue(issue_id)
                if copy is not None:
                    self._arrivals.gone(copy)
            return
        await self.take([issue])

    async def _keys(self, issues: Sequence[RemoteIssue]) -> dict[str, str]:
        """Keys of unknown issues that this account has made: they may be cards already."""
        return {
            issue.id: await self._tracker.key_of(issue.id)
            for issue in issues
            if issue.creator.is_me and self._store.copy_of_issue(issue.id) is None
        }

    def _take_one(self, issue: RemoteIssue, key: str, cards: dict[CardId, Card]) -> None:
        copy = self._store.copy_of_issue(issue.id)
        if copy is None:
            if key and self._is_known(issue, key):
                return
            found = self._arrivals.arrive(issue, list(cards.values()))
            cards[found.card.id] = found.card
            return
        card = cards.get(copy.card_id)
        if card is None or copy.is_left or _is_same(copy, issue):
            return
        found = self._reconciler.read(
            copy,
            card,
            issue,
            lambda: list(cards.values()),
            skips_own_remarks=self._is_unsure(card.id),
        )
        cards[found.card.id] = found.card

    def _is_known(self, issue: RemoteIssue, key: str) -> bool:
        """Whether an issue with a key is a card's: then it is tied to it, or told to be twice."""
        card_id = CardId(key.rpartition(":")[0])
        copy = self._store.issue_copy(card_id)
        if copy is not None:
            self._arrivals.twice(copy, issue)
            return True
        try:
            card = self._store.card(card_id)
        except NotFound:
            return False
        if card.archived_at is None:
            self._link(card_id, issue)
        return True

    def _is_unsure(self, card_id: CardId) -> bool:
        return any(
            e.kind is EntryKind.COMMENT and e.state is EntryState.SENT
            for e in self._store.outbox(card_id)
        )

    async def _adopt(self, issues: Sequence[RemoteIssue]) -> None:
        """The board of Jira as it stands, in its order."""
        ordered = sorted(issues, key=lambda i: (i.rank, i.updated, i.id))
        keys = await self._keys(ordered)
        last = max((card.rank for card in self._store.cards()), default=0.0)
        for start in range(0, len(ordered), AT_ONCE):
            with self._store.transaction():
                for index, issue in enumerate(ordered[start : start + AT_ONCE], start=start):
                    is_new = self._store.copy_of_issue(issue.id) is None
                    key = keys.get(issue.id, "")
                    if is_new and not (key and self._is_known(issue, key)):
                        self._arrivals.adopt(issue, last + 1.0 + index)
            await asyncio.sleep(0)


def _is_same(copy: IssueCopy, issue: RemoteIssue) -> bool:
    """Whether nothing of it is new: what was read before comes again and again."""
    return (
        copy.updated == issue.updated
        and copy.key == issue.key
        and copy.remote == issue.values
        and not copy.clashes
        and copy.attachments == issue.attachments
        and is_known(copy, issue)
    )
