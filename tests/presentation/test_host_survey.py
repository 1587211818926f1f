"""Answers to slow questions as lines: what is old says so, what is long ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devops_tui.domain.ids import HostName
from devops_tui.domain.survey import (
    CERTIFICATES,
    DISKS,
    LOG,
    PORTS,
    PROCESSES,
    UNITS,
    Answer,
    Level,
    Reading,
    Survey,
)
from devops_tui.presentation.host_survey import survey_rows
from devops_tui.presentation.line import width

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def shown(*answers: Answer, cells: int = 80) -> list[str]:
    rows = survey_rows(Survey(HostName("web-1"), answers), NOW, cells)
    assert all(width(row.line) <= cells for row in rows)
    assert len({row.key for row in rows}) == len(rows)
    return ["".join(str(part.text) for part in row.line).rstrip() for row in rows]


def answer(kind: str, *readings: Reading, age_s: float = 40, problem: str = "") -> Answer:
    return Answer(kind, NOW - timedelta(seconds=age_s), readings, problem)


def test_each_answer_bears_its_age() -> None:
    figures = {"used_ratio": 0.93, "size_bytes": 100 * 1024.0**3, "inodes_ratio": 0.2}
    disk = Reading("/var", level=Level.WARNING, figures={**figures, "left_hours": 5.0})
    lines = shown(answer(DISKS, disk), answer(UNITS))
    assert lines[1].startswith("disks")
    assert lines[1].endswith("40 s ago")
    assert "/var" in lines[2]
    assert "93 % of 100 GiB, inodes 20 %, full in 5 h" in lines[2]
    assert lines[-1] == "  none"


def test_what_is_not_answered_any_more_says_why_and_keeps_what_was_known() -> None:
    disk = Reading("/", figures={"used_ratio": 0.5, "size_bytes": 1024.0})
    lines = shown(answer(DISKS, disk, age_s=600, problem="no answer within 8 s"))
    assert "10 m ago" in lines[1]
    assert lines[2].strip() == "no answer within 8 s"
    assert "50 %" in lines[3]


def test_checks_stand_together_with_their_performance_data() -> None:
    mail = Reading("mail", "12 waiting", Level.WARNING, {"queue": 12.0})
    lines = shown(answer("check:mail", mail), answer("check:disk", problem="no answer within 5 s"))
    assert lines[0].startswith("checks") or "checks" in lines[0]
    assert lines[1].lstrip().startswith("warning  mail: 12 waiting")
    assert lines[2].strip() == "queue 12"
    assert "unknown  disk: no answer within 5 s" in lines[3]


def test_a_long_answer_ends_and_a_log_shows_its_end() -> None:
    ports = [Reading(str(n), "everywhere") for n in range(30)]
    lines = shown(answer(PORTS, *ports))
    assert lines[-1] == "  and 18 more"
    log = [Reading("", f"line {n}") for n in range(60)]
    lines = shown(answer(LOG, *log))
    assert lines[-1] == "  line 59"
    assert "  line 0" not in lines


def test_certificates_and_processes() -> None:
    lines = shown(
        answer(CERTIFICATES, Reading("443", "until 2026-03-08", figures={"left_days": 7.2})),
        answer(PROCESSES, Reading("java", "pid 7", figures={"cpu_ratio": 0.5, "rss_bytes": 1024})),
    )
    assert any(line.endswith("7 days left, until 2026-03-08") for line in lines)
    assert any("java" in line and "50 %" in line and "pid 7" in line for line in lines)


@pytest.mark.parametrize("cells", [40, 80, 200])
def test_what_a_host_says_never_acts(cells: int) -> None:
    evil = "[@click=app.quit]x[/]\x1b[2J\u202e"
    lines = shown(
        answer(UNITS, Reading(evil, evil * 20, Level.CRITICAL)),
        answer(LOG, Reading("", evil)),
        answer("check:a", Reading("a", evil, figures={evil: 1.0}), problem=evil),
        cells=cells,
    )
    assert not any(c in line for line in lines for c in ("\x1b", "\u202e"))
