"""Hosts as rows, sorted, and one host in full."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from drawn import check, plain, roles
from hypothesis import HealthCheck, given, settings
from overviews import NOW, any_frames, frames, sample, widths

from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.presentation import fleet, host_detail
from devops_tui.presentation.host import complaints, condition


def test_rows_say_state_figures_and_why() -> None:
    columns = fleet.grid(80)
    given_frames = frames()
    rows = [fleet.row(given_frames[n], columns, NOW) for n in ("web-07", "web-03", "db-02", "lb-1")]
    assert plain(rows) == [
        "web-07         ✕ hurt         96 %  41 %   31.2  93 % disk 93 %, cpu 96 %, load…",
        "web-03         ~ 14 s old     20 %  41 %    0.8  55 % link lost, retry in 6 s",
        "db-02          ✕ unreachable     ?     ?      ?     ? connection refused",
        "lb-1           ● live          6 %  41 %    0.8  55 %",
    ]
    assert roles(rows[1].line, "20 %") == {"stale"}
    assert roles(rows[0].line, "96 %") >= {"failed"}


def test_figures_that_nobody_renews_become_stale_by_themselves() -> None:
    live = frames()["lb-1"]
    how = condition(live, NOW + timedelta(seconds=30))
    assert (how.mark.word, how.is_stale, how.age_s) == ("stale", True, 30.0)


def test_a_clock_that_runs_ahead_gives_no_negative_age() -> None:
    ahead = replace(frames()["lb-1"], at=NOW + timedelta(seconds=5))
    assert condition(ahead, NOW).age_s == 0.0


@pytest.mark.parametrize(
    ("by", "is_reversed", "first"),
    [
        ("state", False, "db-02"),
        ("name", False, "db-02"),
        ("name", True, "web-07"),
        ("cpu", False, "web-07"),
        ("cpu", True, "lb-1"),
        ("load", False, "web-07"),
    ],
)
def test_order(by: str, is_reversed: bool, first: str) -> None:
    assert (
        fleet.order(frames().values(), by, fleet.conditions(frames().values(), NOW), is_reversed)[
            0
        ].host
        == first
    )


@pytest.mark.parametrize("is_reversed", [False, True])
def test_unknown_comes_last_in_either_direction(is_reversed: bool) -> None:
    ordered = fleet.order(frames().values(), "cpu", {}, is_reversed)
    assert {f.host for f in ordered[-2:]} == {"db-02", "new-1"}


def test_summary_counts_by_state() -> None:
    assert plain([fleet.summary(fleet.conditions(frames().values(), NOW))]) == [
        "11 hosts · ✕ 1 out of reach · ✕ 1 hurt · ~ 1 stale · ○ 1 connecting"
    ]
    well = [f for f in frames().values() if f.host.startswith("ok")]
    assert plain([fleet.summary(fleet.conditions(well, NOW))]) == ["6 hosts · ● all ok"]


def test_complaints_name_figure_and_value() -> None:
    assert complaints(sample(0.5)) == ()
    assert complaints(sample(0.95, 9.0, 0.97)) == ("disk 97 %", "cpu 95 %", "load 9.0 on 4 cores")


def test_detail_shows_every_figure_and_calls_unknown_unknown() -> None:
    host = Host(HostName("web-07"), "10.0.0.7", via="bastion", groups=("web",))
    shown = plain(host_detail.detail(frames()["web-07"], host, NOW, 80))
    assert shown[0] == "web-07 · ✕ hurt"
    assert shown[2] == "  10.0.0.7 · via bastion · in web"
    body = "\n".join(shown)
    assert "memory         41 % " in body
    assert "of 8.0 GiB" in body
    assert "swap        unknown" in body
    assert "net in      1.2 MiB/s" in body
    assert "net out     ?" in body


def test_detail_without_figures_says_so() -> None:
    frame = Frame(HostName("new-1"), LinkState.CONNECTING, NOW)
    assert plain(host_detail.detail(frame, None, NOW, 80))[-1] == "No figures yet."


def test_detail_of_a_stale_host_gives_the_age() -> None:
    assert "figures are 14 s old" in plain(host_detail.detail(frames()["web-03"], None, NOW, 80))[0]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_frames, widths)
def test_hostile_frames_never_break_or_overflow(frame: Frame, cells: int) -> None:
    check([fleet.row(frame, fleet.grid(cells), NOW)], cells)
    check([fleet.row(frame, fleet.home_grid(cells), NOW)], cells)
    check(host_detail.detail(frame, Host(frame.host), NOW, cells), cells)
    for by in ("state", "name", *fleet.SORTS):
        assert len(fleet.order([frame, frame], by, fleet.conditions([frame], NOW), True)) == 2
