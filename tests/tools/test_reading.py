from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devops_tui.domain.tool import (
    MOST_FINDINGS,
    Finding,
    Level,
    Reading,
    ToolKind,
    ToolSettings,
    ToolState,
    ToolStatus,
    place_of,
    reading,
)

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
SETTINGS = ToolSettings("mon", ToolKind.PROMETHEUS, "http://127.0.0.1:1")


def test_the_worst_comes_first_and_what_is_silenced_last() -> None:
    found = reading(
        "1",
        [
            Finding("a", Level.OK, "a"),
            Finding("b", Level.CRITICAL, "b", is_quiet=True),
            Finding("c", Level.WARNING, "c"),
            Finding("d", Level.UNKNOWN, "d"),
            Finding("e", Level.CRITICAL, "e"),
        ],
        SETTINGS,
    )
    assert [f.id for f in found.findings] == ["e", "d", "c", "a", "b"]
    assert found.count(Level.CRITICAL) == 1


def test_two_findings_of_one_id_count_once_as_the_worse() -> None:
    twice = [Finding("a", Level.CRITICAL, "a"), Finding("a", Level.OK, "a")]
    assert [f.level for f in reading("", twice, SETTINGS).findings] == [Level.CRITICAL]


def test_what_there_is_no_room_for_is_the_mildest_and_is_counted() -> None:
    many = [Finding(f"w{n}", Level.WARNING, "w") for n in range(MOST_FINDINGS + 6)]
    found = reading("", [*many, Finding("c", Level.CRITICAL, "c")], SETTINGS)
    assert found.findings[0].id == "c"
    assert (len(found.findings), found.left_out) == (MOST_FINDINGS, 7)


def test_only_what_is_wanted_is_kept() -> None:
    wanted = ToolSettings("mon", ToolKind.PROMETHEUS, "http://127.0.0.1:1", only=("shop*", "db"))
    names = ["shop-build", "billing", "db", "dbx"]
    found = reading("", [Finding(n, Level.OK, n) for n in names], wanted)
    assert {f.name for f in found.findings} == {"shop-build", "db"}


def test_what_a_tool_says_of_itself_is_kept_whatever_else_there_is() -> None:
    many = [Finding(f"c{n}", Level.CRITICAL, "c") for n in range(MOST_FINDINGS + 6)]
    itself = Finding("itself", Level.UNKNOWN, "mon", "it checks nothing")
    found = reading("", many, SETTINGS, own=[itself])
    assert found.findings[-1] == itself
    assert (len(found.findings), found.left_out) == (MOST_FINDINGS, 7)
    narrow = ToolSettings("mon", ToolKind.PROMETHEUS, "http://127.0.0.1:1", only=("nothing",))
    assert reading("", many, narrow, own=[itself]).findings == (itself,)


def test_a_text_of_many_lines_becomes_one_that_fits() -> None:
    found = reading("", [Finding("a", Level.OK, "n\nm", "x\n\t" * 400)], SETTINGS).findings[0]
    assert found.name == "n m"
    assert len(found.text) <= 300
    assert found.text.endswith("…")


@pytest.mark.parametrize(
    ("opens", "level", "is_grave"),
    [
        (None, Level.CRITICAL, False),
        (Level.CRITICAL, Level.CRITICAL, True),
        (Level.CRITICAL, Level.WARNING, False),
        (Level.WARNING, Level.WARNING, True),
        (Level.WARNING, Level.CRITICAL, True),
        (Level.WARNING, Level.UNKNOWN, False),
        (Level.WARNING, Level.RUNNING, False),
    ],
)
def test_what_opens_an_incident(opens: Level | None, level: Level, is_grave: bool) -> None:
    settings = ToolSettings("mon", ToolKind.PROMETHEUS, "http://127.0.0.1:1", opens=opens)
    assert settings.is_grave(level) is is_grave


def test_a_tool_that_does_not_answer_is_unknown_whatever_it_said_before() -> None:
    well = Reading("1", (Finding("a", Level.OK, "a"),))
    state = ToolState(place_of(SETTINGS), well, NOW, NOW)
    assert ToolStatus(SETTINGS, state).level is Level.OK
    silent = ToolState(place_of(SETTINGS), well, NOW, NOW, error="no answer")
    assert ToolStatus(SETTINGS, silent).level is Level.UNKNOWN
    assert ToolStatus(SETTINGS, ToolState(place_of(SETTINGS))).level is Level.UNKNOWN


def test_a_reading_grows_stale() -> None:
    status = ToolStatus(SETTINGS, ToolState("", Reading(), NOW, NOW))
    assert not status.is_stale(NOW + timedelta(seconds=179))
    assert status.is_stale(NOW + timedelta(seconds=181))
    assert ToolStatus(SETTINGS, ToolState("")).is_stale(NOW)
