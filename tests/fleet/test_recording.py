"""Recording and replay: what was shown comes again, whatever became of the file."""

from __future__ import annotations

import inspect
import random
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from devops_tui.bootstrap.replay import WHY_NOT, Replay, ReplayFront
from devops_tui.domain.audit import Verb, Worker, WorkerState
from devops_tui.domain.errors import NotFound, Refused, StoreError
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName, WorkerId
from devops_tui.domain.metric import Sample
from devops_tui.domain.recording import Head
from devops_tui.domain.replay_time import time_of
from devops_tui.domain.survey import Answer, Reading, Survey
from devops_tui.domain.view import Overview
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.front import Front
from devops_tui.services.recorder import Recorder
from devops_tui.stores.recording_file import RecordingFileReader, RecordingFileWriter

START = datetime(2026, 2, 28, 23, 58, tzinfo=UTC)
HOSTS = ("web-1", "web-2")
SECRET = "correct-horse-battery"


class Night:
    """A front whose overview moves on by itself: one look, one second."""

    def __init__(self) -> None:
        self.second = 0
        self.workspace = Workspace("shop", "/shop", hosts={n: Host(HostName(n)) for n in HOSTS})
        self.trends: dict[str, tuple[float, ...]] = dict.fromkeys(HOSTS, ())

    def overview(self) -> Overview:
        at = START + timedelta(seconds=self.second)
        self.second += 1
        frames = {name: self._frame(name, at) for name in HOSTS}
        beat = at - timedelta(seconds=self.second % 5)
        worker = Worker(WorkerId("w"), "here", 1, "", WorkerState.WORKING, START, beat)
        return Overview(at, self.second, self.workspace, worker=worker, frames=frames)

    def _frame(self, name: str, at: datetime) -> Frame:
        if name == "web-2" and self.second > 30:
            return Frame(HostName(name), LinkState.UNREACHABLE, START, why=f"no {SECRET} route")
        sample = Sample(
            float(self.second), (self.second % 100) / 100, 0.25, 1.5, 4, net_in_bytes_s=1e7
        )
        self.trends[name] = (*self.trends[name][-59:], sample.cpu_ratio)
        return Frame(HostName(name), LinkState.LIVE, at, sample, self.trends[name])

    def host_survey(self, host: str) -> Survey:
        return Survey(HostName(host), (Answer("disks", START, (Reading("/", f"of {host}"),)),))


def recorded(path: Path, seconds: int, limit_bytes: int = 1 << 30) -> Night:
    night = Night()
    writer = RecordingFileWriter(path, Head("shop", START, 1.0), limit_bytes)
    recorder = Recorder(cast("Front", night), writer, lambda text: text.replace(SECRET, "***"))
    for _ in range(seconds):
        recorder.look()
    recorder.flush()
    writer.close()
    return night


class Hand:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


Open = Callable[..., Replay]


@pytest.fixture
def play(path: Path) -> Iterator[Open]:
    """Opens the recording; closes it after the test."""
    with ExitStack() as stack:

        def opened(hand: Hand | None = None) -> Replay:
            replay = Replay(path, hand or Hand())
            stack.callback(replay.reader.close)
            return replay

        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "night.rec"


def test_what_was_shown_comes_again(path: Path, play: Open) -> None:
    recorded(path, 200)
    hand = Hand()
    replay = play(hand)
    front = replay.open_front()
    assert (replay.clock.start, replay.clock.end) == (START, START + timedelta(seconds=199))
    expected = Night()
    for second in (0, 7, 29, 45, 130, 199):  # 130: beyond the next whole moment
        hand.now_s = 100.0 + second
        shown = front.overview()
        expected.second = second
        expected.trends = {n: tuple((s % 100) / 100 for s in range(1, second + 1)) for n in HOSTS}
        truth = expected.overview()
        assert shown.at == truth.at
        assert (shown.workspace, shown.worker) == (truth.workspace, truth.worker)
        assert shown.frames["web-1"].sample == truth.frames["web-1"].sample
        assert shown.frames["web-1"].cpu_trend == truth.frames["web-1"].cpu_trend[-60:]
        assert shown.frames["web-2"].link is truth.frames["web-2"].link
    assert front.host_survey("web-1").answers[0].readings[0].text == "of web-1"
    front.close()


