"""How full a host's disks are: a slow question, asked rarely and beside the figures."""

from __future__ import annotations

import asyncio
import logging
from typing import NoReturn

from devops_tui.domain.errors import CommandError, HostError
from devops_tui.domain.file_system import DISK_SCRIPT, FileSystem, fullest_of
from devops_tui.ports.transport import Transport
from devops_tui.services.live_frame import LiveFrame
from devops_tui.services.watch import DISK_EVERY_S, WatchTools

ANSWER_S = 10.0
LIMIT_BYTES = 1 << 16

log = logging.getLogger(__name__)


async def follow_disks(transport: Transport, live: LiveFrame, tools: WatchTools) -> NoReturn:
    """Asks once a minute, one question at a time, until cancelled.

    A host that does not answer in time has a file system that hangs: how full its disks
    are is unknown then, until it answers again.
    """
    await tools.clock.sleep(tools.chance.uniform(0.2, 2.0))  # not all hosts at once
    while True:
        live.know_fullest(await _ask(transport))
        await tools.clock.sleep(DISK_EVERY_S * tools.chance.uniform(0.9, 1.1))


async def _ask(transport: Transport) -> FileSystem | None:
    try:
        async with asyncio.timeout(ANSWER_S + 5.0):
            answer = await transport.run(DISK_SCRIPT, timeout_s=ANSWER_S, limit_bytes=LIMIT_BYTES)
    except (HostError, CommandError, OSError, TimeoutError) as error:
        log.info("%s: no answer about its disks: %s", transport.host, error)
        return None
    return fullest_of(answer.stdout)
