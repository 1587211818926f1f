"""Who may do what on the board, and what stands in the way of a move.

The product owner accepts into Planned, takes back into the Backlog and orders it; members
pull and move their work; the scrum master may do anything with a reason. An empty team is
one operator who may do everything. Limits hold for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from devops_tui.domain.board import BoardRules, Card, Column, Place, Priority, put
from devops_tui.domain.errors import LimitReached, NotAllowed, Refused
from devops_tui.domain.ids import CardId
from devops_tui.domain.team import Role, Team

_ON_THE_WAY = (Column.PLANNED, Column.IN_WORK)


@dataclass(frozen=True, slots=True)
class Standing:
    """A board as a move finds it.

    Attributes:
        cards: All that are on the board.
        is_house: A rule of the house acts, which has no role; limits hold for it too.
    """

    rules: BoardRules
    team: Team
    cards: Sequence[Card]
    is_house: bool = False

    def card(self, card_id: CardId) -> Card | None:
        """The card of that id, if it is on the board."""
        return next((c for c in self.cards if c.id == card_id), None)


def refuse_move(
    board: Standing, card: Card, to: Place, actor: str, *, is_order: bool = False
) -> Refused | None:
    """Why `actor` may not move `card` to `to` now; None when allowed.

    `is_order` says that it gets another place in the column that it is in.
    """
    stays = board.rules.place_of(card) == to
    role = None if board.is_house else _refuse_role(board.team, card, to, actor, stays, is_order)
    if stays:
        return role
    full = _refuse_full(board, card, to)
    if role is not None and full is not None:
        return full if Role.SCRUM_MASTER in board.team.roles_of(actor) else role
    return role or full or (None if board.is_house else _refuse_start(board, card, to))


def can_override(team: Team, actor: str) -> bool:
    """Whether the person may break a rule with a reason."""
    return Role.SCRUM_MASTER in team.roles_of(actor)


def refuse_change(
    board: Standing, before: Card | None, after: Card | None, actor: str
) -> Refused | None:
    """Why `actor` may not make the one card into the other; None when allowed.

    The one gate for what is done, undone and done again. None as a card: it is not there.
    """
    if after is None:
        return refuse_edit(board.team, actor)
    to = board.rules.place_of(after)
    if board.is_house and before is not None:
        return refuse_move(board, before, to, actor)
    if before is None:
        filed = put(after, Column.BACKLOG)
        plain = replace(filed, priority=Priority.NORMAL)
        return refuse_move(board, filed, to, actor) or refuse_priority(
            board, plain, after.priority, actor
        )
    if before.archived_at != after.archived_at:
        return _refuse_archive(board, before, after, actor)
    if board.rules.place_of(before) != to:
        return refuse_move(board, before, to, actor)
    if before.rank != after.rank:
        return refuse_move(board, before, to, actor, is_order=True)
    return (
        refuse_edit(board.team, actor)
        or refuse_priority(board, before, after.priority, actor)
        or _refuse_lane(board, after, to, before)
    )


def refuse_unsound(board: Standing, before: Card | None, after: Card | None) -> Refused | None:
    """Why the change would leave the cards in contradiction, which nobody can override."""
    is_gone = after is None or after.archived_at is not None
    if is_gone and before is not None and before.column is not Column.DONE:
        others = [c.id for c in board.cards if before.id in c.depends and c.id != before.id]
        if others:
            return Refused(
                f"{', '.join(others)} depends on {before.id}", "Take the dependency away first."
            )
    if after is None or (before is not None and before.depends == after.depends):
        return None
    way = cycle(after.id, after.depends, board.cards)
    if way:
        return Refused(
            f"that would be a circle: {' → '.join(way)}", "One of them has to go without."
        )
    return None


def refuse_edit(team: Team, actor: str) -> NotAllowed | None:
    """Why the person may not change what a card says."""
    if team.roles_of(actor):
        return None
    return NotAllowed(f"{actor} is not in the team", "Add the login to `team:`.")


def refuse_priority(board: Standing, card: Card, wanted: Priority, actor: str) -> Refused | None:
    """Why the card may not get that priority: one card at most passes the limits.

    Only the product owner or a scrum master lets a card in, or out of, the expedite lane.
    """
    if wanted is card.priority or Priority.EXPEDITE not in (wanted, card.priority):
        return None
    if not board.team.roles_of(actor) & {Role.PRODUCT_OWNER, Role.SCRUM_MASTER}:
        who = names(board.team, Role.PRODUCT_OWNER, Role.SCRUM_MASTER)
        return NotAllowed(
            "only the product owner or a scrum master decides what is expedite", f"Ask {who}."
        )
    if wanted is Priority.EXPEDITE:
        return _refuse_second(board, card)
    return _refuse_full(board, _as_normal(card), board.rules.place_of(card))


def refuse_scrum(team: Team, actor: str, what: str) -> NotAllowed | None:
    """Why the person may not do what is the scrum master's."""
    if Role.SCRUM_MASTER in team.roles_of(actor):
        return None
    who = names(team, Role.SCRUM_MASTER)
    return NotAllowed(f"only a scrum master {what}", f"Ask {who}.")


