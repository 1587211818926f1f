"""The board: four columns side by side, and one card in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter

from devops_tui.domain.board import Card, Column, Priority
from devops_tui.domain.workspace import Workspace
from devops_tui.presentation import units
from devops_tui.presentation.glyphs import CARD_KINDS
from devops_tui.presentation.layout import blank, pad
from devops_tui.presentation.line import Line, Role, Span, cut, line, span, width

_ORDER = attrgetter("rank", "id")

OLD_IN_WORK_S = 3 * 86400.0
"""A card that has been in work for longer is marked."""


def in_columns(cards: Iterable[Card]) -> dict[Column, list[Card]]:
    """The cards of each column, top first."""
    listed_once = list(cards)
    columns = {column: [c for c in listed_once if c.column is column] for column in Column}
    for listed in columns.values():
        listed.sort(key=_ORDER)
    return columns


def counts(cards: Iterable[Card]) -> dict[Column, int]:
    """How many cards of each column its limit counts: the expedite card is not."""
    there = [card.column for card in cards if card.priority is not Priority.EXPEDITE]
    return {column: there.count(column) for column in Column}


def places(cells: int) -> list[int]:
    """The widths of the four columns, one cell between; their sum never exceeds `cells`."""
    room = max(4, cells - (len(Column) - 1))
    base, rest = divmod(room, len(Column))
    return [base + (1 if i < rest else 0) for i in range(len(Column))]


def side_by_side(lines: Sequence[Line], cells: Sequence[int]) -> Line:
    """One line per column as one line, one cell between."""
    made: list[Span] = []
    for index, (each, room) in enumerate(zip(lines, cells, strict=True)):
        if index:
            made.append(blank(1))
        made.extend(pad(each, room))
    return tuple(made)


def column_title(column: Column, count: int, workspace: Workspace | None, cells: int) -> Line:
    """Name, count and limit: "InWork 3/3 full"."""
    told = column_count(column, count, workspace)
    return cut((span(column.value, "title"), blank(1), *told), cells)


def column_count(column: Column, count: int, workspace: Workspace | None) -> Line:
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


def card_block(card: Card, now: datetime, cells: int, mark: Line = ()) -> tuple[Line, Line]:
    """A card in two lines for the board's own screen: id, owner, age; title and a mark."""
    kind, role = CARD_KINDS[card.kind]
    owner = _owner(card, now)
    head = line((card.id, "accent"))
    if width(head) + 1 + len(kind) + 1 + width(owner) <= cells:
        head = (*head, blank(1), span(kind, role))
    second = line(("✕ blocked ", "failed"), card.title) if card.blocked else line(card.title)
    if mark:
        second = _with_right(second, mark, cells)
    return pad(_with_right(head, owner, cells), cells), pad(second, cells)
