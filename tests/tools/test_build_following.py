"""A build is asked for once, whatever gets lost on the way, and followed to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from support.clocks import StillClock

from devops_tui.domain.errors import CommandLost, NotFound, Refused, ToolRefused, ToolSilent
from devops_tui.domain.tool_build import BuildOrder, BuildThere, LogPiece, Stage, is_mark
from devops_tui.services.tools.builds import APPEAR_S, STOP_S, BuildFollowing, Telling

ORDER = BuildOrder("shop/build", "shop-3.build.1.local.5f3a2c1b")
QUEUED = BuildThere(Stage.QUEUED, "7")
RUNNING = BuildThere(Stage.RUNNING, "12", "#12")
WELL = BuildThere(Stage.SUCCEEDED, "12", "#12", "SUCCESS")
BAD = BuildThere(Stage.FAILED, "12", "#12", "FAILURE")

Said = BuildThere | ToolSilent | None


@dataclass
class Server:
    """Implements BuildServer by what it is to say, one after the other; the last stays.

    Attributes:
        found, looks: What `find` and `look` say.
        heard: What `start` does with the order; the finds of after it begin then.
    """

    found: list[Said] = field(default_factory=lambda: [None, RUNNING])
    looks: list[Said] = field(default_factory=lambda: [WELL])
    refusal: Exception | None = None
    heard: Exception | None = None
    pieces: list[LogPiece | ToolSilent] = field(default_factory=list)
    ends_when_stopped: bool = True
    starts: int = 0
    stops: int = 0

    async def check(self, order: BuildOrder) -> None:
        if self.refusal is not None:
            raise self.refusal

    async def find(self, order: BuildOrder) -> BuildThere | None:
        return self._next(self.found)

    async def look(self, order: BuildOrder, there: BuildThere) -> BuildThere | None:
        return self._next(self.looks)

    async def start(self, order: BuildOrder) -> None:
        self.starts += 1
        if self.heard is not None:
            raise self.heard

    async def read_log(self, there: BuildThere) -> LogPiece:
        piece = self.pieces.pop(0) if self.pieces else LogPiece(b"", is_all=True)
        if isinstance(piece, ToolSilent):
            raise piece
        return piece

    async def stop(self, order: BuildOrder, there: BuildThere) -> None:
        self.stops += 1
        if self.ends_when_stopped:
            self.found = [BAD]

    @staticmethod
    def _next(said: list[Said]) -> BuildThere | None:
        now = said.pop(0) if len(said) > 1 else said[0]
        if isinstance(now, ToolSilent):
            raise now
        return now


@dataclass
class Heard:
    """What was told."""

    log: bytes = b""
    notes: list[str] = field(default_factory=list)
    asked: int = 0

    def take(self, piece: bytes) -> None:
        self.log += piece

    def count(self) -> None:
        self.asked += 1


def following(server: Server, heard: Heard, clock: StillClock | None = None) -> BuildFollowing:
    telling = Telling(heard.take, heard.notes.append)
    return BuildFollowing(server, ORDER, clock or StillClock(), telling, heard.count)


async def test_a_build_is_begun_followed_and_its_log_told() -> None:
    server = Server(
        found=[None, QUEUED],
        looks=[QUEUED, RUNNING, RUNNING, WELL],
        pieces=[
            LogPiece(b"one\n", is_all=False),
            LogPiece(b"two\n", is_all=True),
            LogPiece(b"three\n", is_all=True),
            LogPiece(b"four\n", is_all=True),
        ],
    )
    heard = Heard()
    assert await following(server, heard).see_through() == WELL
    assert (server.starts, heard.asked) == (1, 1)
    assert heard.log == b"one\ntwo\nthree\nfour\n"
    assert heard.notes == ["is #12"]


async def test_one_that_is_there_is_followed_and_not_begun_again() -> None:
    server, heard = Server(found=[RUNNING], looks=[BAD]), Heard()
    assert await following(server, heard).see_through() == BAD
    assert (server.starts, heard.asked) == (0, 1)
    assert heard.notes[0] == "follows #12 again"


@pytest.mark.parametrize(
    "lost", [ToolSilent("no answer"), ToolRefused("504", "", 504), ToolRefused("408", "", 408)]
)
async def test_an_answer_that_got_lost_is_no_second_build(lost: Exception) -> None:
    late: list[Said] = [None, None, ToolSilent("away"), None, RUNNING]
    server, heard = Server(found=late, heard=lost), Heard()
    assert await following(server, heard).see_through() == WELL
    assert server.starts == 1
    assert "looks whether it began all the same" in heard.notes[0]


async def test_what_never_shows_is_lost_and_not_begun_again() -> None:
    clock = StillClock()
    began = clock.now()
    server = Server(found=[None], heard=ToolSilent("no answer"))
    with pytest.raises(CommandLost, match="nobody knows whether the build began"):
        await following(server, Heard(), clock).see_through()
    assert server.starts == 1
    assert (clock.now() - began).total_seconds() >= APPEAR_S


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
async def test_a_no_of_the_server_is_told_at_once(status: int) -> None:
    server = Server(heard=ToolRefused(f"answers {status}", "ask", status))
    with pytest.raises(Refused, match=f"answers {status}"):
        await following(server, Heard()).see_through()


@pytest.mark.parametrize("no", [NotFound("no job"), Refused("no parameter"), ToolSilent("away")])
async def test_nothing_is_asked_for_before_it_is_known_to_be_right(no: Exception) -> None:
    server, heard = Server(refusal=no), Heard()
    with pytest.raises(type(no)):
        await following(server, heard).see_through()
    assert (server.starts, heard.asked) == (0, 0)


async def test_where_nothing_can_be_asked_nothing_is_begun() -> None:
    server = Server(found=[ToolSilent("away")])
    with pytest.raises(ToolSilent):
        await following(server, Heard()).see_through()
    assert server.starts == 0


async def test_a_server_that_is_away_while_it_builds_is_waited_for() -> None:
    away: list[Said] = [ToolSilent("away")] * 500
    server, heard = Server(looks=[RUNNING, *away, RUNNING, WELL]), Heard()
    assert await following(server, heard).see_through() == WELL
    assert heard.notes == ["is #12", "away; asks again", "answers again"]


async def test_a_log_that_cannot_be_read_ends_nothing() -> None:
    broken: list[LogPiece | ToolSilent] = [ToolSilent("away")] * 50
    server, heard = Server(looks=[RUNNING, WELL], pieces=broken), Heard()
    assert await following(server, heard).see_through() == WELL
    assert heard.notes[-1] == "the rest of its log could not be read; it is there"


async def test_what_leaves_the_queue_unbuilt_has_failed_and_what_vanishes_is_lost() -> None:
    server = Server(found=[None, QUEUED], looks=[QUEUED, None])
    ended = await following(server, Heard()).see_through()
    assert (ended.stage, ended.says) == (Stage.FAILED, "left the queue, and was not built")
    server = Server(looks=[RUNNING, None])
    with pytest.raises(CommandLost, match="#12 is not there any more"):
        await following(server, Heard()).see_through()


async def test_a_moment_between_queue_and_build_is_none() -> None:
    server = Server(found=[None, QUEUED], looks=[None, None, RUNNING, None, WELL])
    assert await following(server, Heard()).see_through() == WELL


@pytest.mark.parametrize("there", [QUEUED, RUNNING])
async def test_it_is_stopped_wherever_it_is(there: BuildThere) -> None:
    server = Server(found=[there])
    assert await following(server, Heard()).stop() == BAD
    assert server.stops == 1


async def test_one_that_shows_late_is_stopped_too() -> None:
    late: list[Said] = [*[None] * 8, RUNNING]
    server = Server(found=late)
    assert await following(server, Heard()).stop() == BAD


async def test_where_there_is_none_there_is_nothing_to_stop() -> None:
    server = Server(found=[None])
    assert await following(server, Heard()).stop() is None
    assert server.stops == 0


@pytest.mark.parametrize(
    ("server", "why"),
    [
        (lambda: Server(found=[RUNNING], ends_when_stopped=False), "#12 was stopped"),
        (lambda: Server(found=[ToolSilent("it is away")]), "it is away"),
    ],
)
async def test_one_that_does_not_end_is_lost(server: Callable[[], Server], why: str) -> None:
    clock = StillClock()
    began = clock.now()
    with pytest.raises(CommandLost, match=why):
        await following(server(), Heard(), clock).stop()
    assert (clock.now() - began).total_seconds() >= STOP_S


async def test_cancelled_it_leaves_the_build_alone() -> None:
    server = Server(looks=[RUNNING])
    task = asyncio.ensure_future(following(server, Heard()).see_through())
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (server.starts, server.stops) == (1, 0)


@pytest.mark.parametrize(
    "text", ["", "short", "a b c d e f", "[shop]-1234", "-rf-------", "x" * 300]
)
def test_what_is_no_mark(text: str) -> None:
    assert not is_mark(text)
    assert is_mark(ORDER.mark)
