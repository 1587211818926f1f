"""Whether somebody over there may change a card here: the same rules as on the board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from devops_tui.domain.board import Card, Column, put
from devops_tui.domain.board_file import column_of
from devops_tui.domain.board_rules import Standing, names, refuse_priority
from devops_tui.domain.errors import NotAllowed
from devops_tui.domain.team import Role
from devops_tui.domain.tracker import Person
from devops_tui.services.board_ledger import Ledger


def check(ledger: Ledger, before: Card, after: Card, author: Person, cards: Sequence[Card]) -> None:
    """Raises what the rules say.

    Whoever is in the team has the rights of the team. An account that is nobody's may
    change what a card says, as whoever wrote the wish could; it moves nothing.

    Raises:
        Refused: The rules say no; its children say which.
    """
    if author.login or not ledger.team.members:
        ledger.check(before, after, author.actor, cards=cards)
        return
    if (before.place, before.rank) != (after.place, after.rank):
        who = names(ledger.team, Role.PRODUCT_OWNER)
        is_accepted = Column.BACKLOG in (before.column, after.column)
        hint = f"Ask {who}." if is_accepted else "Say who it is: `people:` of `jira:`."
        raise NotAllowed(f"{author.shown} is nobody of the team and moves nothing", hint)
    board = Standing(ledger.rules, ledger.team, cards)
    refusal = refuse_priority(board, before, after.priority, author.actor)
    if refusal is not None:
        raise refusal
    ledger.check(before, after, author.actor, is_house=True, cards=cards)


def at_end_of(ledger: Ledger, card: Card, name: str, cards: Sequence[Card]) -> Card:
    """The card at the end of a column, under the same revision.

    Raises:
        Refused: The board has no such column, any more.
    """
    place = column_of(name, ledger.rules)
    there = (c.rank for c in cards if c.column is place.phase)
    last, now = max(there, default=0.0), ledger.clock.now()
    return replace(put(card, place), rank=last + 1.0, moved_at=now)
