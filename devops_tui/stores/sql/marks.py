"""How far readers of the events have come."""

from __future__ import annotations

from devops_tui.stores.sql.journal import SqlJournal

_PREFIX = "mark:"


class SqlMarks(SqlJournal):
    """Implements ports.marks.Marks."""

    def mark(self, name: str) -> str:
        row = self._db.row("SELECT value FROM meta WHERE key = ?", (_PREFIX + name,))
        return str(row[0]) if row else ""

    def save_mark(self, name: str, text: str) -> None:
        self._db.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (_PREFIX + name, text),
        )
