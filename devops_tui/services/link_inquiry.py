"""Finds out why a host that was asked says nothing, while its silence is still short."""

from __future__ import annotations

import asyncio
import contextlib

from devops_tui.ports.pulse import HasPulse, Pulse
from devops_tui.ports.transport import Transport

_SHARE = 0.8
"""Of an interval: the verdict is there when the third one is over."""
_SHORTEST_S = 0.3

WHYS = {
    Pulse.ANSWERED: "its SSH server answers, the probe on the host hangs",
    Pulse.TAKEN: "the host takes packets, its SSH server says nothing: it is frozen",
    Pulse.LOST: "no packet comes back: the link is cut, or the host is down",
    Pulse.UNKNOWN: "the host does not answer",
}


class LinkInquiry:
    """One host's; asks once a silence."""

    def __init__(self) -> None:
        self._asking: asyncio.Task[None] | None = None
        self._found = Pulse.UNKNOWN

    @property
    def why(self) -> str:
        """What is known of the silence, in one line."""
        return WHYS[self._found]

    @property
    def blames_link(self) -> bool:
        """Whether nothing comes over the link at all: another session on it is no use."""
        return self._found in (Pulse.TAKEN, Pulse.LOST)

    def begin(self, transport: Transport, interval_s: float) -> None:
        """Asks the link, unless that is under way or done; never blocks."""
        if self._asking is None and isinstance(transport, HasPulse):
            timeout_s = max(_SHORTEST_S, _SHARE * interval_s)
            self._asking = asyncio.create_task(self._ask(transport, timeout_s))

    def forget(self) -> None:
        """The host said something: the next silence is another one."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
            self._found = Pulse.UNKNOWN

    async def end(self) -> None:
        """Gives up what is still under way; `why` stays."""
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking

    async def _ask(self, transport: HasPulse, timeout_s: float) -> None:
        self._found = await transport.pulse(timeout_s)