def test_the_clock_stands_jumps_and_runs_faster(path: Path, play: Open) -> None:
    recorded(path, 120)
    hand = Hand()
    clock = play(hand).clock
    hand.now_s += 10
    assert clock.pause()
    hand.now_s += 50
    assert clock.now() == START + timedelta(seconds=10)
    clock.jump(-3)
    assert clock.now() == START + timedelta(seconds=7)
    assert not clock.pause()
    clock.set_speed(8)
    hand.now_s += 5
    assert clock.now() == START + timedelta(seconds=47)
    clock.jump(-3600)
    assert clock.now() == START
    clock.jump(1e12)
    assert clock.now() == clock.end
    assert (clock.set_speed(0), clock.set_speed(1e9)) == (0.25, 3600)


def test_going_back_shows_what_was_before(path: Path, play: Open) -> None:
    recorded(path, 60)
    hand = Hand()
    replay = play(hand)
    front = replay.open_front()
    replay.clock.go_to(START + timedelta(seconds=50))
    assert front.overview().frames["web-2"].link is LinkState.UNREACHABLE
    before = front.version()
    replay.clock.go_to(START + timedelta(seconds=20))
    assert front.version() != before
    assert front.overview().frames["web-2"].link is LinkState.LIVE


def test_a_chart_ends_at_the_time_that_is_shown(path: Path, play: Open) -> None:
    recorded(path, 100)
    replay = play()
    front = replay.open_front()
    replay.clock.go_to(START + timedelta(seconds=50))
    front.overview()
    end = START + timedelta(seconds=100)
    (series,) = front.host_history("web-1", ["cpu"], START, end, 10).series.values()
    assert [bucket is not None for bucket in series] == [True] * 5 + [False] * 5
    assert series[2] is not None
    assert series[2].lowest == pytest.approx(0.21)
    assert series[2].highest == pytest.approx(0.30)
    both = front.fleet_history(("web-1", "web-2"), ["cpu"], START, START + timedelta(seconds=10))
    assert [str(history.host) for history in both] == ["web-1", "web-2"]
    (bucket,) = both[0].series["cpu"]
    assert bucket is not None
    assert bucket.highest == pytest.approx(0.10)


def test_nothing_can_be_done_in_a_replay(path: Path, play: Open) -> None:
    """Every call of the port that is not answered from the file is refused."""
    recorded(path, 12)
    front = play().open_front()
    answered = {name for name in vars(ReplayFront) if not name.startswith("_")}
    assert answered == {
        "actor", "version", "frames_version", "overview", "run", "runs", "events",
        "command_records", "host_survey", "host_history", "fleet_history", "why_not", "beat",
        "ensure_worker", "close",
    }  # fmt: skip
    calls = [name for name, _ in inspect.getmembers(Front, inspect.isfunction) if name[0] != "_"]
    refused = [name for name in calls if name not in answered]
    assert {"file", "approve", "move_card", "plan_shell", "acknowledge"} <= set(refused)
    for name in refused:
        with pytest.raises(Refused, match="replay"):
            getattr(front, name)()
    assert front.why_not(Verb.FLIP, "shop") == WHY_NOT


def test_secrets_are_masked_and_the_file_is_private(path: Path, play: Open) -> None:
    recorded(path, 40)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    replay = play()
    replay.clock.go_to(replay.clock.end)
    shown = replay.open_front().overview()
    assert shown.frames["web-2"].why == "no *** route"
    with pytest.raises(Refused, match="exists"):
        RecordingFileWriter(path, Head("shop", START, 1.0), 1 << 20)


def noise(path: Path, limit_bytes: int) -> Sequence[int]:
    """Sizes while incompressible moments are added for long."""
    chance = random.Random(4)  # noqa: S311 - the same noise in every run
    night = Night()
    writer = RecordingFileWriter(path, Head("shop", START, 1.0), limit_bytes)
    recorder = Recorder(cast("Front", night), writer)
    night.host_survey = lambda host: Survey(  # type: ignore[method-assign]
        HostName(host), (Answer("log", START, (Reading("", chance.randbytes(60_000).hex()),)),)
    )
    sizes = []
    for _ in range(2400):
        recorder.look()
        sizes.append(path.stat().st_size)
    recorder.flush()
    writer.close()
    return sizes


