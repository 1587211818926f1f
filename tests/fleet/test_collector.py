"""The collector as a process of its own: reads the store, writes frames, never stays behind."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import collector_program
import pytest

from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import THIS_MACHINE, HostName
from devops_tui.domain.workspace import Workspace
from devops_tui.stores.sqlite.frames import SqliteFrames
from devops_tui.stores.sqlite.store import SqliteStore

PATIENCE_S = 40.0
GONE = HostName("gone")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "no_ssh_config").touch()
    (tmp_path / "known_hosts").touch()
    return tmp_path


@pytest.fixture
def store(folder: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(folder / "state.db")
    yield opened
    opened.close()


@pytest.fixture
def frames(folder: Path) -> Iterator[SqliteFrames]:
    opened = SqliteFrames(folder / "metrics.db")
    yield opened
    opened.close()


def host_that_is_gone(folder: Path) -> Host:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return Host(GONE, address="127.0.0.1", port=port, known_hosts=str(folder / "known_hosts"))


def workspace(folder: Path, *hosts: Host) -> Workspace:
    return Workspace("shop", str(folder), hosts={h.name: h for h in hosts})


def until(is_so: Callable[[], bool]) -> None:
    """Polls forty times a second, for a bounded time."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "it did not become so in time"
        select.select([], [], [], 0.025)


@contextmanager
def started(folder: Path, parent: str) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, collector_program.__file__, str(folder), parent]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def frame_of(frames: SqliteFrames, host: HostName) -> Frame | None:
    return next((f for f in frames.frames() if f.host == host), None)


def is_live(frames: SqliteFrames, host: HostName) -> bool:
    frame = frame_of(frames, host)
    return frame is not None and frame.link is LinkState.LIVE


def test_it_follows_the_workspace_and_tells_of_hosts(
    folder: Path, store: SqliteStore, frames: SqliteFrames
) -> None:
    local = Host(THIS_MACHINE, is_local=True)
    with started(folder, str(os.getpid())) as process:
        store.save_workspace(workspace(folder, local, host_that_is_gone(folder)), (), "first")
        until(lambda: is_live(frames, THIS_MACHINE))
        until(lambda: bool(store.events(subject=GONE)))
        event = store.events(subject=GONE)[0]
        assert (event.kind, event.data["to"]) == ("host.state_changed", "unreachable")
        gone = frame_of(frames, GONE)
        assert gone is not None
        assert gone.why
        store.save_workspace(workspace(folder, local), (), "second")
        until(lambda: frame_of(frames, GONE) is None)
        assert is_live(frames, THIS_MACHINE)
        assert process.poll() is None


def test_a_screen_quickens_it(folder: Path, store: SqliteStore, frames: SqliteFrames) -> None:
    def paces(count: int) -> list[float]:
        seen: list[datetime] = []

        def sees_enough() -> bool:
            frame = frame_of(frames, THIS_MACHINE)
            if frame is not None and frame.sample is not None and frame.at not in seen[-1:]:
                seen.append(frame.at)
            return len(seen) > count

        until(sees_enough)
        pairs = zip(seen[1:], seen, strict=False)
        return [(later - earlier).total_seconds() for later, earlier in pairs]

    store.save_workspace(workspace(folder, Host(THIS_MACHINE, is_local=True)), (), "first")
    with started(folder, str(os.getpid())):
        assert max(paces(2)) > 3  # nobody looks: every 5 s
        store.beat_client("screen-1", "home", datetime.now(UTC))
        assert min(paces(4)[1:]) < 2


@pytest.mark.parametrize("how", ["stdin", "SIGTERM"])
def test_it_ends_when_it_should(folder: Path, store: SqliteStore, how: str) -> None:
    store.save_workspace(workspace(folder, Host(THIS_MACHINE, is_local=True)), (), "first")
    with started(folder, str(os.getpid())) as process:
        until((folder / "metrics.db").exists)
        if how == "stdin":
            assert process.stdin is not None
            process.stdin.close()
        else:
            until(lambda: catches_sigterm(process.pid))
            process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


def test_it_does_not_outlive_a_parent_that_was_killed(folder: Path, store: SqliteStore) -> None:
    store.save_workspace(workspace(folder, Host(THIS_MACHINE, is_local=True)), (), "first")
    with started(folder, "parent") as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        until((folder / "metrics.db").exists)
        assert is_alive(pid)
        parent.kill()
        parent.wait(PATIENCE_S)
        until(lambda: not is_alive(pid))


def test_a_parent_that_is_gone_already_ends_it_at_once(folder: Path) -> None:
    with started(folder, "1") as process:
        assert process.wait(PATIENCE_S) == 0


def is_alive(pid: int) -> bool:
    """Whether it runs; a zombie that nobody reaps does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def catches_sigterm(pid: int) -> bool:
    """Whether its handlers are set: before, the signal would just end it."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(row for row in status.splitlines() if row.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
