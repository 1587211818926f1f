"""Issues that are new here, and issues that are not there any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from devops_tui.domain.board import BoardRules, Card, CardKind, Column, Priority, put
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import (
    GONE,
    Clash,
    ClashKind,
    FieldBase,
    IssueCopy,
    RemoteIssue,
    Value,
)
from devops_tui.domain.tracker_merge import local_values
from devops_tui.services.board_ledger import Ledger, filed_data
from devops_tui.services.tracker.reconcile import Reconciled, Reconciler
from devops_tui.services.tracker.values import applied


class Arrivals:
    """Files cards for issues; belongs inside of a transaction."""

    def __init__(self, ledger: Ledger, reconciler: Reconciler, rules: BoardRules) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._reconciler = reconciler
        self._rules = rules

    def adopt(self, issue: RemoteIssue, rank: float) -> Card:
        """Takes an issue over as it stands: the board of before becomes the board of now.

        For the first look alone: afterwards a place is only had by the rules.
        """
        place = self._rules.named(str(issue.values["column"].value)) or Column.BACKLOG
        card = put(self._fresh(issue, Column.BACKLOG, rank), place)
        values = {n: v.value for n, v in issue.values.items() if n != "column"}
        card = applied(card, values)
        self._file(card, issue, "taken over from Jira")
        copy = replace(_copy_of(card, issue), card_rank=card.rank)
        return self._reconciler.read(copy, card, issue, lambda: [card]).card

    def arrive(self, issue: RemoteIssue, cards: Sequence[Card]) -> Reconciled:
        """Files it in the Backlog; whoever brought it further there has to be allowed to."""
        last = max((c.rank for c in cards if c.column is Column.BACKLOG), default=0.0)
        card = self._fresh(issue, Column.BACKLOG, last + 1.0)
        card = applied(card, {n: issue.values[n].value for n in ("title", "kind")})
        self._file(card, issue, "filed in Jira")
        copy = _copy_of(card, issue)
        creator = {n: issue.author_of(n) or issue.creator for n in issue.values}
        copy = replace(copy, remote=issue.values, authors=creator, card_rank=card.rank)
        return self._reconciler.read(copy, card, issue, lambda: [*cards, card])

    def twice(self, copy: IssueCopy, issue: RemoteIssue) -> None:
        """Two issues say that they are one card: nothing is filed, a person is asked."""
        if copy.clash(GONE) is not None:
            return
        why = f"{issue.key} says that it is this card, too: close one of the two in Jira"
        now = self._ledger.clock.now()
        clash = Clash(GONE, ClashKind.TWICE, copy.key, issue.key, "", now, why)
        self._store.save_issue_copy(replace(copy, clashes=(*copy.clashes, clash)))

    def gone(self, copy: IssueCopy) -> None:
        """Asks what becomes of the card; nothing is taken from the board by itself."""
        if copy.clash(GONE) is not None or copy.is_left:
            return
        why = f"{copy.key} was deleted, or the account of Jira does not see it any more"
        clash = Clash(GONE, ClashKind.GONE, "stays", "gone", "", self._ledger.clock.now(), why)
        self._store.save_issue_copy(replace(copy, clashes=(*copy.clashes, clash)))

    def _fresh(self, issue: RemoteIssue, column: Column, rank: float) -> Card:
        number = self._store.next_card_number()
        now = self._ledger.clock.now()
        kind = CardKind(str(issue.values["kind"].value))
        title = str(issue.values["title"].value)
        name = CardId(f"{self._rules.prefix}-{number}")
        return Card(name, title, kind, column, rank, 1, now, now)

    def _file(self, card: Card, issue: RemoteIssue, why: str) -> None:
        self._store.add_card(card)
        data = {**filed_data(card), "issue": issue.key}
        self._ledger.tell("card.created", card, issue.creator.actor, why, data)


def _copy_of(card: Card, issue: RemoteIssue) -> IssueCopy:
    """A copy on which nothing is agreed yet but what the card was made of."""
    return IssueCopy(card.id, issue.id, issue.key, issue.updated, authors={})


def linked(
    card: Card, issue: RemoteIssue, agreed: Sequence[str], made_of: Mapping[str, Value], me: str
) -> IssueCopy:
    """The copy of an issue that was made for a card.

    Args:
        card: As it is now.
        issue: As it is now.
        agreed: Fields that say there what the card says.
        made_of: What the issue was made of; whatever is not named was empty.
        me: Account that made it. What others changed since then is theirs to be merged;
            of everything else the card is ahead, and it is still to be sent.
    """
    mine, rev = local_values(card), issue.updated.isoformat()
    theirs = {c.field for c in issue.changes if c.by.account != me}
    base: dict[str, FieldBase] = {}
    for name, there in issue.values.items():
        if name in agreed:
            base[name] = FieldBase(mine[name], there.raw, rev)
        elif name in theirs:
            base[name] = FieldBase(made_of.get(name, _EMPTY.get(name, "")), _MADE, rev)
        else:
            base[name] = FieldBase(there.value, there.raw, rev)
    copy = IssueCopy(card.id, issue.id, issue.key, issue.updated, base=base, remote=issue.values)
    return replace(copy, rank=issue.rank, card_rank=card.rank)


_MADE = "as it was made"
_EMPTY: Mapping[str, Value] = {
    "labels": (),
    "priority": Priority.NORMAL.value,
    "column": Column.BACKLOG.value,
}
