"""What several hosts say, in one list: logs by time, units and processes by host.

Lines of logs bear the time that their host wrote before them, in ISO 8601 (journalctl) or as
syslog does, without a year. A line without one belongs to the line before it.

Source: RFC 3339; RFC 3164, section 4.1.2 for the older form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from devops_tui.domain.survey import LOG, PROCESSES, Answer, Reading, Survey

MOST_HOSTS = 30
_ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?)\s?")
_SYSLOG = re.compile(r"([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d) ")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MergedLine:
    """One line of one host's log; `at` is None where no time is known. Untrusted text."""

    at: datetime | None
    host: str
    text: str


def merged_log(surveys: Iterable[Survey]) -> list[MergedLine]:
    """The ends of the logs of several hosts, oldest line first.

    What was written at one moment keeps its order; lines before any time come first.
    """
    found: list[MergedLine] = []
    for survey in surveys:
        answer = survey.of(LOG)
        if answer is None:
            continue
        at: datetime | None = None
        for reading in answer.readings:
            told = time_of(reading.text, answer.at)
            at = told[0] if told is not None else at
            text = told[1] if told is not None else reading.text
            found.append(MergedLine(at, survey.host, text))
    return sorted(found, key=lambda line: line.at or datetime.min.replace(tzinfo=UTC))


def merged(surveys: Iterable[Survey], kind: str) -> list[tuple[str, Answer, Reading]]:
    """The readings of one kind with their host; processes busiest first."""
    found = [
        (str(survey.host), answer, reading)
        for survey in surveys
        if (answer := survey.of(kind)) is not None
        for reading in answer.readings
    ]
    if kind == PROCESSES:
        found.sort(key=lambda each: -each[2].figures.get("cpu_ratio", 0.0))
    return found


def time_of(text: str, asked_at: datetime) -> tuple[datetime, str] | None:
    """The time at the beginning of a line, and the rest of it; None when there is none.

    A time without a zone or a year is of the zone and the year in which it was asked for;
    one that would lie in the future is of the year before.
    """
    if match := _ISO.match(text):
        try:
            at = datetime.fromisoformat(match[1].replace(",", "."))
        except ValueError:
            return None
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC), text[match.end() :]
    if match := _SYSLOG.match(text):
        if match[1] not in _MONTHS:
            return None
        month = _MONTHS.index(match[1]) + 1
        for year in (asked_at.year, asked_at.year - 1):
            try:
                clock = datetime.fromisoformat(f"{year}-{month:02}-{int(match[2]):02}T{match[3]}")
            except ValueError:  # the 29th of February of another year
                continue
            at = clock.replace(tzinfo=asked_at.tzinfo)
            if at <= asked_at + _AHEAD:
                return at.astimezone(UTC), text[match.end() :]
    return None
