"""How an operator wants the fleet's table; part of ports.front.Front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class ColumnFront(Protocol):
    """Calls are synchronous and belong to one thread; all may raise DevopsError."""

    def fleet_columns(self) -> Sequence[str]:
        """The columns that the operator chose; empty for the usual ones."""
        ...

    def keep_fleet_columns(self, names: Sequence[str]) -> None:
        """Keeps them for this operator, on every screen of the workspace; none forgets them."""
        ...
