"""Keeps the collector alive as a child of the worker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
GRACE_S = 5.0

log = logging.getLogger(__name__)


class CollectorKeeper:
    """Starts a collector and starts it again when it dies, less often each time.

    Its stdin is a pipe whose end tells it that the worker is gone, kill -9 included.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = list(argv)

    async def keep(self) -> None:
        """Keeps one collector until cancelled, then ends it."""
        pause_s = FIRST_PAUSE_S
        loop = asyncio.get_running_loop()
        while True:
            process = await asyncio.create_subprocess_exec(
                *self._argv, stdin=asyncio.subprocess.PIPE
            )
            started = loop.time()
            try:
                code = await process.wait()
            except asyncio.CancelledError:
                await _end(process)
                raise
            if loop.time() - started > LONGEST_PAUSE_S:
                pause_s = FIRST_PAUSE_S
            log.warning("the collector ended with %s, starting it again in %.0f s", code, pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), GRACE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
