"""What a host answered to slow questions, with the age of each answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.survey import (
    CERTIFICATES,
    CHECK,
    CONTAINERS,
    DATABASE,
    DISKS,
    GPU,
    LOG,
    PORTS,
    PROCESSES,
    SYSTEM,
    TEMPERATURES,
    UNITS,
    UPDATES,
    Answer,
    Level,
    Reading,
    Survey,
)
from devops_tui.presentation import units
from devops_tui.presentation.layout import beside, blank, rule
from devops_tui.presentation.line import Line, Role, cut, fit, line, span
from devops_tui.presentation.rows import Row, note

TITLES = {
    DISKS: "disks",
    SYSTEM: "system",
    UNITS: "failed units",
    PORTS: "listening ports",
    CONTAINERS: "containers",
    CERTIFICATES: "certificates",
    PROCESSES: "busiest processes",
    LOG: "end of the log",
    GPU: "graphics processors",
    TEMPERATURES: "temperatures",
    UPDATES: "updates",
}
_ROLES: dict[Level, Role] = {
    Level.OK: "text",
    Level.WARNING: "warning",
    Level.CRITICAL: "failed",
    Level.UNKNOWN: "lost",
}
_MOST_ROWS = 12
_MOST_LOG_ROWS = 30
_NAME_CELLS = 20


def survey_rows(survey: Survey, now: datetime, width: int) -> list[Row]:
    """A part for each answer, checks together; nothing where nothing was answered yet."""
    rows: list[Row] = []
    named = [a for a in survey.answers if a.kind.startswith((f"{CHECK}:", f"{DATABASE}:"))]
    checks = [answer for answer in named if answer.kind.startswith(f"{CHECK}:")]
    databases = [answer for answer in named if answer not in checks]
    for answer in survey.answers:
        if answer not in named:
            rows += _part(answer.kind, TITLES.get(answer.kind, answer.kind), answer, now, width)
    if databases:
        rows.append(note("databases", rule(line(("databases", "title")), width)))
        for answer in databases:
            rows += _database(answer, now, width)
    if checks:
        rows.append(note("checks", rule(line(("checks", "title")), width)))
        for answer in checks:
            rows += _check(answer, now, width)
    return rows


def _part(key: str, title: str, answer: Answer, now: datetime, width: int) -> list[Row]:
    age = line((f"{units.age(answer.at, now)} ago", "stale" if answer.problem else "muted"))
    head = beside(line((title, "title")), age, width)
    rows = [note(f"{key} gap", ()), note(key, head)]
    if answer.problem:
        rows.append(note(f"{key} why", cut(line(("  ", "text"), (answer.problem, "stale")), width)))
    elif not answer.readings:
        rows.append(note(f"{key} none", line(("  none", "muted"))))
    most = _MOST_LOG_ROWS if key == LOG else _MOST_ROWS
    shown: Sequence[Reading] = answer.readings[-most:] if key == LOG else answer.readings[:most]
    rows += [
        note(
            f"{key} {index}", cut(_reading(key, reading, width, is_old=bool(answer.problem)), width)
        )
        for index, reading in enumerate(shown)
    ]
    if len(shown) < len(answer.readings) and key != LOG:
        more = f"  and {len(answer.readings) - len(shown)} more"
        rows.append(note(f"{key} more", cut(line((more, "muted")), width)))
    return rows


def _reading(kind: str, reading: Reading, width: int, *, is_old: bool) -> Line:
    role: Role = "stale" if is_old else _ROLES[reading.level]
    if kind == LOG:
        return line((f"  {reading.text}", role))
    cells = min(_NAME_CELLS if width < 100 else 2 * _NAME_CELLS, max(8, width // 3))
    told = _FIGURES[kind](reading) if kind in _FIGURES else reading.text
    return (span("  "), span(fit(reading.name, cells), role), blank(1), span(told, role))


def _disk(reading: Reading) -> str:
    figures = reading.figures
    parts = [
        f"{units.percent(figures.get('used_ratio'))} of {units.size(figures.get('size_bytes'))}"
    ]
    if "inodes_ratio" in figures:
        parts.append(f"inodes {units.percent(figures['inodes_ratio'])}")
    if "left_hours" in figures:
        parts.append(f"full in {units.duration(figures['left_hours'] * 3600)} at this pace")
    return ", ".join(parts)


def _process(reading: Reading) -> str:
    cpu = units.percent(reading.figures.get("cpu_ratio"))
    memory = units.size(reading.figures.get("rss_bytes"))
    return f"{fit(cpu, 6, 'right')} {fit(memory, 10, 'right')}  {reading.text}"


def _certificate(reading: Reading) -> str:
    days = reading.figures.get("left_days")
    if days is None:
        return reading.text
    ended = "ended" if days <= 0 else f"{units.plural(int(days), 'day')} left"
    return f"{ended}, {reading.text}"


_FIGURES = {DISKS: _disk, PROCESSES: _process, CERTIFICATES: _certificate}


def _database(answer: Answer, now: datetime, width: int) -> list[Row]:
    name = answer.kind.partition(":")[2]
    rows = []
    for reading in answer.readings or (Reading(name, level=Level.UNKNOWN),):
        role: Role = "stale" if answer.problem else _ROLES[reading.level]
        said = answer.problem or reading.text
        told = line((f"  {reading.level.value:<8} ", role), (f"{name}: ", "text"), (said, role))
        age = line((f"{units.age(answer.at, now)} ago", "muted"))
        rows.append(note(f"database {name}", beside(told, age, width)))
    return rows


def _check(answer: Answer, now: datetime, width: int) -> list[Row]:
    name = answer.kind.partition(":")[2]
    readings = answer.readings or (Reading(name, level=Level.UNKNOWN),)
    rows = []
    for reading in readings:
        role: Role = "stale" if answer.problem else _ROLES[reading.level]
        said = answer.problem or reading.text
        told = line((f"  {reading.level.value:<8} ", role), (f"{name}: ", "text"), (said, role))
        age = line((f"{units.age(answer.at, now)} ago", "muted"))
        rows.append(note(f"check {name}", beside(told, age, width)))
        figures = ", ".join(f"{label} {value:g}" for label, value in reading.figures.items())
        if figures:
            rows.append(
                note(f"check {name} figures", cut(line((f"    {figures}", "muted")), width))
            )
    return rows
