"""The time of day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """Implements ports.runtime.Clock with this machine's clock."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Waits; cancel ends it at once."""
        await asyncio.sleep(seconds)
