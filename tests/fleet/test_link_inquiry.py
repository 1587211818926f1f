"""What is asked when a host falls silent, how often, and what a verdict says."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest
from fleet_doubles import FakeTransport, ManualClock, settle

from devops_tui.domain.ids import HostName
from devops_tui.ports.pulse import Pulse
from devops_tui.services.link_inquiry import WHYS, LinkInquiry
from devops_tui.transports.local import LocalTransport
from devops_tui.transports.pulse import of_unacknowledged, unacknowledged


class Pulsing(FakeTransport):
    """Says what it is told to say of its link, when it is told to."""

    def __init__(self) -> None:
        super().__init__(HostName("web-1"), ManualClock())
        self.asked: list[float] = []
        self.verdict: asyncio.Future[Pulse] = asyncio.get_running_loop().create_future()

    async def pulse(self, timeout_s: float) -> Pulse:
        self.asked.append(timeout_s)
        return await self.verdict


@pytest.mark.parametrize("pulse", list(Pulse))
async def test_a_silence_is_asked_about_once_and_called_by_its_name(pulse: Pulse) -> None:
    inquiry, link = LinkInquiry(), Pulsing()
    for _ in range(3):
        inquiry.begin(link, 1.0)
        await settle()
    assert link.asked == [0.8]
    assert inquiry.why == WHYS[Pulse.UNKNOWN]
    link.verdict.set_result(pulse)
    await settle()
    assert inquiry.why == WHYS[pulse]
    inquiry.begin(link, 1.0)
    await settle()
    assert len(link.asked) == 1
    await inquiry.end()
    assert inquiry.why == WHYS[pulse]  # the reason of the session's end is read after it


async def test_an_answer_ends_the_inquiry_and_the_next_silence_has_its_own() -> None:
    inquiry, link = LinkInquiry(), Pulsing()
    inquiry.begin(link, 5.0)
    await settle()
    inquiry.forget()
    await settle()
    assert link.verdict.cancelled()
    link.verdict = asyncio.get_running_loop().create_future()
    inquiry.begin(link, 0.1)
    await settle()
    assert link.asked == [4.0, 0.3]
    await inquiry.end()


async def test_a_link_that_cannot_tell_leaves_it_open() -> None:
    inquiry = LinkInquiry()
    inquiry.begin(LocalTransport(), 1.0)  # has no pulse
    assert inquiry.why == "the host does not answer"
    await inquiry.end()


@pytest.mark.skipif(sys.platform != "linux", reason="TCP tells what is on its way on Linux")
async def test_tcp_tells_what_arrived_from_what_did_not() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # as little as there is
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        with socket.socket() as ours:
            ours.connect(listener.getsockname())
            theirs, _ = listener.accept()
            with theirs:
                ours.send(b"read by nobody, taken by the system")
                for _ in range(1000):
                    if not unacknowledged(ours.fileno()):
                        break
                    await asyncio.sleep(0.01)
                assert of_unacknowledged(unacknowledged(ours.fileno())) is Pulse.TAKEN
                ours.setblocking(False)
                with pytest.raises(BlockingIOError):
                    while True:
                        ours.send(bytes(1 << 16))
                assert of_unacknowledged(unacknowledged(ours.fileno())) is Pulse.LOST
    assert of_unacknowledged(None) is Pulse.UNKNOWN
