"""Copies of issues and the outbox, in every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from support.stores import Opener

from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import (
    Clash,
    ClashKind,
    EntryKind,
    EntryState,
    FieldBase,
    IssueCopy,
    OutboxEntry,
    Person,
    RemoteValue,
    Tracked,
)
from devops_tui.ports.store import Store

AT = datetime(2026, 3, 1, 3, 12, tzinfo=UTC)
COPY = IssueCopy(
    CardId("SHOP-1"),
    "10001",
    "SH-7",
    AT,
    base={"labels": FieldBase(("db", "web"), "db web", "r1"), "title": FieldBase("a", "a")},
    remote={"title": RemoteValue("b", "b"), "labels": RemoteValue(("db",), "db")},
    authors={"title": Person("acc", "Kim", "kim")},
    comments={"mark": "77"},
    rank="0|i00007:",
    card_rank=2.5,
    synced_rev=4,
)
CLASH = Clash("title", ClashKind.BOTH, "a", ("b", "c"), "kim", AT, "both changed it")


def test_a_copy_is_read_as_it_was_saved(store: Store) -> None:
    store.save_issue_copy(COPY)
    assert store.issue_copy(CardId("SHOP-1")) == COPY
    assert store.copy_of_issue("10001") == COPY
    assert store.issue_copy(CardId("SHOP-2")) is None
    assert store.copy_of_issue("10002") is None
    assert store.tracked() == {CardId("SHOP-1"): Tracked(CardId("SHOP-1"), "SH-7", 4)}


def test_what_asks_a_person_is_found_alone(store: Store) -> None:
    store.save_issue_copy(COPY)
    other = replace(COPY, card_id=CardId("SHOP-2"), issue_id="10002", clashes=(CLASH,))
    store.save_issue_copy(other)
    assert store.issue_copies(is_clashing=True) == [other]
    assert store.issue_copies() == [COPY, other]
    assert store.tracked()[CardId("SHOP-2")].clashes == 1
    store.save_issue_copy(replace(other, clashes=()))
    assert store.issue_copies(is_clashing=True) == []


def test_what_is_left_is_known_but_not_listed(store: Store) -> None:
    store.save_issue_copy(replace(COPY, is_left=True))
    assert store.tracked() == {}
    assert store.issue_ids() == {"10001": CardId("SHOP-1")}
    store.remove_issue_copy(CardId("SHOP-1"))
    assert store.issue_ids() == {}


def test_the_outbox_keeps_its_order_and_one_entry_a_key(opener: Opener) -> None:
    store = opener.store()
    first = OutboxEntry("k1", CardId("SHOP-1"), EntryKind.EDIT, ("title",), AT)
    second = OutboxEntry("k2", CardId("SHOP-2"), EntryKind.COMMENT, ("mark",), AT)
    store.save_entry(first)
    store.save_entry(second)
    sent = replace(first, state=EntryState.SENT, tried_at=AT, tries=1)
    store.save_entry(sent)
    store.close()
    again = opener.store()
    assert again.outbox() == [sent, second]
    assert again.outbox(CardId("SHOP-2")) == [second]
    again.remove_entry("k1")
    assert again.outbox() == [second]
    again.close()
