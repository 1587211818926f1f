"""Notices that the process that started this one is gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator

from devops_tui.ports.runtime import Clock

LOOK_S = 0.25


async def wait_for_parent_end(parent_pid: int, stdin_fd: int, clock: Clock) -> None:
    """Returns within LOOK_S seconds after the parent died.

    Its end of our stdin closed, or we have another parent: either sign alone may fail,
    since another child may hold the pipe open, and stdin need not be a pipe.

    Args:
        parent_pid: As the parent told it, so that an early death is seen too.
        stdin_fd: Where the parent's pipe is; what cannot be waited for is ignored.
        clock: Paces the looks.
    """
    ended = asyncio.Event()
    with _at_end_of(stdin_fd, ended):
        while os.getppid() == parent_pid and not ended.is_set():
            await clock.sleep(LOOK_S)


@contextlib.contextmanager
def _at_end_of(fd: int, ended: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def read() -> None:
        try:
            data = os.read(fd, 1024)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            loop.remove_reader(fd)
            ended.set()

    try:
        loop.add_reader(fd, read)
    except (OSError, ValueError):  # a file or /dev/null: never readable in this sense
        yield
        return
    try:
        yield
    finally:
        loop.remove_reader(fd)
