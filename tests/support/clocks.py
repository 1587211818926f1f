"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class StillClock:
    """Implements ports.runtime.Clock; `sleep` moves the time and yields once."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime(2026, 3, 1, 3, 12, 44, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.move(seconds)
        await asyncio.sleep(0)

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
