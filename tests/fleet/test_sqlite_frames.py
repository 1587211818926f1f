"""Frames survive their way through the file, whoever reads while others write."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devops_tui.domain.errors import StoreError, StoreUnsupported
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.stores.sqlite.frames import SqliteFrames

NOW = datetime(2026, 3, 1, 3, 12, 44, 123456, tzinfo=UTC)
SAMPLE = Sample(
    uptime_s=1749.4,
    cpu_ratio=1 / 3,
    mem_ratio=0.5,
    load_1m=0.19,
    cores=2,
    iowait_ratio=0.0,
    net_in_bytes_s=1e6 / 7,
    processes=96,
    disk_used_ratio=0.91,
    disk_used_mount="/srv/\x1b[2J ü",
)


def frame(name: str, **changes: object) -> Frame:
    made = Frame(HostName(name), LinkState.LIVE, NOW, SAMPLE, (0.0, 0.5, 1.0))
    return replace(made, **changes)  # type: ignore[arg-type]  # fields are checked by the test


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "metrics.db"


@pytest.fixture
def frames(path: Path) -> Iterator[SqliteFrames]:
    opened = SqliteFrames(path)
    yield opened
    opened.close()


@pytest.fixture
def reader(path: Path, frames: SqliteFrames) -> Iterator[SqliteFrames]:
    opened = SqliteFrames(path)
    yield opened
    opened.close()


def test_every_field_comes_back(frames: SqliteFrames, reader: SqliteFrames) -> None:
    saved = [
        frame("a"),
        frame("b", link=LinkState.CONNECTING, sample=None, cpu_trend=()),
        frame(
            "c",
            link=LinkState.KEY_CHANGED,
            why="[@click=app.quit]x[/] \x1b]0;x\x07",
            retry_at=NOW + timedelta(seconds=60),
        ),
    ]
    frames.save_frames(saved)
    assert list(reader.frames()) == saved
    assert list(frames.frames()) == saved


def test_a_trend_is_kept_well_enough_to_draw(frames: SqliteFrames) -> None:
    trend = tuple(n / 59 for n in range(60))
    frames.save_frames([frame("a", cpu_trend=trend)])
    assert frames.frames()[0].cpu_trend == pytest.approx(trend, abs=0.002)


def test_what_is_no_text_is_shown_as_what_it_is(frames: SqliteFrames) -> None:
    frames.save_frames([frame("a", why="\udcff")])
    assert frames.frames()[0].why == "\\udcff"


def test_a_reader_sees_each_later_save(frames: SqliteFrames, reader: SqliteFrames) -> None:
    frames.save_frames([frame("a"), frame("b")])
    assert len(reader.frames()) == 2
    frames.save_frames([frame("b", link=LinkState.STALE)])
    assert [f.link for f in reader.frames()] == [LinkState.LIVE, LinkState.STALE]


def test_dropped_hosts_are_gone_and_may_come_back(
    frames: SqliteFrames, reader: SqliteFrames
) -> None:
    frames.save_frames([frame("a"), frame("b")])
    assert len(reader.frames()) == 2
    frames.drop_frames([HostName("a")])
    assert [f.host for f in reader.frames()] == ["a"]
    frames.save_frames([frame("b", link=LinkState.STALE)])
    assert [f.link for f in reader.frames()] == [LinkState.LIVE, LinkState.STALE]


def test_the_version_differs_after_any_write(frames: SqliteFrames, reader: SqliteFrames) -> None:
    seen = {frames.version(), reader.version()}
    still = reader.version()
    assert reader.version() == still
    frames.save_frames([frame("a")])
    assert reader.version() not in seen
    assert frames.version() not in seen


def test_the_files_are_private_and_need_no_fsync(path: Path, frames: SqliteFrames) -> None:
    frames.save_frames([frame("a")])
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()
    assert frames._db.row("PRAGMA synchronous") == (1,)


def test_a_sample_of_another_version_is_unknown_not_a_crash(
    path: Path, frames: SqliteFrames
) -> None:
    frames.save_frames([frame("a")])
    with sqlite3.connect(path) as raw:
        raw.execute("""UPDATE frame SET sample = '{"cpu_ratio": 0.5, "later": 1}', rev = 99""")
    raw.close()
    assert frames.frames()[0].sample is None


def test_a_file_of_a_newer_version_or_none_at_all_is_refused(path: Path) -> None:
    SqliteFrames(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(StoreUnsupported):
        SqliteFrames(path)
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreError):
        SqliteFrames(path)
