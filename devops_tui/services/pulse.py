"""Wakes whoever waits for the store to change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

POLL_S = 0.04


class Pulse:
    """Beats when another process, or this one, committed to the store.

    A look costs microseconds, so it looks 25 times a second and a wish, an approval or
    a cancel is seen after 40 ms at the most; twice as often costs a percent of a core.
    """

    def __init__(self, version: Callable[[], int]) -> None:
        self._version = version
        self._seen = -1
        self._event = asyncio.Event()

    async def wait(self) -> None:
        """Returns at the next change; many may wait."""
        await self._event.wait()

    async def beat(self) -> None:
        """Looks for changes until cancelled."""
        while True:
            version = self._version()
            if version != self._seen:
                self._seen = version
                event, self._event = self._event, asyncio.Event()
                event.set()
            await asyncio.sleep(POLL_S)
