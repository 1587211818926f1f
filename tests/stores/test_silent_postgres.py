"""A database behind a network that swallows everything: nobody stands still for long."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from support.black_hole import BlackHole, black_hole
from support.postgres import Postgres
from support.stores import wait_for

from devops_tui.domain.errors import StoreUncertain, StoreUnreachable
from devops_tui.stores.postgres.database import Part, PostgresDatabase
from devops_tui.stores.postgres.link import PROMPT
from devops_tui.stores.postgres.place import place_of
from devops_tui.stores.postgres.store import PostgresStore

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("postgres")]

ONCE_S = PROMPT.answer_s + 1.5
"""What the first call may take on a busy machine."""

AT_ONCE_S = 0.5


@pytest.fixture
def hole(postgres: Postgres) -> Iterator[BlackHole]:
    with black_hole(postgres.port) as made:
        yield made


@pytest.fixture
def store(postgres: Postgres, hole: BlackHole) -> Iterator[PostgresStore]:
    url = postgres.url.replace(f":{postgres.port}/", f":{hole.port}/")
    opened = PostgresStore.open(url, is_prompt=True)
    yield opened
    hole.let_go()
    opened.close()


def seconds_of(store: PostgresStore) -> float:
    """How long a read stands still until it is refused."""
    began = time.monotonic()
    with pytest.raises(StoreUnreachable, match=r"does not answer since \d\d:\d\d:\d\d UTC"):
        store.mark("x")
    return time.monotonic() - began


def test_a_call_is_refused_soon_and_the_next_ones_at_once(
    store: PostgresStore, hole: BlackHole
) -> None:
    store.save_mark("x", "before")
    hole.swallow()
    assert seconds_of(store) < ONCE_S
    # until now the hole takes a new link as well, whose connecting never ends
    taken = [seconds_of(store) for _ in range(20)]
    assert max(taken) < AT_ONCE_S
    began = time.monotonic()
    assert store.version() >= 0
    assert time.monotonic() - began < AT_ONCE_S


def test_it_goes_on_by_itself_when_the_network_is_back(
    store: PostgresStore, hole: BlackHole
) -> None:
    store.save_mark("x", "before")
    hole.swallow()
    assert seconds_of(store) < ONCE_S
    version = store.version()
    hole.let_go()
    wait_for(lambda: is_back(store), 20)
    assert store.version() > version  # whoever watches it reads again
    store.save_mark("x", "after")
    assert store.mark("x") == "after"


def test_a_change_whose_answer_is_swallowed_is_never_guessed(
    store: PostgresStore, hole: BlackHole
) -> None:
    store.save_mark("x", "before")
    with pytest.raises(StoreUncertain) as uncertain, store.transaction():
        store.save_mark("x", "during")
        hole.swallow()
        began = time.monotonic()
    assert time.monotonic() - began < ONCE_S  # it does not wait to settle what nobody tells
    hole.let_go()
    wait_for(lambda: is_back(store), 20)
    assert store.mark("x") == ("during" if uncertain.value.was_stored() else "before")


def test_a_slow_answer_is_no_silence_for_ever(postgres: Postgres) -> None:
    """A server that needs longer than we wait gets more time at the next try."""
    part = Part("store", "schema", is_durable=True)
    database = PostgresDatabase(place_of(postgres.url), part, PROMPT)
    taken = []
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(StoreUnreachable):
            database.rows("SELECT pg_sleep(60)")
        taken.append(time.monotonic() - began)
        wait_for(lambda: is_back(database), 20)
    database.close()
    assert taken[1] > taken[0] + PROMPT.answer_s / 2


def is_back(store: PostgresStore | PostgresDatabase) -> bool:
    try:
        _ = store.mark("x") if isinstance(store, PostgresStore) else store.row("SELECT 1")
    except StoreUnreachable:
        return False
    return True
