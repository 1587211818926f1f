"""Cards in further columns on every store; a store of before, which knows none, is read."""

from __future__ import annotations

import json
from dataclasses import replace

from support.clocks import StillClock
from support.stores import Opener

from devops_tui.domain.board import Card, CardKind, Column, Step, put
from devops_tui.domain.ids import CardId
from devops_tui.stores.sql.store import SqlStore

REVIEW = Step("Review", Column.IN_WORK)


def card(number: int, rank: float) -> Card:
    now = StillClock().now()
    name = CardId(f"SHOP-{number}")
    return Card(name, "a wish", CardKind.BUG, Column.IN_WORK, rank, 1, now, now)


def test_a_step_is_kept_and_the_order_is_by_phase_and_rank(store: SqlStore, opener: Opener) -> None:
    first, second, third = card(1, 2.0), put(card(2, 1.0), REVIEW), put(card(3, 3.0), REVIEW)
    done = put(card(4, 0.0), Column.DONE)
    for each in (first, second, third, done):
        store.add_card(each)
    other = opener.store()
    assert list(other.cards()) == [second, first, third, done]
    store.save_card(replace(put(third, Column.IN_WORK), rev=2), 1)
    assert other.card(third.id).place is Column.IN_WORK
    other.close()


def test_a_card_of_before_stands_in_one_of_the_four(store: SqlStore, opener: Opener) -> None:
    store.add_card(card(1, 1.0))
    ((body,),) = store._db.rows("SELECT body FROM card")
    old = json.loads(body)
    del old["step"]
    store._db.execute("UPDATE card SET body = ?", (json.dumps(old),))
    other = opener.store()
    assert list(other.cards()) == [card(1, 1.0)]
    other.close()
