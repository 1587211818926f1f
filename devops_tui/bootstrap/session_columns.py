"""The part of an operator's session that is about the columns of the fleet's table."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.ports.store import Store

_MARK = "fleet.columns:"


class ColumnSession:
    """Implements ports.front_columns.ColumnFront; base of Session."""

    _actor: str
    _store: Store

    def fleet_columns(self) -> Sequence[str]:
        """The columns that the operator chose."""
        return tuple(self._store.mark(_MARK + self._actor).split())

    def keep_fleet_columns(self, names: Sequence[str]) -> None:
        """Keeps them for this operator."""
        with self._store.transaction():
            self._store.save_mark(_MARK + self._actor, " ".join(names))
