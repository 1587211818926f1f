"""The configuration as the worker compiled it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from devops_tui.domain.codec import decode, encode
from devops_tui.domain.errors import Mistake
from devops_tui.domain.workspace import Workspace
from devops_tui.stores.sql.journal import SqlJournal, dump, load


class SqlSettings(SqlJournal):
    """Implements ports.store.Settings."""

    _known: tuple[str, Workspace] | None = None  # decoding 1,000 hosts costs 20 ms

    def workspace(self) -> Workspace | None:
        body = self._meta("workspace")
        if not body:
            return None
        if self._known is None or self._known[0] != body:
            self._known = (body, load(Workspace, body))
        return self._known[1]

    def workspace_mistakes(self) -> Sequence[Mistake]:
        body = self._meta("mistakes")
        return [decode(Mistake, item) for item in json.loads(body)] if body else []

    def workspace_hash(self) -> str:
        return self._meta("workspace hash")

    def save_workspace(
        self, workspace: Workspace | None, mistakes: Sequence[Mistake], file_hash: str
    ) -> None:
        with self._db.transaction():
            if workspace is not None:
                self._put("workspace", dump(workspace))
            self._put("mistakes", json.dumps([encode(m) for m in mistakes]))
            self._put("workspace hash", file_hash)

    def _meta(self, key: str) -> str:
        row = self._db.row("SELECT value FROM meta WHERE key = ?", (key,))
        return str(row[0]) if row else ""

    def _put(self, key: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )
