"""Filing, moving and commenting cards: one transaction each, no worker needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from devops_tui.domain.board import (
    BoardRules,
    Card,
    CardKind,
    Column,
    Comment,
    refuse_move,
)
from devops_tui.domain.errors import LimitReached, NotAllowed, Refused, RevisionConflict
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import CardId, RunId
from devops_tui.domain.team import Role, Team
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

TITLE_LIMIT = 200


class Boards:
    """The board of one workspace.

    Args:
        rules, team: Of the workspace as it is now.
    """

    def __init__(self, store: Store, clock: Clock, rules: BoardRules, team: Team) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._team = team

    def add(
        self,
        title: str,
        actor: str,
        kind: CardKind = CardKind.REQUEST,
        *,
        text: str = "",
        column: Column = Column.BACKLOG,
        fingerprint: str = "",
        runs: tuple[RunId, ...] = (),
        assignee: str = "",
    ) -> Card:
        """Files a card at the end of a column.

        Raises:
            Refused: The title is empty.
            LimitReached: The column is full.
        """
        title = " ".join(title.split())[:TITLE_LIMIT]
        if not title:
            raise Refused("a card needs a title", "Say in one line what is wanted.")
        now = self._clock.now()
        with self._store.transaction():
            cards = self._store.cards()
            card = Card(
                CardId(f"{self._rules.prefix}-{self._store.next_card_number()}"),
                title,
                kind,
                Column.BACKLOG,
                _last_rank(cards, column),
                1,
                now,
                now,
                text=text,
                fingerprint=fingerprint,
                runs=runs,
                assignee=assignee,
            )
            self._check(card, column, cards, actor, "")
            card = replace(card, column=column)
            self._store.add_card(card)
            self._event("card.created", card, actor, data={"column": column.value})
        return card

    def move(
        self,
        card_id: CardId,
        to: Column,
        actor: str,
        *,
        expected_rev: int | None = None,
        before: CardId | None = None,
        override_why: str = "",
        why: str = "",
        is_automation: bool = False,
    ) -> Card:
        """Moves a card to a column, above `before` or to its end.

        `is_automation` is for rules of the house (a release that is done), which have
        no role; limits hold for them too.

        Raises:
            LimitReached, NotAllowed: The rules say no.
            RevisionConflict: It changed since `expected_rev`; says who moved it where.
        """
        with self._store.transaction():
            cards = self._store.cards()
            card = self._store.card(card_id)
            if expected_rev is not None and card.rev != expected_rev:
                raise self._conflict(card)
            self._check(card, to, cards, actor, override_why, is_automation)
            rank = _rank_before(cards, to, before, card_id)
            now = self._clock.now()
            moved = replace(
                card,
                column=to,
                rank=rank,
                rev=card.rev + 1,
                moved_at=now if to is not card.column else card.moved_at,
            )
            self._store.save_card(moved, card.rev)
            data = {"from": card.column.value, "to": to.value}
            self._event("card.moved", moved, actor, why=why or override_why, data=data)
        return moved

    def comment(self, card_id: CardId, actor: str, text: str, run: RunId | None = None) -> Card:
        """Adds a remark, and ties a run to the card when one is given."""
        with self._store.transaction():
            card = self._store.card(card_id)
            remark = Comment(self._clock.now(), actor, text)
            runs = card.runs if run is None or run in card.runs else (*card.runs, run)
            changed = replace(card, comments=(*card.comments, remark), runs=runs, rev=card.rev + 1)
            self._store.save_card(changed, card.rev)
            self._event("card.commented", changed, actor, why=text)
        return changed

    def _check(
        self,
        card: Card,
        to: Column,
        cards: Sequence[Card],
        actor: str,
        override_why: str,
        is_automation: bool = False,
    ) -> None:
        there = sum(1 for c in cards if c.column is to and c.id != card.id)
        team = Team() if is_automation else self._team
        limit = self._rules.limit(to, self._team)
        refusal = refuse_move(card, to, there, limit if self._rules.is_hard else None, team, actor)
        if refusal is None:
            return
        if not isinstance(refusal, LimitReached) or not override_why.strip():
            raise refusal
        if Role.SCRUM_MASTER not in self._team.roles_of(actor):
            raise NotAllowed("only a scrum master overrides a limit", refusal.hint)
        data = {"column": to.value, "cards": there}
        self._event("card.limit_overridden", card, actor, why=override_why, data=data)

    def _conflict(self, card: Card) -> RevisionConflict:
        events = self._store.events(subject=card.id, limit=1, newest=True)
        by = f" by {events[-1].actor}" if events else ""
        return RevisionConflict(
            f"{card.id} was changed meanwhile{by} and is in {card.column} now",
            "Look at it and try again.",
        )

    def _event(
        self,
        kind: str,
        card: Card,
        actor: str,
        why: str = "",
        data: Mapping[str, Json] | None = None,
    ) -> None:
        now = self._clock.now()
        self._store.append(
            Event(kind, card.id, now, actor, why, {"title": card.title, **(data or {})})
        )


def _last_rank(cards: Sequence[Card], column: Column) -> float:
    return max((c.rank for c in cards if c.column is column), default=0.0) + 1.0


def _rank_before(
    cards: Sequence[Card], column: Column, before: CardId | None, moving: CardId
) -> float:
    there = [c for c in cards if c.column is column and c.id != moving]
    for index, card in enumerate(there):
        if card.id == before:
            above = there[index - 1].rank if index else card.rank - 2.0
            return (above + card.rank) / 2.0
    return _last_rank(there, column)
