"""How far a reader of the events has come: small texts by name, durable."""

from __future__ import annotations

from typing import Protocol


class Marks(Protocol):
    """Written inside of a transaction together with what was done up to there."""

    def mark(self, name: str) -> str:
        """What was saved last; empty before the first time."""
        ...

    def save_mark(self, name: str, text: str) -> None: ...
