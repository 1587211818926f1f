"""A server that restarts, a link that breaks, somebody in line: nothing happens twice."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from support.postgres import Postgres
from support.postgres_wire import Cut, Wire
from support.stores import Opener, wait_for

from devops_tui.domain.errors import (
    StoreError,
    StoreFull,
    StoreLocked,
    StoreUncertain,
    StoreUnreachable,
    StoreUnsupported,
)
from devops_tui.domain.event import Event
from devops_tui.stores.postgres import database, link
from devops_tui.stores.postgres.errors import ends_link, from_statement
from devops_tui.stores.postgres.place import place_of
from devops_tui.stores.postgres.store import PostgresStore
from devops_tui.stores.sqlite.frames import SqliteFrames
from devops_tui.stores.sqlite.store import SqliteStore

NOW = datetime(2026, 3, 1, 3, 12, 44, tzinfo=UTC)
pytestmark = [pytest.mark.real, pytest.mark.xdist_group("postgres")]


def an_event(why: str = "") -> Event:
    return Event("card.moved", "a", NOW, why=why)


def whys(url: str) -> list[str]:
    store = PostgresStore.open(url)
    found = [event.why for event in store.events(limit=100_000)]
    assert store.first_broken_event() is None
    store.close()
    return found


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.url


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    opened = PostgresStore.open(url)
    yield opened
    opened.close()


def test_reads_and_writes_go_on_after_a_restart(postgres: Postgres, store: PostgresStore) -> None:
    store.append(an_event())
    for end in (postgres.stop, postgres.crash):
        end()
        postgres.start()
        assert store.events()
        end()
        postgres.start()
        store.append(an_event())
    assert len(store.events()) == 3


def test_a_transaction_that_a_restart_broke_left_nothing(
    postgres: Postgres, store: PostgresStore, url: str
) -> None:
    with pytest.raises(StoreUnreachable), store.transaction():
        store.append(an_event("first"))
        postgres.stop()
        postgres.start()
        store.append(an_event("second"))
    with pytest.raises(StoreUnreachable, match="nothing was stored"), store.transaction():
        store.append(an_event("third"))
        postgres.stop()
        postgres.start()
        with suppress(StoreUnreachable):
            store.events()  # whoever ignores that must not write behind it
        store.append(an_event("fourth"))
    store.append(an_event("last"))
    assert whys(url) == ["last"]


def test_a_server_that_is_away_is_said_and_waited_for(
    postgres: Postgres, store: PostgresStore
) -> None:
    before = store.version()
    postgres.stop()
    try:
        wait_for(lambda: store.version() != before)  # readers are to look, and to see the error
        with pytest.raises(StoreUnreachable) as caught:
            store.cards()
        assert caught.value.is_retryable
        with pytest.raises(StoreUnreachable):
            store.append(an_event())
        before = store.version()
    finally:
        postgres.start()
    wait_for(lambda: store.version() != before)
    assert store.cards() == []


@pytest.fixture
def wire(postgres: Postgres) -> Iterator[Wire]:
    made = Wire(postgres.port)
    yield made
    made.stop()


@pytest.fixture
def through(wire: Wire, postgres: Postgres, url: str) -> Iterator[PostgresStore]:
    """The same schema, over the wire."""
    opened = PostgresStore.open(url.replace(f":{postgres.port}/", f":{wire.port}/"))
    yield opened
    opened.close()


def test_a_commit_whose_answer_was_lost_is_found(
    wire: Wire, through: PostgresStore, url: str
) -> None:
    wire.cut = Cut.AFTER
    assert through.append(an_event("once")).seq == 1
    assert wire.cut is Cut.NEVER
    through.append(an_event("then"))
    assert whys(url) == ["once", "then"]


def test_a_commit_that_never_arrived_was_not_stored(
    wire: Wire, through: PostgresStore, url: str
) -> None:
    wire.cut = Cut.BEFORE
    with pytest.raises(StoreUnreachable, match="before the change was stored"):
        through.append(an_event("lost"))
    assert wire.cut is Cut.NEVER
    through.append(an_event("then"))
    assert whys(url) == ["then"]


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
def test_a_commit_that_nobody_knows_of_is_said_and_can_be_asked(
    wire: Wire, through: PostgresStore, url: str, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SETTLE_S", 0.3)
    wire.cut, wire.closes_after_cut = cut, True
    with pytest.raises(StoreUncertain) as caught:
        through.append(an_event("perhaps"))
    assert not caught.value.is_retryable
    with pytest.raises(StoreUnreachable):
        caught.value.was_stored()
    wire.is_open = True
    answers: list[bool] = []

    def is_known() -> bool:
        with suppress(StoreUnreachable):
            answers.append(caught.value.was_stored())
        return bool(answers)

    wait_for(is_known)
    assert answers == [cut is Cut.AFTER]
    assert whys(url) == (["perhaps"] if cut is Cut.AFTER else [])


def test_somebody_in_line_is_waited_for_but_not_for_ever(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "LOCK_S", 1)
    first, second = PostgresStore.open(url), PostgresStore.open(url)
    with first.transaction():
        first.append(an_event("first"))
        with pytest.raises(StoreLocked):
            second.append(an_event("second"))
        assert second.events() == []  # readers wait for nobody
    second.append(an_event("second"))
    assert whys(url) == ["first", "second"]
    first.close()
    second.close()


def test_somebody_who_stopped_in_line_is_sent_away(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = PostgresStore.open(url)
    monkeypatch.setattr(link, "HELD_S", 1)
    stopped = PostgresStore.open(url)
    with pytest.raises(StoreUnreachable), stopped.transaction():
        stopped.append(an_event("half"))
        waiting.append(an_event("whole"))  # after a second the server ends the other's
        stopped.append(an_event("rest"))
    assert whys(url) == ["whole"]
    waiting.close()
    stopped.close()


APPENDS = 60


def _append_all(url: str, me: int, told: Path) -> None:
    """Each event once, by the promises of the errors alone."""
    store = _opened(url)
    outcomes: Counter[str] = Counter()
    for n in range(APPENDS):
        while True:
            try:
                store.append(an_event(f"{me}-{n}"))
            except (StoreUnreachable, StoreLocked):
                outcomes["nothing was stored"] += 1
                continue
            except StoreUncertain as error:
                if _ask(error, outcomes):
                    break
                continue
            outcomes["stored"] += 1
            break
    told.write_text(json.dumps(outcomes))


def _opened(url: str) -> PostgresStore:
    while True:
        with suppress(StoreUnreachable):
            return PostgresStore.open(url)


def _ask(error: StoreUncertain, outcomes: Counter[str]) -> bool:
    while True:
        with suppress(StoreUnreachable, StoreLocked):
            is_stored = error.was_stored()
            outcomes["asked"] += 1
            return is_stored


def test_a_server_that_crashes_again_and_again_loses_and_doubles_nothing(
    postgres: Postgres, url: str, tmp_path: Path
) -> None:
    PostgresStore.open(url).close()
    context = multiprocessing.get_context("fork")
    children = [
        context.Process(target=_append_all, args=(url, n, tmp_path / f"{n}.json")) for n in range(4)
    ]
    for child in children:
        child.start()
    seen = 0
    for _ in range(4):
        seen = _wait_for_more(url, seen + 20)
        postgres.crash()
        postgres.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0] * 4
    assert sorted(whys(url)) == sorted(f"{me}-{n}" for me in range(4) for n in range(APPENDS))
    broken = [json.loads((tmp_path / f"{n}.json").read_text()) for n in range(4)]
    assert any(one.get("nothing was stored") for one in broken), "no crash met anybody at work"


def _wait_for_more(url: str, count: int) -> int:
    store = PostgresStore.open(url)
    wait_for(lambda: len(store.events(limit=100_000)) >= count)
    store.close()
    return count


@pytest.mark.parametrize("part", ["schema", "schema_frames"])
def test_both_stores_have_the_same_tables_and_columns(url: str, tmp_path: Path, part: str) -> None:
    opener = Opener(tmp_path, url)
    if part == "schema":
        SqliteStore.open(tmp_path / "state.db").close()
        opener.store().close()
        file, own = "state.db", {"writer", "schema_version"}
    else:
        SqliteFrames(tmp_path / "metrics.db").close()
        opener.frames().close()
        file, own = "metrics.db", {"schema_version"}
    with sqlite3.connect(tmp_path / file) as raw:
        here = raw.execute(
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c "
            "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        ).fetchall()
    raw.close()
    there = opener.by_hand(
        "SELECT table_name::text, column_name::text FROM information_schema.columns "
        "WHERE table_schema = current_schema()"
    )
    assert sorted(row for row in there if row[0] not in own) == sorted(here)


def test_a_url_that_is_none_is_refused_without_repeating_it() -> None:
    for bad in (
        "postgresql://h/d?sesame=1",
        "postgresql://h/d?schema=a;b",
        "postgresql://me:sesame@127.0.0.1:1/d",
        "postgresql://h:sesame/d",
    ):
        with pytest.raises(StoreError) as caught:
            PostgresStore.open(bad)
        assert "sesame" not in str(caught.value)
    place = place_of("postgresql://me:sesame@db.example.com/shop?schema=team_a&sslmode=require")
    assert place.schema == "team_a"
    assert place.shown == "db.example.com/shop"
    assert place.conninfo.endswith("?sslmode=require")


def test_who_is_not_let_in_is_told_so(postgres: Postgres) -> None:
    with pytest.raises(StoreError, match="does not let us in") as caught:
        PostgresStore.open(postgres.address.replace("postgres@", "nobody@"))
    assert not caught.value.is_retryable


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (psycopg.errors.DiskFull, StoreFull),
        (psycopg.errors.LockNotAvailable, StoreLocked),
        (psycopg.errors.QueryCanceled, StoreLocked),
        (psycopg.errors.ReadOnlySqlTransaction, StoreUnsupported),
    ],
)
def test_errors_are_the_store_s_own(error: type[psycopg.Error], meaning: type[StoreError]) -> None:
    assert type(from_statement(error("x"), "db/shop", is_lost=False)) is meaning


def test_a_farewell_of_the_server_is_the_end_of_the_link(postgres: Postgres) -> None:
    with psycopg.connect(postgres.address) as open_link:
        for farewell in (psycopg.errors.AdminShutdown, psycopg.errors.CrashShutdown):
            assert ends_link(farewell("x"), open_link)
        assert not ends_link(psycopg.errors.UniqueViolation("x"), open_link)
    assert ends_link(psycopg.errors.UniqueViolation("x"), open_link)


def test_without_a_team_s_store_the_driver_is_not_loaded() -> None:
    script = (
        "import sys, devops_tui.bootstrap.session, devops_tui.stores.sqlite.store; "
        "print('psycopg' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"
