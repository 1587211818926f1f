"""The board: its columns side by side, and one card in full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from devops_tui.domain.board import BoardRules, Card, Column, Place, Priority
from devops_tui.domain.workspace import Workspace
from devops_tui.presentation import units
from devops_tui.presentation.glyphs import CARD_KINDS
from devops_tui.presentation.layout import blank, pad
from devops_tui.presentation.line import Line, Role, Span, cut, line, span, width

_ORDER = attrgetter("rank", "id")

OLD_IN_WORK_S = 3 * 86400.0
"""A card that has been in work for longer is marked."""


_FOUR = BoardRules()


def rules_of(workspace: Workspace | None) -> BoardRules:
    """Those of the board; the four columns where nobody knows."""
    return workspace.board if workspace is not None else _FOUR


def in_columns(cards: Iterable[Card], rules: BoardRules = _FOUR) -> dict[Place, list[Card]]:
    """The cards of each column, top first; the columns from left to right."""
    listed_once = list(cards)
    columns: dict[Place, list[Card]] = {}
    if rules.further:
        columns = {place: [] for place in rules.places}
        for card in listed_once:
            columns[rules.place_of(card)].append(card)
    else:  # a card that has lost its further column stands in the one of the four
        columns = {column: [c for c in listed_once if c.column is column] for column in Column}
    for listed in columns.values():
        listed.sort(key=_ORDER)
    return columns


def counts(columns: Mapping[Place, Sequence[Card]]) -> dict[Place, int]:
    """How many cards of each column its limit counts: the expedite card is not."""
    return {
        place: len(cards) - len([c for c in cards if c.priority is Priority.EXPEDITE])
        for place, cards in columns.items()
    }


def lost_note(cards: Iterable[Card], rules: BoardRules) -> Line:
    """Which cards stand elsewhere since their further column is gone; empty where none do."""
    lost = [card for card in cards if card.step and rules.has_lost(card)]
    if not lost:
        return ()
    names = ", ".join(dict.fromkeys(card.step for card in lost))
    where = ", ".join(dict.fromkeys(card.column.value for card in lost))
    told = (
        f"{units.plural(len(lost), 'card')} of {names}: no such column any more, shown in {where}"
    )
    return line((told, "warning"))


def places(cells: int, count: int = len(Column)) -> list[int]:
    """The widths of the columns, one cell between; their sum never exceeds `cells`."""
    room = max(count, cells - (count - 1))
    base, rest = divmod(room, count)
    return [base + (1 if i < rest else 0) for i in range(count)]


def side_by_side(lines: Sequence[Line], cells: Sequence[int]) -> Line:
    """One line per column as one line, one cell between."""
    made: list[Span] = []
    for index, (each, room) in enumerate(zip(lines, cells, strict=True)):
        if index:
            made.append(blank(1))
        made.extend(pad(each, room))
    return tuple(made)


def column_title(column: Place, count: int, workspace: Workspace | None, cells: int) -> Line:
    """Name, count and limit: "InWork 3/3 full"."""
    told = column_count(column, count, workspace)
    return cut((span(column.value, "title"), blank(1), *told), cells)


def column_count(column: Place, count: int, workspace: Workspace | None) -> Line:
    """How many cards, and how many there may be."""
    limit = None if workspace is None else workspace.board.limit(column, workspace.team)
    if limit is None:
        return line(f"{count}")
    role: Role = "failed" if count > limit else "warning" if count >= limit else "text"
    word = " over" if count > limit else " full" if count >= limit else ""
    return line((f"{count}/{limit}{word}", role))


def card_cell(card: Card, now: datetime, cells: int) -> Line:
    """A card in one line of at most `cells` cells: what is wrong with it first."""
    kind, role = CARD_KINDS[card.kind]
    shown = [span(card.id, "accent")]
    if card.blocked:
        shown += [blank(1), span("✕ blocked", "failed")]
    if cells >= 44:
        shown += [blank(1), span(kind, role), blank(1), span(card.title)]
        return _with_right(tuple(shown), _owner(card, now), cells)
    if card.column is Column.BACKLOG or card.column is Column.DONE or not card.assignee:
        shown += [blank(1), span(kind, role)]
        if cells >= 20:
            shown += [blank(1), span(card.title)]
    else:
        shown += [blank(1), *_owner(card, now)]
    return cut(tuple(shown), cells)


def _with_right(left: Line, right: Line, cells: int) -> Line:
    room = cells - width(right) - 1
    if room < 7:
        return cut(left, cells)
    return (*pad(left, room), blank(1), *right)


def _owner(card: Card, now: datetime) -> Line:
    if card.column in (Column.BACKLOG, Column.DONE):
        return line((card.assignee, "muted")) if card.assignee else ()
    who = span(card.assignee or "—", "text" if card.assignee else "muted")
    if card.column is not Column.IN_WORK:
        return (who,)
    since_s = (now - card.moved_at).total_seconds()
    is_old = since_s > OLD_IN_WORK_S
    return (who, blank(1), span(units.age(card.moved_at, now), "warning" if is_old else "muted"))


def card_block(
    card: Card, now: datetime, cells: int, mark: Line = (), lost: str = ""
) -> tuple[Line, Line]:
    """A card in two lines for the board's own screen: id, owner, age; title and a mark.

    `lost` is the further column that it was put into and that is gone.
    """
    kind, role = CARD_KINDS[card.kind]
    owner = _owner(card, now)
    head = line((card.id, "accent"))
    if width(head) + 1 + len(kind) + 1 + width(owner) <= cells:
        head = (*head, blank(1), span(kind, role))
    second = line(("✕ blocked ", "failed"), card.title) if card.blocked else line(card.title)
    if lost:
        second = line((f"was {lost} ", "warning"), *second)
    if mark:
        second = _with_right(second, mark, cells)
    return pad(_with_right(head, owner, cells), cells), pad(second, cells)
