"""Logs, units and processes of several hosts as rows: the host stands before each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.survey import LOG, PROCESSES, UNITS, Survey
from devops_tui.domain.survey_merge import merged, merged_log
from devops_tui.presentation import units
from devops_tui.presentation.line import Line, cut, fit, line, span
from devops_tui.presentation.rows import Row, note

KINDS = (LOG, PROCESSES, UNITS)
TITLES = {LOG: "logs, by time", PROCESSES: "processes, busiest first", UNITS: "failed units"}
_NAME = 18
_MOST = 2000


def rows(surveys: Sequence[Survey], kind: str, now: datetime, cells: int) -> list[Row]:
    """One row a line, a process or a unit; hosts that did not answer yet are named."""
    name = min(_NAME, max((len(s.host) for s in surveys), default=0))
    if kind == LOG:
        made = [
            (*_head(each.host, name), *line((_time(each.at, now), "muted"), each.text))
            for each in merged_log(surveys)[-_MOST:]
        ]
    else:
        made = [
            (*_head(host, name), *line(_figures(kind, reading.figures), f"{reading.name} "),
             *line((reading.text, "stale" if answer.problem else "muted")))
            for host, answer, reading in merged(surveys, kind)[:_MOST]
        ]  # fmt: skip
    silent = [survey.host for survey in surveys if survey.of(kind) is None]
    if silent:
        made.append(line((f"not answered yet: {', '.join(silent)}", "muted")))
    return [note(f"{kind} {index}", cut(each, cells)) for index, each in enumerate(made)]


def _head(host: str, cells: int) -> Line:
    return (span(f"{fit(host, cells)} ", "accent"),)


def _time(at: datetime | None, now: datetime) -> str:
    return f"{units.time_of_day(at, now)} " if at is not None else ""


def _figures(kind: str, figures: object) -> str:
    if kind != PROCESSES or not isinstance(figures, dict):
        return ""
    cpu, memory = units.percent(figures.get("cpu_ratio")), units.size(figures.get("rss_bytes"))
    return f"{fit(cpu, 6, 'right')} {fit(memory, 10, 'right')}  "
