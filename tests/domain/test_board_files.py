"""Boards as files: there and back without loss, by hand, and from other tools."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devops_tui.domain.board import (
    Card,
    CardKind,
    CheckItem,
    Column,
    Comment,
    Link,
    LinkKind,
    Priority,
)
from devops_tui.domain.board_file import checklist_of, filed, links_of
from devops_tui.domain.board_formats import READERS, WRITERS, from_csv, from_json
from devops_tui.domain.board_markdown import from_markdown
from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import CardId, RunId

AT = datetime(2026, 3, 1, tzinfo=UTC)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
LINE = ANY.map(lambda text: " ".join(text.split()))
WORDS = st.lists(LINE.filter(bool), max_size=3, unique=True).map(tuple)


@st.composite
def cards(draw: st.DrawFn) -> Card:
    people = draw(WORDS)
    return Card(
        CardId(f"SHOP-{draw(st.integers(1, 10**6))}"),
        draw(LINE.filter(bool)),
        draw(st.sampled_from(CardKind)),
        draw(st.sampled_from(Column)),
        1.0,
        draw(st.integers(1, 99)),
        AT,
        AT,
        text=draw(ANY),
        assignee=people[0] if people else "",
        others=people[1:],
        labels=draw(WORDS),
        blocked=draw(LINE),
        priority=draw(st.sampled_from(Priority)),
        estimate=draw(st.none() | st.floats(0.1, 999)),
        due=draw(st.sampled_from(["", "2026-11-30"])),
        depends=tuple(CardId(w) for w in draw(WORDS)),
        checklist=tuple(CheckItem(w, draw(st.booleans())) for w in draw(WORDS)),
        links=tuple(Link(draw(st.sampled_from(LinkKind)), w) for w in draw(WORDS)),
        service=draw(LINE),
        runs=(RunId("shop-4"),),
        comments=(Comment(AT, "jun", draw(ANY)),),
    )


@pytest.mark.parametrize("name", list(WRITERS))
@given(board=st.lists(cards(), max_size=4))
@settings(max_examples=150, deadline=None)
def test_what_was_written_is_read_again(name: str, board: list[Card]) -> None:
    order = list(Column)
    out = [filed(card) for card in sorted(board, key=lambda c: order.index(c.column))]
    assert READERS[name](WRITERS[name](out).encode().decode()) == out


@given(card=cards())
@settings(max_examples=100, deadline=None)
def test_lists_of_a_card_come_back(card: Card) -> None:
    values = filed(card).values
    assert checklist_of(tuple(values["checklist"])) == card.checklist
    assert links_of(tuple(values["links"])) == card.links


def test_markdown_written_by_hand_is_read() -> None:
    text = "# Ours\n\n## Planned\n### Basket forgets\n- labels: db, api\n\nLine 1.\n\n- a list\n"
    (card,) = from_markdown(text)
    assert card.card_id == ""
    assert card.values["title"] == "Basket forgets"
    assert card.values["labels"] == ("db", "api")
    assert card.values["text"] == "Line 1.\n\n- a list"
    with pytest.raises(Refused, match="line 4: a card has no field colour"):
        from_markdown("## Planned\n\n### One\n- colour: red\n")
    with pytest.raises(Refused, match="`kept` is no JSON"):
        from_markdown("## Planned\n\n### One\n- kept: {broken\n")
    with pytest.raises(Refused, match="below no column"):
        from_markdown("### One\n")


def test_a_table_needs_titles() -> None:
    (card,) = from_csv("Title,labels\nBasket,db\n")
    assert card.values == {"title": "Basket", "labels": ("db",)}
    with pytest.raises(Refused, match="no column `title`"):
        from_csv("a,b\n1,2\n")


def test_trello_lists_become_columns() -> None:
    board = {
        "lists": [{"id": "l1", "name": "Doing"}, {"id": "l2", "name": "Someday"}],
        "members": [{"id": "m1", "username": "sora"}],
        "checklists": [
            {"idCard": "c1", "checkItems": [{"name": "test", "state": "complete"}, {"name": "b"}]}
        ],
        "cards": [
            {"id": "c2", "idList": "l2", "name": "Later", "desc": "", "pos": 1},
            {
                "id": "c1", "idList": "l1", "name": "Now", "desc": "text", "pos": 2,
                "idMembers": ["m1"], "labels": [{"name": "db"}], "due": "2026-11-30T12:00:00.000Z",
            },
            {"id": "c3", "idList": "l1", "name": "gone", "closed": True},
        ],
    }  # fmt: skip
    now, later = from_json(json.dumps(board))
    assert (now.origin, now.values["column"], now.values["assignees"]) == (
        "trello:c1", "InWork", ("sora",),
    )  # fmt: skip
    assert now.values["checklist"] == ("x test", "- b")
    assert now.values["due"] == "2026-11-30"
    assert (later.values["column"], later.values["labels"]) == ("Backlog", ("Someday",))


def test_github_issues_are_cards() -> None:
    issues = [
        {"number": 4, "title": "Crash", "body": None, "state": "OPEN", "url": "https://x/4",
         "labels": [{"name": "bug"}], "assignees": [{"login": "sora"}]},
        {"number": 5, "title": "Old", "state": "closed", "html_url": "https://x/5", "url": "api"},
        {"number": 6, "title": "A change", "pull_request": {}},
    ]  # fmt: skip
    crash, old = from_json(json.dumps(issues))
    assert (crash.values["kind"], crash.origin) == ("bug", "github:https://x/4")
    assert (old.values["column"], old.origin) == ("Done", "github:https://x/5")


@pytest.mark.parametrize("text", ["{", "{}", "[1]", '{"format": "devops-tui board 1"}'])
def test_what_is_no_board_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        from_json(text)
