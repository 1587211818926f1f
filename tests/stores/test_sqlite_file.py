"""What only the store in a file promises: privacy, and a copy before its schema changes."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devops_tui.domain.board import Card, CardKind, Column
from devops_tui.domain.errors import StoreError
from devops_tui.domain.ids import CardId
from devops_tui.stores.sqlite.store import SqliteStore

NOW = datetime(2026, 3, 1, 3, 12, 44, tzinfo=UTC)
CARD = Card(CardId("SHOP-1"), "x", CardKind.BUG, Column.BACKLOG, 1.0, 1, NOW, NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "state.db"


def test_the_files_are_private(path: Path) -> None:
    store = SqliteStore.open(path)
    store.add_card(CARD)
    modes = {p.name: p.stat().st_mode & 0o777 for p in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700
    store.close()


def test_an_older_file_is_copied_and_brought_forward(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore.open(path)
    store.add_card(CARD)
    store.close()
    steps = tmp_path / "steps" / "schema"
    steps.mkdir(parents=True)
    with sqlite3.connect(path) as raw:
        (had,) = raw.execute("PRAGMA user_version").fetchone()
    raw.close()
    for number in range(had + 1):
        (steps / f"{number + 1:04}_step.sql").write_text("CREATE TABLE later (x TEXT);\n")
    monkeypatch.setattr("devops_tui.stores.sqlite.connection.STEPS", steps.parent)
    SqliteStore.open(path).close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (had + 1,)
        assert raw.execute("SELECT count(*) FROM later").fetchone() == (0,)
    raw.close()
    copy = path.with_name(f"state.db.v{had}.bak")
    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(copy) as raw:
        assert raw.execute("SELECT id FROM card").fetchall() == [("SHOP-1",)]
    raw.close()


def test_what_is_no_database_is_said(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreError, match="cannot be used"):
        SqliteStore.open(path)
