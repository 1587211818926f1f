"""One long-lived question-and-answer session with the jobctl of a host.

All followers of a host share it, so that a hundred quiet commands cost one channel and no
new login shells. A tick comes from us, so back-pressure is free, and the remote loop ends
by itself when the link does.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from devops_tui.domain.errors import CommandFailed, DevopsError, HostUnreachable
from devops_tui.ports.transport import Session, TaskStatus, Transport
from devops_tui.transports import jobctl_words as words

_Reply = tuple[TaskStatus, bytes]
_FORGOTTEN_S = 20.0


class Console:
    """Asks; answers come back in the order of the questions.

    Args:
        transport: The host.
        spool: Where jobctl and its tasks lie there.
        answer_s: A session that is silent for longer is closed: the link hangs.
        idle_s: An unused session is closed after this time.
    """

    def __init__(
        self, transport: Transport, spool: str, *, answer_s: float = 30.0, idle_s: float = 10.0
    ) -> None:
        self._transport = transport
        self._script = f'{words.preamble(spool)}exec sh "$jobctl" serve'
        self._answer_s = answer_s
        self._idle_s = idle_s
        self._asking = 0
        self._owed_since: float | None = None
        self._tried_at = 0.0
        self._opening = asyncio.Lock()
        self._talk: _Talk | None = None
        self._closer: asyncio.TimerHandle | None = None

    async def ask(self, name: str, offset: int, most: int) -> _Reply:
        """Where a task stands, and up to `most` bytes of its output from `offset`.

        Cancel: the answer is read and dropped.

        Raises:
            HostError: There is no link, or it broke; asking again does no harm.
        """
        return await self._say(f"{name} {offset} {most}\n")

    async def stop(self, name: str, grace_s: int) -> TaskStatus:
        """Has a task ended on the host, and returns at once: where it stands is asked.

        The grace runs there, so that a link that breaks now does not end it early.

        Raises:
            HostError: As `ask`; whether it was told is unknown, telling again does no harm.
        """
        status, _ = await self._say(f"{name} stop {grace_s}\n")
        return status

    async def _say(self, line: str) -> _Reply:
        self._begin_to_owe()
        try:
            return await self._ask(line.encode())
        except asyncio.CancelledError:
            self._owed_since = None if self._asking == 1 else self._owed_since
            raise
        finally:
            self._asking -= 1

    @property
    def silent_s(self) -> float | None:
        """Seconds for which the host owes an answer; None when it owes none.

        A link that is being opened again counts on.
        """
        return None if self._owed_since is None else time.monotonic() - self._owed_since

    async def _ask(self, question: bytes) -> _Reply:
        talk = await self._open()
        self._stay()
        reply = talk.ask(question)
        try:
            # not wait_for: before Python 3.12 that swallows a cancel that comes with the answer
            async with asyncio.timeout(self._answer_s):
                found = await reply
        except TimeoutError as error:
            talk.close()
            raise HostUnreachable(
                f"{self._transport.host} does not answer any more", "The link is opened again."
            ) from error
        self._owed_since = time.monotonic() if talk.is_waiting else None
        return found

    def _begin_to_owe(self) -> None:
        now = time.monotonic()
        if not self._asking and now - self._tried_at > _FORGOTTEN_S:
            self._owed_since = None  # nobody asks again what was owed then
        if self._owed_since is None:
            self._owed_since = now
        self._tried_at = now
        self._asking += 1

    def _hear(self) -> None:
        if self._owed_since is not None:
            self._owed_since = time.monotonic()

    def close(self) -> None:
        """Ends the session; the next question opens another one."""
        if self._closer is not None:
            self._closer.cancel()
            self._closer = None
        if self._talk is not None:
            self._talk.close()
            self._talk = None

    async def _open(self) -> _Talk:
        async with self._opening:
            if self._talk is None or self._talk.is_over:
                talk = _Talk(self._transport.host, self._hear)
                talk.begin(await self._transport.session(self._script, talk.on_data))
                self._talk = talk
            return self._talk

    def _stay(self) -> None:
        if self._closer is not None:
            self._closer.cancel()
        self._closer = asyncio.get_running_loop().call_later(self._idle_s, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self._talk is not None and self._talk.is_waiting:
            self._stay()
        else:
            self.close()


class _Talk:
    """One session: pairs answers with questions."""

    def __init__(self, host: str, heard: Callable[[], None]) -> None:
        self._host = host
        self._heard = heard
        self._pending: deque[asyncio.Future[_Reply]] = deque()
        self._received = bytearray()
        self._answer: words.Answer | None = None
        self._session: Session | None = None
        self._watch: asyncio.Task[None] | None = None
        self.is_over = False

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._pending)

    def begin(self, session: Session) -> None:
        self._session = session
        self._watch = asyncio.get_running_loop().create_task(self._wait_closed(session))

    def ask(self, line: bytes) -> asyncio.Future[_Reply]:
        reply: asyncio.Future[_Reply] = asyncio.get_running_loop().create_future()
        if self._session is None or self.is_over:
            reply.set_exception(self._broken())
            return reply
        self._session.write(line)
        self._pending.append(reply)
        return reply

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
        self._end(self._broken())

    def on_data(self, data: bytes) -> None:
        self._heard()
        self._received += data
        try:
            while self._take_one():
                pass
        except DevopsError as error:
            self._end(error)
            self.close()

    def _take_one(self) -> bool:
        if self._answer is None:
            line, newline, rest = self._received.partition(b"\n")
            if not newline:
                return False
            self._answer = words.read_answer(bytes(line))
            self._received = rest
        length = self._answer.length
        if len(self._received) < length + bool(length):  # a line break behind the bytes
            return False
        data = bytes(self._received[:length])
        del self._received[: length + bool(length)]
        status, self._answer = self._answer.status, None
        if self._pending and not (reply := self._pending.popleft()).done():
            reply.set_result((status, data))
        return True

    async def _wait_closed(self, session: Session) -> None:
        try:
            code = await session.wait_closed()
        except DevopsError as error:
            self._end(error)
        else:
            self._end(self._broken() if code != words.UNUSABLE else self._unusable())

    def _unusable(self) -> CommandFailed:
        what = f"{self._host}: the spool cannot be used"
        return CommandFailed(what, words.UNUSABLE, words.UNUSABLE_HINT)

    def _broken(self) -> HostUnreachable:
        return HostUnreachable(f"the link to {self._host} broke", "It is opened again.")

    def _end(self, error: DevopsError) -> None:
        self.is_over = True
        while self._pending:
            if not (reply := self._pending.popleft()).done():
                reply.set_exception(error)
