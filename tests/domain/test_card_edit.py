"""Reading an edit from words, and what it makes of a card."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devops_tui.domain.board import Card, CardKind, CheckItem, Column, Link, LinkKind
from devops_tui.domain.card_edit import CardEdit, apply, as_lines
from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import CardId

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CARD = Card(CardId("SHOP-1"), "Export", CardKind.FEATURE, Column.BACKLOG, 1.0, 7, NOW, NOW)


def after(edit: CardEdit, card: Card = CARD) -> Card:
    return apply(card, edit, "jun", NOW)


def test_nothing_changes_nothing() -> None:
    assert after(CardEdit()) == CARD


def test_lists_are_replaced_or_changed() -> None:
    card = after(CardEdit(assignees="jun, sora", labels="db,api,db"))
    assert (card.assignee, card.others, card.labels) == ("jun", ("sora",), ("db", "api"))
    assert after(CardEdit(labels="+ui,-db"), card).labels == ("api", "ui")
    assert after(CardEdit(assignees="-jun"), card).assignees == ("sora",)
    assert after(CardEdit(assignees=""), card).assignees == ()


def test_a_blocked_card_keeps_since_when() -> None:
    card = after(CardEdit(blocked="the bank"))
    assert (card.blocked, card.blocked_at) == ("the bank", NOW)
    later = apply(card, CardEdit(blocked="the other bank"), "jun", NOW + timedelta(hours=1))
    assert (later.blocked, later.blocked_at) == ("the other bank", NOW)
    free = after(CardEdit(blocked=""), later)
    assert (free.blocked, free.blocked_at) == ("", None)


def test_items_of_the_checklist_are_added_and_turned() -> None:
    card = after(CardEdit(check=("write", "test")))
    card = after(CardEdit(check=("test",)), card)
    assert card.checklist == (CheckItem("write"), CheckItem("test", is_done=True))
    assert after(CardEdit(checklist=as_lines(card.checklist)), card) == card


def test_links_name_their_kind() -> None:
    card = after(CardEdit(links="commit:abc, host:web-1"))
    assert card.links == (Link(LinkKind.COMMIT, "abc"), Link(LinkKind.HOST, "web-1"))


def test_a_comment_bears_who_and_when() -> None:
    (remark,) = after(CardEdit(comment=" half of it [/] ")).comments
    assert (remark.actor, remark.at, remark.text) == ("jun", NOW, "half of it [/]")


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (CardEdit(title="  "), "needs a title"),
        (CardEdit(estimate="many"), "no estimate"),
        (CardEdit(estimate="-1"), "no estimate"),
        (CardEdit(estimate="nan"), "no estimate"),
        (CardEdit(due="tomorrow"), "no day"),
        (CardEdit(labels="+a,b"), "others do not"),
        (CardEdit(labels="-gone"), "is not there"),
        (CardEdit(links="web-1"), "no link"),
        (CardEdit(check=(" ",)), "needs a text"),
        (CardEdit(blocked="x" * 201), "more than 200"),
        (CardEdit(labels=",".join(map(str, range(51)))), "too many"),
    ],
)
def test_what_a_card_cannot_have_is_refused(edit: CardEdit, why: str) -> None:
    with pytest.raises(Refused, match=why):
        after(edit)


def test_the_revision_is_the_store_s() -> None:
    assert replace(after(CardEdit(title="x")), title="Export") == CARD
