"""Home at several widths, as plain text; and never wider than asked, whatever is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from overviews import NOW, any_overviews, overview, widths

from devops_tui.domain.audit import WorkerState
from devops_tui.domain.errors import Mistake
from devops_tui.domain.view import Overview
from devops_tui.presentation import home
from devops_tui.presentation.line import Line, width
from devops_tui.presentation.rows import Row

PRODUCTION = overview().workspace.environments["production"]  # type: ignore[union-attr]


def text(of: Line) -> str:
    return "".join(s.text for s in of)


def plain(rows: list[Row]) -> list[str]:
    return [text(r.line).rstrip() for r in rows]


def test_pipelines_show_states_in_words_and_why() -> None:
    assert plain(home.pipelines(overview(), 120)) == [
        "                                     Code        Build       Test        Deploy"
        "      Release     Monitor",
        "shop    ✕ failed   #412  abc1234 +6  ● ok        ● ok        ✕ failed    ○"
        "           ○           ○",
        "  test/unit failed 40 s ago · new · 2 of 318 failed",
        "api     ‖ waits    #88   abc1234 +6  ● ok        ● ok        ● ok        ● ok"
        "        ‖ waits     ○",
        "  release waits for approval · asked 4 m ago",
        "billing ◐ running  #31   abc1234 +6  ● ok        ● ok        ● ok        ● ok"
        "        ● ok        ◐ running",
        "  monitor/watch running for 2 m 20 s",
        "docs    ○ never ran",
    ]


def test_pipelines_at_twenty_columns_keep_the_strip() -> None:
    assert plain(home.pipelines(overview(), 20))[:3] == [
        "     C B T D R M",
        "shop ● ● ✕ ○ ○ ○",
        "  test/unit failed …",
    ]


def test_board_shows_columns_side_by_side_with_limits() -> None:
    assert plain(home.board(overview(), 100)) == [
        "Backlog 2                 Planned 2/4              InWork 2/2 full          Done 1",
        "SHOP-91 inc unit fails: … SHOP-80 jun              SHOP-77 sora 3 d"
        "         SHOP-70 feat login page",
        "SHOP-88 req export as CSV SHOP-81 feat dark theme  SHOP-79 ✕ blocked jun 1…",
    ]


def test_board_counts_what_does_not_fit() -> None:
    shown = plain(home.board(overview(), 100, height=2))
    assert shown[-1].split() == ["…2", "more", "…2", "more", "…2", "more", "…1", "more"]


def test_fleet_shows_what_hurts_first_and_counts_the_rest() -> None:
    assert plain(home.fleet(overview(), 72, height=7)) == [
        "  host                    cpu   mem   load  disk",
        "✕ db-02                     ?     ?      ?     ? unreachable, connectio…",
        "✕ web-07        ▂▃▅▆█▇█  96 %  41 %   31.2  93 % disk 93 %, cpu 96 %, l…",
        "~ web-03        ▂▃▅▆█▇█  20 %  41 %    0.8  55 % 14 s stale, link lost,…",
        "○ new-1                     ?     ?      ?     ? connecting",
        "● lb-1              ▁▁▂   6 %  41 %    0.8  55 % ok",
        "…6 more, all ok",
    ]


def test_fleet_does_not_call_the_rest_ok_when_it_is_not() -> None:
    assert plain(home.fleet(overview(), 72, height=3))[-1] == "…10 more, 2 of them not ok"


def test_traffic_says_the_split_in_words() -> None:
    assert plain(home.traffic(overview(), 72)) == [
        "shop         ███████████████████ blue 100 % 1.4.1  green 1.4.2 warm 1:42",
        "  ◐ flip to green: prepared",
    ]


def test_traffic_marks_old_figures() -> None:
    old = overview()
    later = replace(old, at=NOW + timedelta(seconds=60))
    assert "~ 1 m old" in plain(home.traffic(later, 72))[0]


def test_empty_panes_say_so() -> None:
    nothing = Overview(NOW, 0)
    assert plain(home.pipelines(nothing, 40)) == ["No pipelines yet."]
    assert plain(home.board(nothing, 80))[-1] == "No cards yet."
    assert plain(home.fleet(nothing, 40)) == ["No figures yet."]
    assert plain(home.traffic(nothing, 40)) == ["No services yet."]


def test_top_bar_names_place_problems_worker_and_time() -> None:
    shown = text(home.top_bar(overview(), PRODUCTION, None, NOW, 100))
    assert shown == (
        " shop · production                    "
        "⚑ 1 incident  worker ● 2 runs  03:12:44  look only · w to arm "
    )


def test_top_bar_counts_down_while_armed() -> None:
    until = NOW + timedelta(seconds=90)
    assert "armed 1:30" in text(home.top_bar(overview(), PRODUCTION, until, NOW, 100))
    assert "look only" in text(home.top_bar(overview(), PRODUCTION, NOW, NOW, 100))


def test_top_bar_never_shows_old_rows_or_a_silent_worker_as_live() -> None:
    later = NOW + timedelta(seconds=30)
    shown = text(home.top_bar(overview(), None, None, later, 100))
    assert "~ 30 s old" in shown
    assert "worker ✕ silent 31 s" in shown
    gone = replace(overview(), worker=None)
    assert "worker ○ none" in text(home.top_bar(gone, None, None, NOW, 100))
    worker = overview().worker
    assert worker is not None
    leaving = replace(overview(), worker=replace(worker, state=WorkerState.HANDING_OVER))
    assert "◐ handing over" in text(home.top_bar(leaving, None, None, NOW, 100))


def test_a_silent_worker_is_said_even_where_there_is_room_for_little() -> None:
    worker = overview().worker
    assert worker is not None
    silent = replace(overview(), worker=replace(worker, beat_at=NOW - timedelta(seconds=32)))
    for cells in (48, 80, 200):
        assert "worker ✕ silent 32 s" in text(home.top_bar(silent, PRODUCTION, None, NOW, cells))
    beating = replace(overview(), worker=replace(worker, beat_at=NOW - timedelta(seconds=15)))
    assert "silent" not in text(home.top_bar(beating, PRODUCTION, None, NOW, 200))


def test_the_board_shows_titles_below_where_all_cards_have_room_for_two_lines() -> None:
    need = home.board_need(overview())
    roomy, tight = home.board(overview(), 100, need), home.board(overview(), 100, need - 1)
    assert len(roomy) == need
    assert any("payment retries" in row for row in plain(roomy))
    assert len(tight) == 1 + (need - 1) // 2
    assert [r.key for r in roomy if r.is_selectable] == [r.key for r in tight if r.is_selectable]


def test_traffic_adds_lanes_and_flips_only_where_there_is_room() -> None:
    short = plain(home.traffic(overview(), 90))
    assert plain(home.traffic(overview(), 90, len(short) + 1)) == short
    tall = plain(home.traffic(overview(), 90, 12))
    assert tall[: len(short)] == short
    assert (
        "  blue  2 of 2 servers healthy · 1,842 req/s, 31 in flight · last answer 1 s ago" in tall
    )
    assert any("last flips" in row for row in tall)
    assert len(tall) <= 12


def test_top_bar_counts_mistakes() -> None:
    wrong = replace(overview(), mistakes=(Mistake("devops.yaml", 3, 1, "unknown key"),))
    assert "✕ 1 mistake in the configuration" in text(home.top_bar(wrong, None, None, NOW, 120))


@pytest.mark.parametrize("cells", [20, 40, 62, 80, 120, 200])
def test_every_pane_keeps_to_its_width(cells: int) -> None:
    shown = overview()
    for pane in (home.pipelines, home.board, home.fleet, home.traffic):
        assert max(width(r.line) for r in pane(shown, cells)) <= cells
    assert width(home.top_bar(shown, PRODUCTION, None, NOW, cells)) == cells


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_overviews, widths)
def test_hostile_overviews_never_break_or_overflow(shown: Overview, cells: int) -> None:
    for rows in (
        home.pipelines(shown, cells),
        home.board(shown, cells),
        home.board(shown, cells, 3),
        home.fleet(shown, cells),
        home.fleet(shown, cells, 3),
        home.traffic(shown, cells),
        home.traffic(shown, cells, 40),
        home.board(shown, cells, 400),
    ):
        assert rows
        for row in rows:
            assert width(row.line) <= cells
            assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in text(row.line))
    assert width(home.top_bar(shown, PRODUCTION, NOW, NOW, cells)) == cells
