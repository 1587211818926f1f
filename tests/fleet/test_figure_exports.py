"""Figures in other programs' stores are the figures that we have: real ones take them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fleet_doubles import ManualClock
from support.figure_stores import FigureStore, prometheus, victoria_metrics
from support.sshd import free_port

from devops_tui.domain.errors import NotTold
from devops_tui.domain.export import Credentials, Export, Series
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.integrations.remote_write import RemoteWrite, packed, write_request
from devops_tui.services.figure_queue import KEPT, FigureQueue
from devops_tui.services.scrape import ScrapeServer
from devops_tui.worker.export_duty import ExportDuty

HOSTS: dict[str, Host] = {
    "web-1": Host(HostName("web-1"), groups=("web", 'odd "group"\\')),
    "web-2": Host(HostName("web-2")),
}
SAMPLE = Sample(
    uptime_s=5.0, cpu_ratio=0.123456789012, mem_ratio=0.5, load_1m=1.25, cores=2, failed_units=3.0
)


def frames(at: datetime) -> tuple[Frame, ...]:
    other = replace(SAMPLE, cpu_ratio=0.375, failed_units=None)
    return (
        Frame(HostName("web-1"), LinkState.LIVE, at, SAMPLE),
        Frame(HostName("web-2"), LinkState.LIVE, at, other),
    )


class Sink:
    """Remembers what was sent, or refuses it."""

    def __init__(self) -> None:
        self.sent: list[Sequence[Series]] = []
        self.refusal: NotTold | None = None

    async def send(self, url: str, series: Sequence[Series], who: Credentials) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.sent.append(series)


async def http(port: int, request: bytes) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return (await reader.read()).decode()
    finally:
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """An export that serves two hosts with figures of now."""
    clock = ManualClock()
    duty = ExportDuty(clock, clock.monotonic, lambda: frames(datetime.now(UTC)), None)
    port = free_port()
    duty.follow(Export(port=port), HOSTS)
    await duty.turn()
    try:
        yield port
    finally:
        await duty.close()


@pytest.mark.real
async def test_prometheus_scrapes_what_we_know(tmp_path: Path) -> None:
    async with serving() as port:
        with prometheus(tmp_path / "p", port) as store:
            await store.until(
                "devops_tui_host_cpu_ratio", {"web-1": 0.123456789012, "web-2": 0.375}
            )
            await store.until("devops_tui_host_failed_units", {"web-1": 3.0})
            await store.until(
                'devops_tui_host_load{groups="web,odd \\"group\\"\\\\"}', {"web-1": 1.25}
            )
            await store.until("devops_tui_host_up", {"web-1": 1.0, "web-2": 1.0})


@pytest.mark.real
@pytest.mark.parametrize("start", [prometheus, victoria_metrics])
async def test_real_stores_take_our_remote_write(
    tmp_path: Path, start: Callable[[Path], AbstractContextManager[FigureStore]]
) -> None:
    clock = ManualClock()
    now = datetime.now(UTC)
    many = {f"h-{n}": Host(HostName(f"h-{n}")) for n in range(300)}
    with start(tmp_path / "store") as store:
        sink = RemoteWrite()
        duty = ExportDuty(clock, clock.monotonic, tuple, sink)
        duty.follow(Export(write_url=store.write_url, write_every_s=0.1), {**HOSTS, **many})
        duty.take(frames(now - timedelta(seconds=2)))
        duty.take(
            [Frame(host.name, LinkState.LIVE, now, replace(SAMPLE, load_1m=float(n)))
             for n, host in enumerate(many.values())]
        )  # fmt: skip

        async def keep_sending() -> None:
            while True:
                clock.elapsed_s = (
                    datetime.now(UTC) - clock.now()
                ).total_seconds() + clock.elapsed_s
                await duty.turn()
                await asyncio.sleep(0.1)

        sending = asyncio.create_task(keep_sending())
        try:
            await store.until(
                'devops_tui_host_cpu_ratio{host=~"web.*"}',
                {"web-1": 0.123456789012, "web-2": 0.375},
            )
            await store.until(
                'devops_tui_host_load{host=~"h-.*"}', {f"h-{n}": float(n) for n in range(300)}
            )
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


async def test_an_unknowing_reader_gets_the_older_text() -> None:
    async with serving() as port:
        answer = await http(port, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        head, _, body = answer.partition("\r\n\r\n")
        assert "text/plain; version=0.0.4" in head
        assert "# EOF" not in body
        (row,) = [
            r for r in body.splitlines() if r.startswith("devops_tui_host_load") and "web-2" in r
        ]
        assert row.split()[-1].isdecimal()  # whole milliseconds
        modern = await http(
            port, b"GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text\r\n\r\n"
        )
        assert modern.endswith("# EOF\n")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [("GET / HTTP/1.1", 404), ("POST /metrics HTTP/1.1", 405), ("\x00\x01", 405)],
)
async def test_nothing_else_is_served(request_line: str, status: int) -> None:
    async with serving() as port:
        answer = await http(port, f"{request_line}\r\n\r\n".encode())
        assert answer.startswith(f"HTTP/1.1 {status} ")


async def test_a_head_without_end_is_given_up() -> None:
    async with serving() as port:
        assert await http(port, b"GET /" + b"a" * (1 << 16)) == ""
        assert (await http(port, b"GET /metrics HTTP/1.1\r\n\r\n")).startswith("HTTP/1.1 200 ")


async def test_a_port_that_is_taken_is_tried_again_and_nothing_is_served_unasked() -> None:
    clock = ManualClock()
    other = ScrapeServer(lambda _: ("text/plain", "other"))
    port = await other.open("127.0.0.1", 0)
    duty = ExportDuty(clock, clock.monotonic, tuple, None)
    await duty.turn()  # off: nothing happens
    duty.follow(Export(port=port), HOSTS)
    await duty.turn()
    await other.close()
    await duty.turn()
    with pytest.raises(ConnectionRefusedError):
        await http(port, b"GET /metrics HTTP/1.1\r\n\r\n")
    clock.elapsed_s += 60
    await duty.turn()
    assert "200 OK" in await http(port, b"GET /metrics HTTP/1.1\r\n\r\n")
    duty.follow(Export(), HOSTS)
    await duty.turn()
    with pytest.raises(ConnectionRefusedError):
        await http(port, b"GET /metrics HTTP/1.1\r\n\r\n")
    await duty.close()


async def test_what_is_not_taken_waits_for_five_minutes() -> None:
    clock, sink = ManualClock(), Sink()
    duty = ExportDuty(clock, clock.monotonic, tuple, sink)
    duty.follow(Export(write_url="http://127.0.0.1:1/w", write_every_s=10), HOSTS)
    sink.refusal = NotTold("nobody there")
    duty.take(frames(clock.now()))
    await duty.turn()
    clock.elapsed_s += 60
    duty.take(frames(clock.now()))
    sink.refusal = None
    await duty.turn()
    (sent,) = sink.sent
    cpu = [s for s in sent if s.labels[0][1] == "devops_tui_host_cpu_ratio"]
    assert [len(s.points) for s in cpu] == [2, 2]
    sink.refusal = NotTold("nobody there")
    clock.elapsed_s += 60
    duty.take(frames(clock.now()))
    await duty.turn()
    clock.elapsed_s += KEPT.total_seconds() + 1
    sink.refusal = None
    await duty.turn()
    assert len(sink.sent) == 1  # too old by now


def test_a_sample_waits_once_and_only_while_it_is_live() -> None:
    queue = FigureQueue()
    at = datetime(2026, 3, 1, tzinfo=UTC)
    queue.take(frames(at))
    queue.take(frames(at))
    queue.take([replace(f, link=LinkState.STALE, at=at + timedelta(1)) for f in frames(at)])
    assert len(queue) == 2


def test_the_bytes_of_a_message() -> None:
    series = Series((("__name__", "up"), ("host", "a")), ((300, 1.0),))
    assert write_request([series]) == (
        b"\x0a\x29\x0a\x0e\x0a\x08__name__\x12\x02up\x0a\x09\x0a\x04host\x12\x01a"
        b"\x12\x0c\x09\x00\x00\x00\x00\x00\x00\xf0\x3f\x10\xac\x02"
    )
    assert packed(b"abc") == b"\x03\xf4\x02\x00abc"
    assert packed(b"") == b"\x00"
    big = packed(bytes(70_000))
    assert big[:6] == b"\xf0\xa2\x04\xf4\xff\xff"
    assert len(big) == 70_000 + 3 + 6
