"""The query language of the board: what it finds, and where a mistake stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.board import Card, CardKind, Column, Comment, Priority
from devops_tui.domain.card_query import Asker, BadQuery, parse
from devops_tui.domain.ids import CardId

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ASKER = Asker("jun", NOW)
PLAIN = Card(
    CardId("SHOP-1"), "Export", CardKind.FEATURE, Column.BACKLOG, 1.0, 1,
    NOW - timedelta(days=9), NOW - timedelta(days=4),
)  # fmt: skip
MINE = replace(
    PLAIN,
    id=CardId("SHOP-2"),
    title="Voucher is lost",
    kind=CardKind.BUG,
    column=Column.IN_WORK,
    assignee="jun",
    others=("sora",),
    labels=("db", "Api"),
    priority=Priority.HIGH,
    estimate=3.0,
    due="2026-03-01",
    moved_at=NOW,
    comments=(Comment(NOW, "sora", "see the bank's mail"),),
)
BLOCKED = replace(MINE, id=CardId("SHOP-3"), blocked="the bank", labels=("db",))
CARDS = (PLAIN, MINE, BLOCKED)


def found(query: str) -> list[int]:
    test = parse(query)
    return [int(c.id[5:]) for c in CARDS if test(c, ASKER)]


@pytest.mark.parametrize(
    ("query", "cards"),
    [
        ("", [1, 2, 3]),
        ("assignee = me and label = db and not blocked", [2]),
        ("assignee=sora blocked", [3]),
        ("label = api", [2]),
        ("label != api", [1, 3]),
        ("assignee = none", [1]),
        ("assignee != none", [2, 3]),
        ("free or overdue", [1, 2, 3]),
        ("mine and overdue", [2, 3]),
        ("priority >= high", [2, 3]),
        ("priority < high", [1]),
        ("priority = normal", [1]),
        ("estimate > 2", [2, 3]),
        ("estimate = none", [1]),
        ("estimate != 3", [1]),
        ("idle > 3", [1]),
        ("age <= 9", [1, 2, 3]),
        ("due <= 2026-03-01", [2, 3]),
        ("due < 2026-03-01", []),
        ("column = inwork", [2, 3]),
        ("title ~ VOUCH", [2, 3]),
        ("voucher", [2, 3]),
        ('"is lost"', [2, 3]),
        ("mail", [2, 3]),
        ("shop-3", [3]),
        ("not (kind = bug or kind = incident)", [1]),
        ("'blocked'", []),
    ],
)
def test_what_a_query_finds(query: str, cards: list[int]) -> None:
    assert found(query) == cards


@pytest.mark.parametrize(
    ("query", "column", "what"),
    [
        ("assignee =", 11, "too early"),
        ("label = db and", 15, "too early"),
        ("labl = db", 1, "`labl` is no field"),
        ("a and (b or c", 14, "is open"),
        ("(a) )", 5, "does not belong"),
        ("a or = b", 6, "nothing before it"),
        ("estimate > many", 12, "is no number"),
        ("estimate ~ 3", 12, "asks nothing"),
        ("priority = urgent", 12, "is no priority"),
        ("title = 'open", 9, "not closed"),
        ("a ! b", 3, "single `!`"),
        ("label = and", 9, "word of the language"),
        ("(" * 30, 21, "nested deeper"),
        ("x" * 501, 501, "more than 500"),
    ],
)
def test_a_mistake_stands_at_its_column(query: str, column: int, what: str) -> None:
    with pytest.raises(BadQuery) as caught:
        parse(query)
    assert caught.value.column == column
    assert what in caught.value.title
    assert f"column {column}:" in caught.value.title


@given(st.text(alphabet="ab=!<>~()'\" andornot", max_size=40))
def test_any_text_is_a_query_or_says_why_not(text: str) -> None:
    try:
        test = parse(text)
    except BadQuery as error:
        assert 1 <= error.column <= len(text) + 1
        assert error.hint
    else:
        assert test(MINE, ASKER) in (True, False)
