"""What is known of what starts pipelines: one row for each, beside the configuration."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.source_state import SourceState
from devops_tui.stores.sql.journal import SqlJournal, dump, load

_KEY = "source of "


class SqlSources(SqlJournal):
    """Implements ports.store.SourceRows."""

    def source_state(self, pipeline: str) -> SourceState | None:
        row = self._db.row("SELECT value FROM meta WHERE key = ?", (f"{_KEY}{pipeline}",))
        return None if row is None else load(SourceState, row[0])

    def source_states(self) -> Sequence[SourceState]:
        return self._bodies(
            "SELECT value FROM meta WHERE substr(key, 1, ?) = ? ORDER BY key",
            SourceState,
            (len(_KEY), _KEY),
        )

    def save_source_state(self, state: SourceState) -> None:
        self._db.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (f"{_KEY}{state.pipeline}", dump(state)),
        )
