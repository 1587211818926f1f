"""The load that judges a flip: what it writes down, and how it is counted."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from devops_tui.demo import busy
from devops_tui.demo.evidence import tally
from devops_tui.demo.load import CLIENTS, Asked, ask_until, read_asked


def at(second: float) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def asked(begun: float, colour: str = "green", status: int = 200) -> Asked:
    return Asked("kept", begun, begun + 0.01, status, colour)


def test_counts_what_began_inside() -> None:
    found = tally(
        [asked(0.5), asked(1.5, "blue"), asked(2.5, status=503), asked(9.5)],
        since=at(1),
        over_at=at(2),
        until=at(9),
        old_colour="blue",
    )
    assert (found.requests, found.failed, found.late) == (2, 1, 0)
    assert found.first_errors == ("kept: 503",)


def test_an_old_answer_is_late_only_when_it_was_asked_for_after_the_change() -> None:
    slow = Asked("slow", 1.9, 2.6, 200, "blue")
    late = Asked("kept", 2.1, 2.11, 200, "blue")
    for one, count in ((slow, 0), (late, 1)):
        assert tally([one], at(1), at(2), at(9), "blue").late == count


def test_half_a_line_is_not_read(tmp_path: Path) -> None:
    out = tmp_path / "load.tsv"
    assert read_asked(out) == ()
    out.write_text(asked(1).encode() + asked(2).encode()[:9])
    assert read_asked(out) == (asked(1),)


@given(
    st.builds(
        Asked,
        kind=st.sampled_from(["kept", "slow"]),
        begun=st.floats(0, 2e9),
        ended=st.floats(0, 2e9),
        status=st.integers(0, 599),
        colour=st.sampled_from(["", "blue"]),
        error=st.text(),
    )
)
def test_one_request_is_one_line(one: Asked) -> None:
    line = one.encode()
    assert line.count("\n") == 1
    assert line.count("\t") == 5


async def test_asks_in_every_way_and_writes_failures_down() -> None:
    seen: list[Asked] = []
    stop = asyncio.Event()

    def write(one: Asked) -> None:
        seen.append(one)
        kinds = {(a.kind, a.is_good) for a in seen}
        if kinds >= {("kept", True), ("one-shot", True), ("slow", False)}:
            stop.set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b"":
            status = b"500 No" if b"/slow" in head else b"200 OK"
            body = json.dumps({}).encode()
            writer.write(
                b"HTTP/1.1 %s\r\nX-Colour: blue\r\nContent-Length: %d\r\n\r\n%s"
                % (status, len(body), body)
            )
            await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        await ask_until(stop, port, write)
    assert {a.colour for a in seen} == {"blue"}
    assert len(seen) >= len(CLIENTS)


async def test_no_answer_is_a_request_that_failed() -> None:
    stop = asyncio.Event()
    seen: list[Asked] = []
    server = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()

    def write(one: Asked) -> None:
        seen.append(one)
        stop.set()

    await ask_until(stop, port, write)
    assert seen
    assert not any(one.is_good for one in seen)
    assert {one.error for one in seen} == {"connection refused"}


def test_the_batch_job_burns_no_more_than_its_share() -> None:
    used = busy.burn(duty=0.3, window_s=0.2)
    assert 0 < used < 0.2


def test_the_batch_job_rests_while_nobody_looks(tmp_path: Path) -> None:
    mark = tmp_path / "looked-at"
    assert not busy.is_looked_at(mark)
    mark.touch()
    assert busy.is_looked_at(mark)
