"""A store that the first version wrote: copied, brought forward, and gone on with."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from devops_tui.domain.ids import RunId, WorkerId
from devops_tui.domain.pipeline import Job, Plan, Run, Stage, StageKind, State
from devops_tui.domain.work import RunCommand
from devops_tui.stores.sql.journal import dump
from devops_tui.stores.sqlite.store import SqliteStore

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
RUN = Run(
    RunId("shop-1"),
    1,
    Plan("shop", (Stage("test", StageKind.TEST, (Job("unit", RunCommand("true")),)),)),
    State.RUNNING,
    NOW,
    "jun",
)


def first_store(path: Path) -> None:
    """As the first version left it, with an unfinished run."""
    script = (resources.files("devops_tui.stores.sqlite") / "schema" / "0001_first.sql").read_text()
    with sqlite3.connect(path) as raw:
        raw.executescript(script)
        raw.execute(
            "INSERT INTO run (id, pipeline, number, state, created_at, body) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (RUN.id, "shop", 1, RUN.state, NOW.isoformat(), dump(RUN)),
        )
        raw.execute(
            "INSERT INTO request (id, state, body) VALUES ('q-1', 'claimed', ?)",
            (
                '{"actor":"jun","args":{},"filed_at":"2026-03-02T09:30:00+00:00","id":"q-1",'
                '"state":"filed","subject":"shop","verb":"pipeline.run"}',
            ),
        )
        raw.execute("PRAGMA user_version=1")
    raw.close()


def test_a_store_of_the_first_schema_is_copied_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    first_store(path)
    store = SqliteStore.open(path)
    assert store.run(RUN.id) == RUN
    assert store.owner(RUN.id).owner == ""
    assert [r.id for r in store.orphaned_requests()] == ["q-1"]  # of a worker that nobody knows
    assert store.claim_run(RUN.id, WorkerId("w1")) == 1
    store.close()
    copy = tmp_path / "state.db.v1.bak"
    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(copy) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
        assert raw.execute("SELECT id, state FROM run").fetchall() == [("shop-1", "running")]
        columns = {row[1] for row in raw.execute("PRAGMA table_info(run)")}
        assert "owner" not in columns
    raw.close()
    SqliteStore.open(path).close()  # brought forward once, not again
    assert sorted(p.name for p in tmp_path.glob("*.bak")) == ["state.db.v1.bak"]
