"""The whole store of one workspace in one SQLite file."""

from __future__ import annotations

from pathlib import Path

from devops_tui.stores.sqlite.cards import SqliteCards
from devops_tui.stores.sqlite.connection import Connection
from devops_tui.stores.sqlite.desk import SqliteDesk
from devops_tui.stores.sqlite.incidents import SqliteIncidents
from devops_tui.stores.sqlite.logs import SqliteLogs
from devops_tui.stores.sqlite.runs import SqliteRuns
from devops_tui.stores.sqlite.settings import SqliteSettings
from devops_tui.stores.sqlite.traffic import SqliteTraffic


class SqliteStore(
    SqliteRuns,
    SqliteLogs,
    SqliteTraffic,
    SqliteCards,
    SqliteIncidents,
    SqliteDesk,
    SqliteSettings,
):
    """Implements ports.store.Store; belongs to the thread that opened it.

    Durable: WAL and synchronous=FULL, a committed write survives a power cut.
    """

    @classmethod
    def open(cls, path: Path) -> SqliteStore:
        """Opens or makes the file; see Connection for what may be raised."""
        return cls(Connection(path, synchronous="FULL", schema="schema"))
