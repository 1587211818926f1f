"""Charts read back from real stores are those of our own file; who we are is said secretly."""

from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.figure_stores import FigureStore, prometheus, victoria_metrics

from devops_tui.bootstrap.paths import WorkspacePaths, paths_of
from devops_tui.bootstrap.session import Session
from devops_tui.domain.errors import NotFound, NotTold
from devops_tui.domain.export import Credentials, FigureSource
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.history import Bucket, HostHistory
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.domain.workspace import Workspace
from devops_tui.integrations.prometheus_history import PrometheusHistory
from devops_tui.integrations.remote_write import RemoteWrite
from devops_tui.services.figure_queue import FigureQueue
from devops_tui.services.history import HistoryRecorder
from devops_tui.stores.sqlite.history import SqliteHistory
from devops_tui.stores.sqlite.store import SqliteStore

WEB = HostName('we"b\\1')  # quoting is part of it
METRICS = ("cpu", "memory", "load", "steal")


class Vault:
    """Knows what a test wrote into it."""

    def __init__(self, **known: str) -> None:
        self._known = known

    async def resolve(self, reference: str) -> str:
        try:
            return self._known[reference.removeprefix("env:")]
        except KeyError:
            raise NotFound(f"no {reference}") from None


def recorded(start: datetime) -> list[Frame]:
    """Ten minutes of a host, with a hole of three; a sample every five seconds."""
    made = []
    for second in range(2, 600, 5):
        if 240 <= second < 420:
            continue
        sample = Sample(second, (second % 97) / 100, 0.5, second / 4, 2)
        made.append(Frame(WEB, LinkState.LIVE, start + timedelta(seconds=second), sample))
    return made


@pytest.mark.real
@pytest.mark.parametrize("run", [prometheus, victoria_metrics])
async def test_the_same_chart_comes_back(
    tmp_path: Path, run: Callable[[Path], AbstractContextManager[FigureStore]]
) -> None:
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=5)
    start = end - timedelta(minutes=10)
    frames = recorded(start)
    own = SqliteHistory(tmp_path / "history.db")
    recorder = HistoryRecorder()
    for frame in frames:
        recorder.take([frame])
    own.save_blocks(recorder.rest())
    expected = own.read(WEB, METRICS, start, end, 20)
    own.close()
    with run(tmp_path / "store") as store:
        queue = FigureQueue()
        for frame in frames:
            queue.take([frame])
        series, _ = queue.series({"web": Host(WEB)}, len(frames))
        reader = PrometheusHistory(FigureSource(f"http://127.0.0.1:{store.port}"), None)

        async def fill() -> HostHistory:
            await RemoteWrite().send(store.write_url, series)
            return await asyncio.to_thread(reader.read, WEB, METRICS, start, end, 20)

        found = await until_up(fill)
    assert found.series["steal"] == (None,) * 20
    for name in ("cpu", "memory", "load"):
        assert [b is None for b in found.series[name]] == [b is None for b in expected.series[name]]
        for ours, theirs in zip(expected.series[name], found.series[name], strict=True):
            if ours is not None and theirs is not None:
                near = pytest.approx((ours.lowest, ours.mean, ours.highest), rel=1e-6)
                assert (theirs.lowest, theirs.mean, theirs.highest) == near


async def until_up(fill: Callable[[], Awaitable[HostHistory]]) -> HostHistory:
    """A server that has just begun refuses, or does not show all, for a while."""
    deadline = time.monotonic() + 60
    found: HostHistory | NotTold | None = None
    while time.monotonic() < deadline:
        try:
            found = await fill()
        except NotTold as error:
            found = error
        else:
            if found.series["load"].count(None) == 6:
                return found
        await asyncio.sleep(0.2)
    pytest.fail(f"it never has all: {found}")


@contextmanager
def server(status: int, body: bytes, hold: threading.Event | None = None) -> Iterator[list[str]]:
    """Answers everything alike; the list has its URL first, then what each asked with."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            seen.append(self.headers.get("Authorization", ""))
            if hold is not None:
                hold.wait(30)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    seen = [f"http://127.0.0.1:{made.server_address[1]}"]
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        if hold is not None:
            hold.set()
        made.shutdown()
        made.server_close()
        thread.join(10)


BASIC = "Basic " + base64.b64encode(b"ops:hunter2").decode()


@pytest.mark.parametrize(
    ("who", "header"),
    [
        (Credentials(), ""),
        (Credentials("ops", "env:PW"), BASIC),
        (Credentials(token="env:PW"), "Bearer hunter2"),
    ],
)
async def test_who_we_are_is_said_in_a_header(who: Credentials, header: str) -> None:
    with server(204, b"") as seen:
        await RemoteWrite(Vault(PW="hunter2")).send(f"{seen[0]}/api/v1/write", (), who)
        assert seen[1:] == [header]


async def test_a_secret_that_is_missing_or_wrong_is_told_and_tried_again() -> None:
    who = Credentials("ops", "env:PW")
    with server(401, b"no\x1b[2J") as seen:
        for vault, said in (
            (Vault(PW="x"), "401"),
            (Vault(), "no env:PW"),
            (Vault(PW="a\r\nb"), "characters"),
        ):
            with pytest.raises(NotTold) as caught:
                await RemoteWrite(vault).send(seen[0], (), who)
            assert said in caught.value.title
            assert caught.value.is_retryable
            assert "\x1b" not in caught.value.title
        assert len(seen) == 2


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"data": {"result": [{"metric": 3}]}}', b"{" * 9999]
)
def test_an_answer_that_holds_no_figures_is_told(body: bytes) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with server(200, body) as seen:
        reader = PrometheusHistory(FigureSource(seen[0]), None)
        with pytest.raises(NotTold):
            reader.read(WEB, METRICS, now, now + timedelta(hours=1), 10)


def opened(tmp_path: Path, url: str) -> Session:
    (tmp_path / "devops.yaml").write_text("name: shop\n")
    environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    paths: WorkspacePaths = paths_of(tmp_path / "devops.yaml", environ)
    store = SqliteStore.open(paths.store)
    workspace = Workspace("shop", str(tmp_path), figures=FigureSource(url))
    store.save_workspace(workspace, (), "x")
    store.close()
    return Session(paths, "jun")


def test_a_store_that_is_slow_holds_nothing_up_and_one_that_is_away_is_told(tmp_path: Path) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    wanted = (WEB, METRICS, now, now + timedelta(hours=1), 10)
    hold = threading.Event()
    answer = (
        b'{"data": {"result": [{"metric": {"figure": "cpu"}, "values": [[1772323560, "0.5"]]}]}}'
    )
    with server(200, answer, hold) as seen:
        session = opened(tmp_path, seen[0])
        assert not session.host_history(*wanted).is_whole
        hold.set()
        deadline = time.monotonic() + 30
        while not (found := session.host_history(*wanted)).is_whole:
            assert time.monotonic() < deadline
        assert found.series["cpu"][0] == Bucket(0.5, 0.5, 0.5)
        session.close()
    session = opened(tmp_path, seen[0])
    while not (found := session.host_history(*wanted)).is_whole:
        assert time.monotonic() < deadline
    assert "does not answer" in found.why
    session.close()
