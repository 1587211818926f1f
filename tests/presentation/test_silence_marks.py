"""A host whose alerts are kept quiet is marked by a glyph and a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.domain.silence import Silence
from devops_tui.domain.view import Overview
from devops_tui.domain.workspace import Workspace
from devops_tui.presentation import fleet, fleet_groups, fleet_heat, silences
from devops_tui.presentation.fleet_memory import FleetMemory
from devops_tui.presentation.glyphs import to_ascii
from devops_tui.presentation.host import condition
from devops_tui.presentation.layout import Grid
from devops_tui.presentation.line import width
from devops_tui.tui.palette import plain_text

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def overview(*found: Silence) -> Overview:
    hosts = {
        "web-1": Host(HostName("web-1"), groups=("web",)),
        "db-1": Host(HostName("db-1"), groups=("db",)),
    }
    return Overview(NOW, 1, workspace=Workspace("shop", "/", hosts=hosts), silences=found)


def frame(cpu: float = 0.2) -> Frame:
    sample = Sample(uptime_s=9.0, cpu_ratio=cpu, mem_ratio=0.4, load_1m=0.5, cores=4)
    return Frame(HostName("web-1"), LinkState.LIVE, NOW, sample)


def test_what_a_person_keeps_quiet_and_what_the_configuration_plans_have_words_of_their_own() -> (
    None
):
    by_hand = Silence("web", NOW + HOUR, "jun", "disk is moved")
    planned = Silence("db-1", NOW + HOUR, "", "patches", NOW - HOUR)
    assert silences.marks(overview(by_hand, planned)) == {"web-1": "quiet", "db-1": "maintenance"}


@pytest.mark.parametrize(
    "silence",
    [
        Silence("web", NOW - HOUR, "jun", "it has ended"),
        Silence("web", NOW + 2 * HOUR, "jun", "it has not begun", NOW + HOUR),
        Silence("cpu high", NOW + HOUR, "jun", "one alert, the others speak"),
    ],
)
def test_a_host_that_may_speak_has_no_mark(silence: Silence) -> None:
    assert silences.marks(overview(silence)) == {}


@pytest.mark.parametrize("columns", [fleet.grid(80), fleet.grid(200), fleet.home_grid(60)])
def test_the_row_says_it_beside_what_is_wrong(columns: Grid) -> None:
    drawn = fleet.row(frame(0.97), columns, NOW, quiet="maintenance").line
    assert "⊘ maintenance" in plain_text(drawn)
    assert "cpu 97 %" in plain_text(drawn) or columns.cells <= 80
    assert "⊘" not in plain_text(fleet.row(frame(0.97), columns, NOW).line)
    assert width(to_ascii(drawn)) == width(drawn)


def test_a_row_is_drawn_again_when_its_silence_begins_or_ends() -> None:
    memory, columns, one = FleetMemory(), fleet.grid(120), frame()
    how = {"web-1": condition(one, NOW)}
    loud = memory.rows([one], columns, how)[0]
    quiet = memory.rows([one], columns, how, {"web-1": "quiet"})[0]
    assert "⊘ quiet" in plain_text(quiet.line)
    assert memory.rows([one], columns, how, {"web-1": "quiet"})[0] is quiet
    assert plain_text(memory.rows([one], columns, how)[0].line) == plain_text(loud.line)


def hosts_of(*states: tuple[str, float, LinkState]) -> tuple[list[Frame], dict[str, Host]]:
    """Hosts of one group: name, age of the figures, link."""
    frames = [
        replace(frame(0.5), host=HostName(name), link=link, at=NOW - timedelta(seconds=age_s))
        for name, age_s, link in states
    ]
    return frames, {name: Host(HostName(name), groups=("web",)) for name, _, _ in states}


def test_a_group_says_how_many_have_no_fresh_figures_and_since_when() -> None:
    frames, hosts = hosts_of(
        ("web-1", 1, LinkState.LIVE),
        ("web-2", 14, LinkState.LIVE),  # the collector itself fell silent
        ("web-3", 185, LinkState.STALE),
        ("web-4", 1, LinkState.UNREACHABLE),
    )
    found = fleet_groups.groups(frames, hosts, fleet.conditions(frames, NOW), {"web-2": "quiet"})
    for cells in (78, 120):
        heading, row = (plain_text(r.line) for r in fleet_groups.rows(found, cells))
        assert "~ 3 · 3 m" in row
        assert heading.index("no news") == row.index("~ 3")
        assert heading.index("quiet") == row.index("⊘ 1")
    assert found[0].cpu == [0.5]  # of the live one alone


def test_a_group_of_silent_hosts_alone_has_no_figures_and_one_of_live_hosts_no_mark() -> None:
    frames, hosts = hosts_of(("web-1", 14, LinkState.STALE), ("web-2", 8000, LinkState.STALE))
    found = fleet_groups.groups(frames, hosts, fleet.conditions(frames, NOW))
    row = plain_text(fleet_groups.rows(found, 120)[1].line)
    assert "~ 2 · 2 h" in row
    assert "50 %" not in row
    live, hosts = hosts_of(("web-1", 1, LinkState.LIVE))
    row = plain_text(
        fleet_groups.rows(fleet_groups.groups(live, hosts, fleet.conditions(live, NOW)), 120)[
            1
        ].line
    )
    assert "~" not in row
    assert "⊘" not in row


def test_the_map_marks_quiet_hosts_and_never_draws_old_figures_as_live() -> None:
    frames, _ = hosts_of(
        ("web-1", 1, LinkState.LIVE), ("web-2", 14, LinkState.STALE), ("web-3", 1, LinkState.LIVE)
    )
    how = fleet.conditions(frames, NOW)
    (drawn,) = fleet_heat.lines(frames, how, 40, 0, {"web-2", "web-3"})
    assert plain_text(drawn) == "5~5"
    assert [(s.ink is not None and s.ink.is_underlined, s.role) for s in drawn] == [
        (False, "text"),
        (True, "stale"),
        (True, "text"),
    ]
    told = plain_text(fleet_heat.about(frames[1], how["web-2"], "maintenance"))
    assert told == "web-2 ~ stale 14 s old ⊘ maintenance no news"
    assert plain_text(fleet_heat.about(frames[0], how["web-1"])) == "web-1 ● live cpu 50 %"
