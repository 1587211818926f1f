"""One host over SSH: keeps a probe session open and its frame fresh."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import NoReturn

from devops_tui.domain.errors import DevopsError, HostError, HostUnreachable
from devops_tui.domain.fleet import Host, LinkState
from devops_tui.ports.transport import Links, Session, Transport
from devops_tui.services.link_inquiry import LinkInquiry
from devops_tui.services.live_frame import LiveFrame
from devops_tui.services.patience import Patience, link_state_of
from devops_tui.services.probe_talk import ProbeTalk
from devops_tui.services.slow_watch import SlowWatch
from devops_tui.services.watch import UNSEEN_S, WatchTools

OPEN_S = 45.0  # the transport's own limits end sooner; this is for a link that hangs
DROP_S = 5.0
STEADY_RECORDS = 10


class NoFigures(HostError):
    """The host was reached and cannot say its figures: a retry alone does not help."""


class Silent(HostUnreachable):
    """The link stands and nothing comes over it."""


class HostWatch:
    """Follows one host: `beat` asks and notices silence, `follow` keeps the session.

    Without an answer for three intervals the frame is STALE, and says whether the probe, the
    SSH server or the link is to blame; a little later the session is opened anew, and when
    that one is silent as well, the link.
    """

    def __init__(
        self, host: Host, links: Links, live: LiveFrame, tools: WatchTools, slow: SlowWatch
    ) -> None:
        self._host = host
        self._slow = slow
        self._links = links
        self._live = live
        self._tools = tools
        self._patience = Patience(tools.chance)
        self._phase = tools.chance.random()
        self._interval_s = UNSEEN_S
        self._talk: ProbeTalk | None = None
        self._session: Session | None = None
        self._give_up = asyncio.Event()
        self._is_link_suspect = False
        self._inquiry = LinkInquiry()

    @property
    def live(self) -> LiveFrame:
        """The frame of the host."""
        return self._live

    @property
    def slow(self) -> SlowWatch:
        """What is asked beside the figures."""
        return self._slow

    def set_interval(self, interval_s: float) -> None:
        """How often the host is asked from now on; hosts stay spread over the interval."""
        if interval_s == self._interval_s:
            return
        self._interval_s = interval_s
        if self._talk is not None:
            self._talk.ask_from(self._tools.monotonic() + self._phase * interval_s)

    def beat(self, now_s: float) -> None:
        """Asks when it is time, and notices silence; costs next to nothing."""
        talk, session = self._talk, self._session
        if talk is None or session is None:
            return
        if talk.records:
            self._slow.beat(now_s)
        if talk.is_due(now_s):
            # A link that is gone ends the session, and with it follow's wait.
            with contextlib.suppress(HostUnreachable):
                session.write(talk.ask(now_s, self._interval_s))
        elif not talk.is_waiting:
            return
        elif talk.is_silent(now_s, self._interval_s):
            self._give_up.set()
        elif talk.is_late(now_s, self._interval_s):
            self._live.mark(LinkState.STALE, talk.complaint or self._inquiry.why)
        elif talk.is_suspect(now_s, self._interval_s):
            self._inquiry.begin(self._links.to(self._host.name), self._interval_s)

    async def follow(self) -> None:
        """Keeps a session open until cancelled, with patience between attempts."""
        while True:
            try:
                await self._follow_session()
            except (DevopsError, OSError) as error:
                wait_s = self._patience.wait_s(error)
                retry_at = self._tools.clock.now() + timedelta(seconds=wait_s)
                title = error.title if isinstance(error, DevopsError) else str(error)
                self._live.mark(self._link_state(error), title, retry_at)
            await self._tools.clock.sleep(wait_s)

    def _link_state(self, error: Exception) -> LinkState:
        was_live = self._live.frame.link in (LinkState.LIVE, LinkState.STALE)
        if isinstance(error, Silent) and was_live:
            return LinkState.STALE
        return link_state_of(error)

    async def _follow_session(self) -> NoReturn:
        """Opens one session and raises the reason of its end."""
        transport = self._links.to(self._host.name)
        talk, session = await self._open(transport)
        closed = asyncio.create_task(session.wait_closed())
        silent = asyncio.create_task(self._give_up.wait())
        self._slow.begin(transport)
        try:
            await asyncio.wait((closed, silent), return_when=asyncio.FIRST_COMPLETED)
            if not closed.done():
                await self._suspect_link(transport)
            raise _reason_of_end(talk, closed, self._inquiry.why)
        finally:
            self._talk = self._session = None
            session.close()
            for task in (closed, silent):
                task.cancel()
            ends = (self._slow.end(), self._inquiry.end())
            await asyncio.gather(closed, silent, *ends, return_exceptions=True)

    async def _open(self, transport: Transport) -> tuple[ProbeTalk, Session]:
        mark = self._tools.new_mark()
        talk = ProbeTalk(mark, self._tools.monotonic())
        script = self._tools.script(self._host.scope, mark)
        self._live.forget_counters()
        self._give_up.clear()
        try:
            async with asyncio.timeout(OPEN_S):
                session = await transport.session(script, lambda data: self._hear(talk, data))
        except TimeoutError:
            await _drop(transport)
            raise HostUnreachable(f"no session within {OPEN_S:.0f} s") from None
        talk.begin(self._tools.monotonic())
        self._talk, self._session = talk, session
        return talk, session

    def _hear(self, talk: ProbeTalk, data: bytes) -> None:
        for counters in talk.hear(data, self._tools.monotonic()):
            self._is_link_suspect = False
            self._inquiry.forget()
            self._live.take(counters)
        if talk.records >= STEADY_RECORDS:
            self._patience.succeed()

    async def _suspect_link(self, transport: Transport) -> None:
        """Takes the link down: at the second silent session in a row, or where it is dead."""
        if self._is_link_suspect or self._inquiry.blames_link:
            await _drop(transport)
            self._is_link_suspect = False
        else:
            self._is_link_suspect = True


async def _drop(transport: Transport) -> None:
    with contextlib.suppress(HostError, OSError, TimeoutError):
        async with asyncio.timeout(DROP_S):
            await transport.close()


def _reason_of_end(talk: ProbeTalk, closed: asyncio.Task[int | None], silence: str) -> Exception:
    if talk.refusal:
        return NoFigures(talk.refusal)
    if not closed.done():
        return Silent(talk.complaint or silence)
    error = closed.exception()
    if error is not None:
        return error if isinstance(error, Exception) else HostUnreachable(str(error))
    code = closed.result()
    if code is None:
        return HostUnreachable("the link was lost")
    return HostUnreachable(f"the probe ended with exit code {code}")