def open_blockers(card: Card, cards: Sequence[Card]) -> list[Card]:
    """The cards it depends on that are on the board and not done."""
    wanted = frozenset(card.depends)
    return [c for c in cards if c.id in wanted and c.column is not Column.DONE]


def cycle(card_id: CardId, depends: Sequence[CardId], cards: Sequence[Card]) -> list[CardId]:
    """The way from the card back to itself that these dependencies would close; or nothing."""
    known: Mapping[CardId, Sequence[CardId]] = {c.id: c.depends for c in cards}
    ways: list[list[CardId]] = [[card_id, name] for name in depends]
    seen: set[CardId] = set()
    while ways:
        way = ways.pop()
        if way[-1] == card_id:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [[*way, name] for name in known.get(way[-1], ())]
    return []


def counted(cards: Sequence[Card], column: Place, rules: BoardRules) -> int:
    """The cards of a column that its limit counts: those of the expedite lane are not."""
    phase, place_of = column.phase, rules.place_of
    there = (c for c in cards if c.column is phase and place_of(c) == column)
    return sum(1 for c in there if not c.is_expedite)


def names(team: Team, *roles: Role) -> str:
    """Who has one of these roles, for a hint: "minji or jun"."""
    found = [m.name for m in team.members if set(m.roles) & set(roles)]
    return " or ".join(found) or f"a {roles[0].replace('_', ' ')}"


def _refuse_role(
    team: Team, card: Card, to: Place, actor: str, stays: bool, is_order: bool
) -> NotAllowed | None:
    roles = team.roles_of(actor)
    hint = f"Ask {names(team, Role.PRODUCT_OWNER)}."
    is_owner = Role.PRODUCT_OWNER in roles
    if stays:
        if to is Column.BACKLOG and is_order and not is_owner:
            return NotAllowed("only the product owner orders the Backlog", hint)
    elif card.column is Column.BACKLOG and not is_owner:
        return NotAllowed("only the product owner accepts into Planned", hint)
    elif to is Column.BACKLOG and not is_owner:
        return NotAllowed("only the product owner takes back into the Backlog", hint)
    return refuse_edit(team, actor) if not stays or is_order else None


def _refuse_archive(board: Standing, before: Card, after: Card, actor: str) -> Refused | None:
    roles = board.team.roles_of(actor)
    if before.column is Column.BACKLOG and Role.PRODUCT_OWNER not in roles:
        hint = f"Ask {names(board.team, Role.PRODUCT_OWNER)}."
        return NotAllowed("only the product owner archives what is in the Backlog", hint)
    if after.archived_at is None:
        return refuse_edit(board.team, actor) or _refuse_full(
            board, after, board.rules.place_of(after)
        )
    return refuse_edit(board.team, actor)


def _refuse_full(board: Standing, card: Card, to: Place) -> LimitReached | None:
    if card.is_expedite:
        return _refuse_second(board, card) if to.phase in _ON_THE_WAY else None
    rules = board.rules
    limit = rules.limit(to, board.team) if rules.is_hard_at(to) else None
    if limit is not None:
        there = counted([c for c in board.cards if c.id != card.id], to, rules)
        if there >= limit:
            return _full(board, f"{to} is full ({there}/{limit})")
    return _refuse_lane(board, card, to)


def _refuse_lane(
    board: Standing, card: Card, to: Place, before: Card | None = None
) -> LimitReached | None:
    """Why the card may not be in the lane that it would be in; `before` was in it already."""
    if not board.rules.is_hard_at(to) or card.is_expedite:
        return None
    for each in board.rules.lanes:
        lane, limit = card.lane(each.by), each.limit.of(board.team)
        if each.column != to or not lane or each.name not in ("", lane) or limit is None:
            continue
        if before is not None and before.lane(each.by) == lane:
            continue
        mates = [c for c in board.cards if c.id != card.id and c.lane(each.by) == lane]
        there = counted(mates, to, board.rules)
        if there >= limit:
            return _full(board, f"{to} is full for {each.by} {lane} ({there}/{limit})")
    return None


def _full(board: Standing, what: str) -> LimitReached:
    who = names(board.team, Role.SCRUM_MASTER)
    return LimitReached(what, f"Finish a card first, or ask {who} to override with a reason.")


def _refuse_second(board: Standing, card: Card) -> LimitReached | None:
    first = next(
        (
            c
            for c in board.cards
            if c.is_expedite and c.id != card.id and c.column is not Column.DONE
        ),
        None,
    )
    if first is None:
        return None
    return LimitReached(
        f"{first.id} is in the expedite lane, which takes one card",
        f"Finish {first.id} first, or take `expedite` from it.",
    )


def _refuse_start(board: Standing, card: Card, to: Place) -> Refused | None:
    if to.phase is not Column.IN_WORK or card.column is Column.IN_WORK:
        return None
    waits = open_blockers(card, board.cards)
    if waits:
        told = ", ".join(f"{c.id} ({board.rules.place_of(c)})" for c in waits)
        return Refused(f"{card.id} waits for {told}", "Finish that first.")
    if card.blocked:
        return Refused(f"{card.id} is blocked: {card.blocked}", "Unblock it first.")
    return None


def _as_normal(card: Card) -> Card:
    return replace(card, priority=Priority.NORMAL)
