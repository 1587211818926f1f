"""Removals wait for no disk; whatever else is written does, as before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.postgres import Postgres

from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.errors import LeaseLost
from devops_tui.domain.ids import RunId, WorkerId
from devops_tui.stores.postgres.store import PostgresStore
from devops_tui.stores.sql.database import Database
from devops_tui.stores.sql.fenced import FencedDatabase
from devops_tui.stores.sqlite.store import SqliteStore

FULL, NORMAL = 2, 1


def level(database: Database) -> int:
    row = database.row("PRAGMA synchronous")
    assert row is not None
    return int(row[0])


def test_a_file_is_flushed_again_by_the_next_one(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "state.db")
    database = store._db
    assert level(database) == FULL
    with database.lazy_transaction():
        assert level(database) == NORMAL
    assert level(database) == FULL
    with pytest.raises(ZeroDivisionError), database.lazy_transaction():
        raise ZeroDivisionError
    assert level(database) == FULL
    with database.transaction(), database.lazy_transaction():
        assert level(database) == FULL  # what stands around it must last
    store.drop_run(RunId("shop-1"))
    assert level(database) == FULL
    store.close()


def test_what_went_wrong_inside_leaves_nothing(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "state.db")
    put = "INSERT INTO holding (digest, body) VALUES ('sha256:a', '{}')"
    with pytest.raises(ZeroDivisionError), store._db.lazy_transaction():
        store._db.execute(put)
        raise ZeroDivisionError
    assert store._db.rows("SELECT * FROM holding") == []
    with store._db.lazy_transaction():
        store._db.execute(put)
    assert len(store._db.rows("SELECT * FROM holding")) == 1
    store.close()


def test_who_was_taken_over_removes_nothing(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "state.db")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    worker = Worker(WorkerId("w-gone"), "ops-1", 7, "1", WorkerState.WORKING, now, now)
    store.save_worker(worker)
    assert store.fence_worker(worker.id)
    fenced = FencedDatabase(store._db, worker.id, lambda: None)
    with pytest.raises(LeaseLost), fenced.lazy_transaction():
        pytest.fail("it may not come so far")
    store.close()


@pytest.mark.real
@pytest.mark.xdist_group("postgres")
def test_a_team_s_store_waits_for_no_disk_inside_only(postgres: Postgres) -> None:
    store = PostgresStore.open(postgres.url)
    shown = "SHOW synchronous_commit"
    assert store._db.rows(shown) == [("on",)]
    with store._db.lazy_transaction():
        assert store._db.rows(shown) == [("off",)]
    assert store._db.rows(shown) == [("on",)]
    with store._db.transaction(), store._db.lazy_transaction():
        assert store._db.rows(shown) == [("on",)]
    store.close()
