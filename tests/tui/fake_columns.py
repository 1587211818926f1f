"""The part of the double that is about columns."""

from __future__ import annotations

from collections.abc import Sequence


class FakeColumns:
    """Keeps what was chosen."""

    columns: tuple[str, ...] = ()

    def fleet_columns(self) -> Sequence[str]:
        return self.columns

    def keep_fleet_columns(self, names: Sequence[str]) -> None:
        self.columns = tuple(names)
