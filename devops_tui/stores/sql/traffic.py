"""Services and flips."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import FlipId, ServiceName
from devops_tui.domain.traffic import Flip, ServiceStatus
from devops_tui.stores.sql.journal import SqlJournal, dump, load


class SqlTraffic(SqlJournal):
    """Implements ports.store.Traffic."""

    def service_status(self, name: ServiceName) -> ServiceStatus:
        row = self._db.row("SELECT body FROM service WHERE name = ?", (name,))
        return load(ServiceStatus, row[0]) if row else ServiceStatus(name)

    def service_statuses(self) -> Sequence[ServiceStatus]:
        return self._bodies("SELECT body FROM service ORDER BY name", ServiceStatus)

    def save_service(self, status: ServiceStatus) -> None:
        self._db.execute(
            "INSERT INTO service (name, body) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET body = excluded.body",
            (status.name, dump(status)),
        )

    def add_flip(self, flip: Flip) -> None:
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO flip (id, service, seq, body) VALUES (?, ?, ?, ?)",
                (flip.id, flip.service, self._next("flip"), dump(flip)),
            )

    def save_flip(self, flip: Flip) -> None:
        changed = self._db.execute("UPDATE flip SET body = ? WHERE id = ?", (dump(flip), flip.id))
        if changed != 1:
            raise NotFound(f"no flip {flip.id}")

    def flip(self, flip_id: FlipId) -> Flip:
        row = self._db.row("SELECT body FROM flip WHERE id = ?", (flip_id,))
        if row is None:
            raise NotFound(f"no flip {flip_id}")
        return load(Flip, row[0])

    def flips(self, service: ServiceName | None = None, limit: int = 20) -> Sequence[Flip]:
        if service is None:
            return self._bodies("SELECT body FROM flip ORDER BY seq DESC LIMIT ?", Flip, (limit,))
        return self._bodies(
            "SELECT body FROM flip WHERE service = ? ORDER BY seq DESC LIMIT ?",
            Flip,
            (service, limit),
        )
