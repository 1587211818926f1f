"""This machine: no link to lose, the same frame."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import NoReturn

from devops_tui.domain.fleet import LinkState
from devops_tui.ports.transport import Transport
from devops_tui.services.live_frame import LiveFrame
from devops_tui.services.slow_watch import SlowWatch
from devops_tui.services.watch import DISK_EVERY_S, FIRST_S, UNSEEN_S, WatchTools

log = logging.getLogger(__name__)


class MachineWatch:
    """Reads this machine's figures at each interval, its disks once a minute."""

    def __init__(
        self, live: LiveFrame, tools: WatchTools, slow: SlowWatch, transport: Transport
    ) -> None:
        self._live = live
        self._slow = slow
        self._transport = transport
        self._tools = tools
        self._interval_s = UNSEEN_S
        self._due_s = tools.monotonic()
        self._is_first = True

    @property
    def live(self) -> LiveFrame:
        """The frame of this machine."""
        return self._live

    @property
    def slow(self) -> SlowWatch:
        """What is asked beside the figures."""
        return self._slow

    def set_interval(self, interval_s: float) -> None:
        """How often figures are read from now on, in seconds."""
        self._interval_s = interval_s
        self._due_s = min(self._due_s, self._tools.monotonic() + interval_s)

    def beat(self, now_s: float) -> None:
        """Reads when it is time; a millisecond or two then."""
        self._slow.beat(now_s)
        if now_s < self._due_s:
            return
        self._due_s = now_s + min(self._interval_s, FIRST_S if self._is_first else math.inf)
        self._is_first = False
        try:
            self._live.take(self._tools.this_machine.counters())
        except OSError as error:
            self._live.mark(LinkState.UNREACHABLE, f"no figures: {error}")

    async def follow(self) -> None:
        """Asks for the disks until cancelled; a sick one holds up nothing but itself."""
        self._slow.begin(self._transport)
        try:
            await self._follow_disks()
        finally:
            await self._slow.end()

    async def _follow_disks(self) -> NoReturn:
        while True:
            try:
                self._live.know_fullest(await asyncio.to_thread(self._tools.this_machine.fullest))
            except OSError as error:
                log.info("this machine does not say how full its disks are: %s", error)
                self._live.know_fullest(None)
            await self._tools.clock.sleep(DISK_EVERY_S)
