"""What every store promises of what is still to be done after an end."""

from __future__ import annotations

import pytest

from devops_tui.domain.follow_up import FollowUp
from devops_tui.domain.ids import JobId, RunId
from devops_tui.ports.store import Store

RUN, UNIT = RunId("shop-1"), JobId("test/unit")


def test_what_is_owed_stands_in_the_order_of_the_ends(store: Store) -> None:
    store.owe(RUN, UNIT)
    store.owe(RUN)
    assert list(store.owed()) == [FollowUp(RUN, UNIT), FollowUp(RUN)]
    store.settle(RUN, UNIT)
    assert list(store.owed()) == [FollowUp(RUN)]


def test_only_the_first_is_told(store: Store) -> None:
    store.owe(RUN, UNIT)
    assert [store.tell(RUN, UNIT), store.tell(RUN, UNIT)] == [True, False]
    assert list(store.owed()) == [FollowUp(RUN, UNIT, is_told=True)]


def test_telling_is_undone_with_its_transaction(store: Store) -> None:
    store.owe(RUN, UNIT)
    with pytest.raises(ZeroDivisionError), store.transaction():
        assert store.tell(RUN, UNIT)
        raise ZeroDivisionError
    assert store.tell(RUN, UNIT)


def test_an_end_that_nothing_is_owed_for_is_always_told(store: Store) -> None:
    assert [store.tell(RUN), store.tell(RUN)] == [True, True]
    assert store.owed() == []


def test_a_second_end_of_the_same_job_is_owed_again(store: Store) -> None:
    store.owe(RUN, UNIT)
    assert store.tell(RUN, UNIT)
    store.owe(RUN, UNIT)
    assert list(store.owed()) == [FollowUp(RUN, UNIT)]
