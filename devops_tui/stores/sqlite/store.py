"""The whole store of one workspace in one SQLite file."""

from __future__ import annotations

from pathlib import Path

from devops_tui.stores.sql.store import SqlStore
from devops_tui.stores.sqlite.connection import BUSY_S, Connection


class SqliteStore(SqlStore):
    """Implements ports.store.Store; belongs to the thread that opened it.

    Durable: WAL and synchronous=FULL, a committed write survives a power cut.
    """

    @classmethod
    def open(cls, path: Path, busy_s: float = BUSY_S) -> SqliteStore:
        """Opens or makes the file; see Connection for `busy_s` and what may be raised."""
        return cls(Connection(path, synchronous="FULL", schema="schema", busy_s=busy_s))