def test_a_recording_is_bounded_and_keeps_the_newest(path: Path) -> None:
    sizes = noise(path, 1 << 20)
    assert max(sizes) <= 1 << 20
    assert sum(b < a for a, b in pairwise(sizes)) > 1  # the oldest went
    reader = RecordingFileReader(path)
    reader.verify()
    reader.close()
    assert reader.complaint == ""
    assert reader.parts[0].is_whole
    assert reader.parts[0].start > START
    assert reader.parts[-1].end == START + timedelta(seconds=2399)
    assert not list(path.parent.glob("*.new"))


@pytest.mark.parametrize("share", [0.999, 0.7, 0.4])
def test_a_cut_file_plays_until_the_cut(path: Path, play: Open, share: float) -> None:
    recorded(path, 300)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    replay = play()
    assert "cut" in replay.reader.complaint
    assert replay.clock.end < START + timedelta(seconds=299)
    replay.clock.go_to(replay.clock.end)
    shown = replay.open_front().overview()
    assert shown.frames["web-1"].link is LinkState.LIVE


def test_a_damaged_part_is_a_hole_and_the_rest_plays(path: Path, play: Open) -> None:
    recorded(path, 300)
    data = bytearray(path.read_bytes())
    at = len(data) // 2
    data[at : at + 3] = b"\xff\xff\xff"
    path.write_bytes(data)
    replay = play()
    front = replay.open_front()
    for second in range(0, 300, 7):
        replay.clock.go_to(START + timedelta(seconds=second))
        front.overview()
    assert "damaged" in replay.reader.complaint
    replay.clock.go_to(replay.clock.end)
    assert front.overview().frames["web-1"].link is LinkState.LIVE
    assert front.overview().at == START + timedelta(seconds=299)


def test_where_nothing_was_recorded_nothing_looks_live(path: Path, play: Open) -> None:
    night = Night()
    writer = RecordingFileWriter(path, Head("shop", START, 1.0), 1 << 30)
    recorder = Recorder(cast("Front", night), writer)
    recorder.look()
    night.second = 100  # the recorder's machine slept
    recorder.look()
    recorder.flush()
    writer.close()
    replay = play()
    front = replay.open_front()
    replay.clock.go_to(START + timedelta(seconds=60))
    shown = front.overview().frames["web-1"]
    assert (shown.link, shown.why) == (LinkState.STALE, "nothing was recorded here")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no recording"),
        (b"PNG\r\n", "no recording"),
        (b"devops-tui recording 9\n{}\n", "newer version"),
        (b"devops-tui recording 1\n{not json\n", "damaged at its beginning"),
    ],
)
def test_what_is_no_recording_is_told(path: Path, play: Open, data: bytes, says: str) -> None:
    path.write_bytes(data)
    with pytest.raises(StoreError, match=says):
        Replay(path)


def test_an_empty_and_a_missing_recording_are_told(path: Path, play: Open) -> None:
    with pytest.raises(NotFound):
        Replay(path)
    RecordingFileWriter(path, Head("shop", START, 1.0), 1 << 20).close()
    with pytest.raises(StoreError, match="nothing that can be shown"):
        Replay(path)


def test_every_cut_and_every_flip_of_a_bit_is_survived(path: Path, play: Open) -> None:
    recorded(path, 25)
    data = path.read_bytes()
    for at in range(0, len(data), 97):
        for damaged in (data[:at], bytes((*data[:at], data[at] ^ 0x55, *data[at + 1 :]))):
            path.write_bytes(damaged)
            try:
                replay = play()
                replay.reader.verify()
                replay.clock.go_to(replay.clock.end)
                replay.open_front().overview()
            except (StoreError, NotFound) as error:
                assert str(path) in error.title


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("23:59", "2026-02-28T23:59:00+00:00"),
        ("00:10:05", "2026-03-01T00:10:05+00:00"),
        ("23:58", "2026-02-28T23:58:00+00:00"),
        ("2026-03-01 03:12", "2026-03-01T03:12:00+00:00"),
        ("2026-03-01T03:12+01:00", "2026-03-01T03:12:00+01:00"),
        ("25:00", None),
        ("noon", None),
        ("", None),
    ],
)
def test_times_that_operators_type(said: str, found: str | None) -> None:
    expected: Any = datetime.fromisoformat(found) if found else None
    assert time_of(said, START, UTC) == expected
