"""One frame: figures, states, events, and the waits between attempts."""

from __future__ import annotations

from random import Random

import pytest
from fleet_doubles import ManualClock

from devops_tui.domain.errors import (
    DevopsError,
    HostKeyChanged,
    HostKeyRevoked,
    HostKeyUnknown,
    HostUnreachable,
    LoginRefused,
    NotFound,
)
from devops_tui.domain.event import KINDS, Event
from devops_tui.domain.file_system import FileSystem
from devops_tui.domain.fleet import LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Counters
from devops_tui.services.live_frame import TREND_LENGTH, LiveFrame
from devops_tui.services.patience import LONGEST_S, WALL_S, Patience, link_state_of


def link_of(live: LiveFrame) -> LinkState:
    return live.frame.link


def counters(uptime_s: float, busy: int, idle: int) -> Counters:
    return Counters(uptime_s, (busy, 0, 0, idle, 0, 0, 0, 0), 1, 100, 50)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def live(clock: ManualClock, events: list[Event]) -> LiveFrame:
    return LiveFrame(HostName("web-1"), clock, events.append)


def test_two_records_make_a_figure(live: LiveFrame, events: list[Event]) -> None:
    live.take(counters(1.0, 0, 0))
    assert link_of(live) is LinkState.CONNECTING
    live.know_fullest(FileSystem("/var", 0.9))
    live.take(counters(2.0, 25, 75))
    assert link_of(live) is LinkState.LIVE
    assert live.frame.cpu_trend == (0.25,)
    assert live.frame.sample is not None
    assert live.frame.sample.disk_used_mount == "/var"
    assert events == []  # well from the first: no news


def test_answers_that_come_at_once_wait_for_an_honest_interval(live: LiveFrame) -> None:
    live.take(counters(1.0, 0, 0))
    live.take(counters(1.01, 1, 0))
    assert live.frame.sample is None
    live.take(counters(2.0, 25, 75))
    assert live.frame.cpu_trend == (0.25,)


def test_a_trend_has_an_end(live: LiveFrame) -> None:
    for second in range(TREND_LENGTH + 20):
        live.take(counters(float(second), second * 50, second * 50))
    assert len(live.frame.cpu_trend) == TREND_LENGTH


async def test_a_lost_host_keeps_its_figures_and_their_age(
    live: LiveFrame, clock: ManualClock, events: list[Event]
) -> None:
    live.take(counters(1.0, 0, 0))
    live.take(counters(2.0, 25, 75))
    at = live.frame.at
    await clock.advance(9)
    live.mark(LinkState.STALE, "the host does not answer")
    live.mark(LinkState.UNREACHABLE, "no route to host", clock.now())
    assert live.frame.at == at
    assert live.frame.sample is not None
    live.forget_counters()
    live.take(counters(1.0, 3, 3))  # it restarted: no rate over that
    assert link_of(live) is LinkState.UNREACHABLE
    live.take(counters(2.0, 53, 53))
    assert (live.frame.link, live.frame.why, live.frame.retry_at) == (LinkState.LIVE, "", None)
    assert [(e.data["from"], e.data["to"]) for e in events] == [
        ("live", "stale"),
        ("stale", "unreachable"),
        ("unreachable", "live"),
    ]
    assert all(e.kind in KINDS and e.subject == "web-1" for e in events)
    assert events[1].why == "no route to host"


def test_the_same_news_twice_is_no_news(live: LiveFrame, events: list[Event]) -> None:
    live.take_changed()
    live.mark(LinkState.STALE, "x")
    assert live.take_changed() is not None
    live.mark(LinkState.STALE, "x")
    assert live.take_changed() is None
    live.show_again()
    assert live.take_changed() is live.frame
    assert len(events) == 1


@pytest.mark.parametrize(
    ("error", "link"),
    [
        (HostKeyUnknown("x"), LinkState.KEY_UNKNOWN),
        (HostKeyChanged("x"), LinkState.KEY_CHANGED),
        (HostKeyRevoked("x"), LinkState.KEY_CHANGED),
        (LoginRefused("x"), LinkState.LOGIN_REFUSED),
        (HostUnreachable("x"), LinkState.UNREACHABLE),
        (NotFound("x"), LinkState.UNREACHABLE),
        (OSError("x"), LinkState.UNREACHABLE),
    ],
)
def test_what_a_host_is_called_after_an_error(error: Exception, link: LinkState) -> None:
    assert link_state_of(error) is link
    waits_for_a_person = isinstance(error, DevopsError) and not isinstance(error, HostUnreachable)
    assert (Patience(Random(1)).wait_s(error) == WALL_S) is waits_for_a_person  # noqa: S311 - a test


def test_patience_grows_to_its_limit_and_begins_anew() -> None:
    patience = Patience(Random(1))  # noqa: S311 - a test wants the same chance each time
    waits = [patience.wait_s(HostUnreachable("x")) for _ in range(40)]
    for count, wait in enumerate(waits):
        whole = min(LONGEST_S, 2.0**count)
        assert max(1.0, whole / 2) <= wait <= whole
    assert len(set(waits[10:])) > 20  # hosts that were lost together come back one by one
    patience.succeed()
    assert patience.wait_s(HostUnreachable("x")) == 1.0
