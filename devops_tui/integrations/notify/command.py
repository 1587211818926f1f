"""A program of this machine, without a shell; the facts are on its standard input."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import suppress

from devops_tui.domain.codec import encode
from devops_tui.domain.errors import NotTold
from devops_tui.domain.notice import one_line
from devops_tui.domain.notify import CommandWay, Message

TIMEOUT_S = 30.0

_PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR")


class CommandSender:
    """The program gets no secret of the worker: few of its variables are passed on."""

    def __init__(self, way: CommandWay, timeout_s: float = TIMEOUT_S) -> None:
        self._way = way
        self._timeout_s = timeout_s

    async def send(self, message: Message) -> None:
        """See ports.notify.Sender; exit code 0 means taken."""
        name = self._way.argv[0]
        facts = {**encode(message), "title": message.title, "severity": message.severity.value}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._way.argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                cwd=self._way.folder or None,
                env={k: v for k in _PASSED_ON if (v := os.environ.get(k)) is not None},
                start_new_session=True,
            )
        except OSError as error:
            raise NotTold(f"{name} cannot be started: {error.strerror}", "Look at it.") from None
        try:
            async with asyncio.timeout(self._timeout_s):
                _, said = await process.communicate(json.dumps(facts).encode() + b"\n")
        except TimeoutError:
            raise NotTold(f"{name} was ended after {self._timeout_s:.0f} s") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # also what it left behind
            await process.wait()
        if process.returncode != 0:
            words = one_line(said[:1000].decode("utf-8", "replace"), 200)
            raise NotTold(f"{name} ended with {process.returncode}{f': {words}' if words else ''}")
