"""The one place that changes a card: rules, revision, event, and what undo needs later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devops_tui.domain.board import BoardRules, Card
from devops_tui.domain.board_rules import (
    Standing,
    can_override,
    names,
    refuse_change,
    refuse_unsound,
)
from devops_tui.domain.card_change import CardChange, ChangeKind
from devops_tui.domain.errors import LimitReached, NotAllowed, RevisionConflict
from devops_tui.domain.event import Event, Json
from devops_tui.domain.team import Role, Team
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

_EVENTS = {
    ChangeKind.ADD: "card.created",
    ChangeKind.MOVE: "card.moved",
    ChangeKind.EDIT: "card.edited",
    ChangeKind.ARCHIVE: "card.archived",
}


class Ledger:
    """Changes cards of one workspace; every call belongs inside a transaction."""

    def __init__(self, store: Store, clock: Clock, rules: BoardRules, team: Team) -> None:
        self.store = store
        self.clock = clock
        self.rules = rules
        self.team = team

    def change(
        self,
        before: Card | None,
        after: Card,
        actor: str,
        kind: ChangeKind,
        *,
        why: str = "",
        override_why: str = "",
        is_house: bool = False,
        group: int = 0,
        event: str = "",
        data: Mapping[str, Json] | None = None,
        cards: Sequence[Card] | None = None,
    ) -> CardChange | None:
        """Makes `before` into `after`; None when it was the house, which undoes nothing.

        `cards` are those on the board, where the caller has read them in this transaction.

        Raises:
            Refused, NotAllowed, LimitReached: The rules say no, and no override counts.
            RevisionConflict: The card is another one than `before` by now.
        """
        self.check(before, after, actor, override_why, is_house=is_house, cards=cards)
        self.save(before, after)
        self.tell(event or _EVENTS[kind], after, actor, why or override_why, data)
        if is_house:
            return None
        made = CardChange(
            actor,
            after.id,
            kind,
            self.clock.now(),
            before,
            after,
            before.rev if before is not None else 0,
            after.rev,
            group,
        )
        return self.store.add_card_change(made)

    def check(
        self,
        before: Card | None,
        after: Card | None,
        actor: str,
        override_why: str = "",
        *,
        is_house: bool = False,
        cards: Sequence[Card] | None = None,
    ) -> None:
        """Raises what the rules say; an override by who may is told to the audit."""
        found = self.store.cards() if cards is None else cards
        board = Standing(self.rules, self.team, found, is_house)
        unsound = refuse_unsound(board, before, after)
        if unsound is not None:
            raise unsound
        refusal = refuse_change(board, before, after, actor)
        if refusal is None:
            return
        if not override_why.strip():
            raise refusal
        if not is_house and not can_override(self.team, actor):
            if isinstance(refusal, LimitReached):
                raise NotAllowed(
                    "only a scrum master overrides a limit",
                    f"Ask {names(self.team, Role.SCRUM_MASTER)}.",
                )
            raise refusal
        card = after or before
        assert card is not None  # noqa: S101 - one of them is there
        kind = "limit" if isinstance(refusal, LimitReached) else "rule"
        data = {"column": self.rules.place_of(card).value, "refused": refusal.title}
        self.tell(f"card.{kind}_overridden", card, actor, override_why, data)

    def save(self, before: Card | None, after: Card | None) -> None:
        """Writes the one in the place of the other."""
        if after is None:
            assert before is not None  # noqa: S101 - one of them is there
            self.store.remove_card(before.id, before.rev)
        elif before is None:
            self.store.add_card(after)
        else:
            self.store.save_card(after, before.rev)

    def tell(
        self,
        kind: str,
        card: Card,
        actor: str,
        why: str = "",
        data: Mapping[str, Json] | None = None,
    ) -> None:
        """Appends an event about a card."""
        now = self.clock.now()
        told = {"title": card.title, **(data or {})}
        self.store.append(Event(kind, card.id, now, actor, why, told))

    def conflict(self, card: Card) -> RevisionConflict:
        """Says who changed the card, when, and where it is now."""
        found: Sequence[Event] = self.store.events(subject=card.id, limit=1, newest=True)
        by = f" by {found[-1].actor}" if found else ""
        at = f" ({found[-1].at:%Y-%m-%d %H:%M:%S} UTC)" if found else ""
        where = f"is in {self.rules.place_of(card)}" if card.archived_at is None else "is archived"
        return RevisionConflict(
            f"{card.id} was changed meanwhile{by} and {where} now{at}",
            "Look at it and try again.",
        )


def filed_data(card: Card) -> Mapping[str, Json]:
    """What the event of a filing says."""
    phase = {"column_phase": card.column.value} if card.step else {}
    return {"column": card.place.value, **phase}


def moved_data(before: Card, after: Card) -> Mapping[str, Json]:
    """What the event of a move says; a further column says also which phase it belongs to."""
    told: dict[str, Json] = {"from": before.place.value, "to": after.place.value}
    if before.step:
        told["from_phase"] = before.column.value
    if after.step:
        told["to_phase"] = after.column.value
    return told
