"""Figures of many hosts at one minute: from the file of this machine, without any network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from devops_tui.bootstrap.paths import paths_of
from devops_tui.bootstrap.session import Session
from devops_tui.domain.export import FigureSource
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.history import METRICS
from devops_tui.domain.history_moment import frame_at
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.domain.workspace import Workspace
from devops_tui.services.history import HistoryRecorder
from devops_tui.stores.sqlite.history import SqliteHistory
from devops_tui.stores.sqlite.store import SqliteStore

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NAMES = [metric.name for metric in METRICS]
HOSTS = ("web-1", "web-2", "web-3")


def opened(tmp_path: Path) -> tuple[Session, Path]:
    """A session of a workspace whose charts come from a server that nobody runs."""
    (tmp_path / "devops.yaml").write_text("name: shop\n")
    environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    paths = paths_of(tmp_path / "devops.yaml", environ)
    store = SqliteStore.open(paths.store)
    source = FigureSource("http://127.0.0.1:9")
    store.save_workspace(Workspace("shop", str(tmp_path), figures=source), (), "x")
    store.close()
    return Session(paths, "jun"), paths.history


def keep(path: Path, *, rolls_up: bool) -> None:
    """Twenty minutes of two hosts; web-2 is silent from minute 5 until minute 10."""
    recorder = HistoryRecorder()
    for second in range(0, 1200, 10):
        at = START + timedelta(seconds=second)
        for number, host in enumerate(HOSTS[:2]):
            if number == 1 and 300 <= second < 600:
                continue
            sample = Sample(second, second // 60 / 100 + number / 2, 0.5, 1.0, 2)
            recorder.take([Frame(HostName(host), LinkState.LIVE, at, sample)])
    history = SqliteHistory(path)
    history.save_blocks(recorder.rest())
    if rolls_up:
        while history.roll_up(START + 3 * HOUR):
            pass
    history.close()


def figures(session: Session, minute: int) -> list[tuple[str, float | None]]:
    at = START + minute * MINUTE
    found = session.fleet_history(HOSTS, NAMES, at, at + MINUTE)
    live = [Frame(history.host, LinkState.LIVE, START + HOUR) for history in found]
    told = []
    for history, now in zip(found, live, strict=True):
        sample = frame_at(history, at, now).sample
        told.append((str(history.host), None if sample is None else round(sample.cpu_ratio, 3)))
    return told


def test_each_host_tells_its_own_minute_and_what_was_not_seen_is_unknown(tmp_path: Path) -> None:
    for rolls_up in (False, True):
        folder = tmp_path / str(rolls_up)
        folder.mkdir()
        session, path = opened(folder)
        keep(path, rolls_up=rolls_up)
        assert figures(session, 3) == [("web-1", 0.03), ("web-2", 0.53), ("web-3", None)]
        assert figures(session, 7) == [("web-1", 0.07), ("web-2", None), ("web-3", None)]
        assert figures(session, 12) == [("web-1", 0.12), ("web-2", 0.62), ("web-3", None)]
        assert figures(session, 40) == [("web-1", None), ("web-2", None), ("web-3", None)]
        session.close()


def test_where_nobody_collects_that_is_told(tmp_path: Path) -> None:
    session, _ = opened(tmp_path)
    found = session.fleet_history(HOSTS, NAMES, START, START + MINUTE)
    assert [(str(history.host), history.has_store) for history in found] == [
        (host, False) for host in HOSTS
    ]
    session.close()
