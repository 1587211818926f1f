"""A lane with a limit says how many cards it holds, where all of them are shown."""

from __future__ import annotations

from datetime import UTC, datetime

from devops_tui.domain.board import (
    BoardRules,
    Card,
    CardKind,
    Column,
    LaneLimit,
    LaneOf,
    Priority,
    WipLimit,
)
from devops_tui.domain.ids import CardId
from devops_tui.domain.workspace import Workspace
from devops_tui.presentation.board import in_columns
from devops_tui.presentation.board_lanes import ColumnRows, Lanes, in_lanes

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RULES = BoardRules(
    lanes=(
        LaneLimit(LaneOf.ASSIGNEE, WipLimit(cards=2)),
        LaneLimit(LaneOf.ASSIGNEE, WipLimit(cards=1), name="jun"),
    )
)
PLACE = Workspace("shop", "/x", board=RULES)


def card(number: int, who: str, column: Column = Column.IN_WORK) -> Card:
    name = CardId(f"SHOP-{number}")
    return Card(name, "a", CardKind.BUG, column, float(number), 1, NOW, NOW, assignee=who)


def titles(cards: list[Card], column: Column, place: Workspace | None = PLACE) -> list[str]:
    lanes = in_lanes(in_columns(cards), Lanes.ASSIGNEE)
    rows = ColumnRows().make(lanes, column, NOW, 40, place)
    told = ["".join(part.text for part in row.line) for row in rows if row.key[:5] == "lane "]
    return [text.strip("─ ") for text in told if text.strip()]


def test_lanes_tell_their_limit_in_the_column_that_has_one() -> None:
    rushed = Card(CardId("SHOP-9"), "a", CardKind.BUG, Column.IN_WORK, 9.0, 1, NOW, NOW,
                  assignee="sora", priority=Priority.EXPEDITE)  # fmt: skip
    cards = [card(1, "jun"), card(2, "sora"), card(3, ""), rushed]
    assert titles(cards, Column.IN_WORK) == [
        "expedite · no limit counts it",
        "jun 1/1",
        "sora 1/2",
        "nobody",
    ]
    assert titles(cards, Column.PLANNED)[1:] == ["jun", "sora", "nobody"]
    assert titles(cards, Column.IN_WORK, None)[1] == "jun"
