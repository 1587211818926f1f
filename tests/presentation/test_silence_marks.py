"""A host whose alerts are kept quiet is marked by a glyph and a word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.domain.silence import Silence
from devops_tui.domain.view import Overview
from devops_tui.domain.workspace import Workspace
from devops_tui.presentation import fleet, silences
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
