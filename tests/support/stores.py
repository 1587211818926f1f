"""Opens a workspace's store on SQLite or PostgreSQL; tests take both in turn."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devops_tui.stores.sql.frames import SqlFrames
from devops_tui.stores.sql.store import SqlStore

PATIENCE_S = 20.0


@dataclass(frozen=True)
class Opener:
    """One workspace's place, for any number of connections and processes.

    Attributes:
        folder: Of the SQLite files.
        url: Of the PostgreSQL schema; empty means SQLite.
    """

    folder: Path
    url: str = ""

    def store(self) -> SqlStore:
        """A connection to the durable store."""
        if self.url:
            from devops_tui.stores.postgres.store import PostgresStore

            return PostgresStore.open(self.url)
        from devops_tui.stores.sqlite.store import SqliteStore

        return SqliteStore.open(self.folder / "state.db")

    def frames(self) -> SqlFrames:
        """A connection to the live figures."""
        if self.url:
            from devops_tui.stores.postgres.frames import PostgresFrames

            return PostgresFrames(self.url)
        from devops_tui.stores.sqlite.frames import SqliteFrames

        return SqliteFrames(self.folder / "metrics.db")

    def by_hand(self, statement: str, file: str = "state.db") -> list[tuple[object, ...]]:
        """What somebody does to the rows behind the store's back, in SQLite to those of `file`."""
        if self.url:
            import psycopg

            address, _, schema = self.url.partition("?schema=")
            with psycopg.connect(address, autocommit=True) as link:
                link.execute(f"SET search_path TO {schema}".encode())
                done = link.execute(statement.encode())
                return done.fetchall() if done.description else []
        raw = sqlite3.connect(self.folder / file)
        try:
            found: list[tuple[object, ...]] = raw.execute(statement).fetchall()
            raw.commit()
        finally:
            raw.close()
        return found

    def pretend_newer(self, file: str = "state.db") -> None:
        """Makes the store one that a later version wrote."""
        if self.url:
            self.by_hand("UPDATE schema_version SET version = 99")
        else:
            self.by_hand("PRAGMA user_version=99", file)


def wait_for(is_so: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Looks until something is so; fails the test when it never is."""
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be so"
