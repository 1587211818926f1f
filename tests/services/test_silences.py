"""Silences: what they cover, when they hold, what ends them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.fleet import Host
from devops_tui.domain.hours import Window
from devops_tui.domain.ids import HostName
from devops_tui.domain.silence import Maintenance, Silence, silencing, span_of, with_planned
from devops_tui.domain.workspace import Alert, Workspace
from devops_tui.services.silences import end_silence, silence, silences_of, written
from devops_tui.stores.sqlite.store import SqliteStore

WEB = Host(HostName("web-1"), groups=("web", "blue"))
DB = Host(HostName("db"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore.open(tmp_path / "state.db")
    hosts = {"web-1": WEB, "db": DB}
    store.save_workspace(
        Workspace("shop", "/", hosts=hosts, alerts=(Alert("cpu", "cpu > 9 %"),)), (), "x"
    )
    yield store
    store.close()


def wanted(clock: StillClock, what: str, hours: float = 1, why: str = "disk") -> Silence:
    return Silence(what, clock.at + timedelta(hours=hours), "jun", why)


@pytest.mark.parametrize(
    ("what", "alert", "host", "covers"),
    [
        ("cpu", "cpu", DB, True),
        ("cpu", "load", DB, False),
        ("web", "load", WEB, True),
        ("web", "load", DB, False),
        ("cpu@blue", "cpu", WEB, True),
        ("cpu@blue", "load", WEB, False),
        ("cpu@web-1", "", WEB, False),
        ("all", "", DB, True),
    ],
)
def test_what_a_silence_covers(what: str, alert: str, host: Host, covers: bool) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    assert Silence(what, at, "jun", "x").covers(alert, host) is covers


def test_planned_hours_stand_beside_what_holds_now(store: SqliteStore) -> None:
    clock = StillClock()
    tomorrow = clock.at + timedelta(days=1)
    planned = Silence("web", tomorrow + timedelta(hours=2), "jun", "patches", tomorrow)
    silence(store, clock, planned)
    silence(store, clock, wanted(clock, "web"))
    silence(store, clock, wanted(clock, "web", 2))  # longer: the newest counts
    found = written(store, clock.at)
    assert len(found) == 2
    now_quiet = silencing(found, "cpu", WEB, clock.at)
    assert now_quiet is not None
    assert now_quiet.until == clock.at + timedelta(hours=2)
    assert silencing(found, "cpu", WEB, clock.at + timedelta(hours=3)) is None
    assert silencing(found, "cpu", WEB, tomorrow) == planned
    clock.move(60)
    assert len(end_silence(store, clock, "web", "minji", "not needed")) == 2
    assert written(store, clock.at) == []


def test_what_is_refused(store: SqliteStore) -> None:
    clock = StillClock()
    with pytest.raises(Refused, match="reason"):
        silence(store, clock, wanted(clock, "web", why=" "))
    with pytest.raises(Refused, match="before it begins"):
        silence(store, clock, wanted(clock, "web", -1))
    with pytest.raises(Refused, match="30 days"):
        silence(store, clock, wanted(clock, "web", 24 * 31))
    for what in ("wep", "cpu@wep", "web@cpu"):
        with pytest.raises(NotFound):
            silence(store, clock, wanted(clock, what))
    with pytest.raises(NotFound, match="not silenced"):
        end_silence(store, clock, "web", "jun", "x")
    assert written(store, clock.at) == []


def test_maintenance_comes_again_and_goes_over_midnight(store: SqliteStore) -> None:
    sunday = Maintenance(("web",), Window((6,), 23 * 60, 60, "Europe/Berlin"), "patches")
    workspace = Workspace("shop", "/", hosts={"web-1": WEB}, maintenance=(sunday,))
    inside = datetime(2026, 3, 8, 23, 30, tzinfo=UTC)  # Monday 00:30 in Berlin
    (found,) = silences_of(store, inside, workspace)
    assert found.until == datetime(2026, 3, 9, 0, 0, tzinfo=UTC)
    assert silencing([found], "cpu", WEB, inside) == found
    for outside in (inside - timedelta(hours=2), inside + timedelta(hours=1)):
        assert with_planned((), workspace.maintenance, outside) == []


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90m", 90),
        ("4h", 240),
        ("1d12h", 2160),
        ("", None),
        ("4", None),
        ("h", None),
        ("1h1d", None),
    ],
)
def test_a_span_in_words(text: str, minutes: int | None) -> None:
    assert span_of(text) == (None if minutes is None else timedelta(minutes=minutes))
