"""Logs of several hosts by time, whatever wrote the time; processes busiest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from devops_tui.domain.ids import HostName
from devops_tui.domain.survey import LOG, PROCESSES, Answer, Reading, Survey
from devops_tui.domain.survey_merge import merged, merged_log, time_of

NOW = datetime(2026, 1, 1, 0, 5, tzinfo=UTC)


def log(host: str, *lines: str) -> Survey:
    readings = tuple(Reading("", text) for text in lines)
    return Survey(HostName(host), (Answer(LOG, NOW, readings),))


def test_lines_of_several_hosts_stand_in_the_order_of_time() -> None:
    found = merged_log(
        [
            log("a", "journal", "2025-12-31T23:59:58+0000 a app: one", "  and more of it",
                "2026-01-01T00:00:03+00:00 a app: four"),
            log("b", "/var/log/syslog", "Dec 31 23:59:59 b app: two",
                "Jan  1 00:00:01 b app: three"),
            Survey(HostName("c")),
        ]
    )  # fmt: skip
    assert [(line.host, line.text.strip()) for line in found] == [
        ("a", "journal"),
        ("b", "/var/log/syslog"),
        ("a", "a app: one"),
        ("a", "and more of it"),
        ("b", "b app: two"),
        ("b", "b app: three"),
        ("a", "a app: four"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01T01:00:00+0100 x", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00Z x", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00,5 x", datetime(2026, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("Dec 31 23:00:00 x", datetime(2025, 12, 31, 23, tzinfo=UTC)),  # of the year before
        ("2026-13-01T00:00:00Z x", None),
        ("Feb 30 00:00:00 x", None),
        ("Foo 30 00:00:00 x", None),
        ("", None),
    ],
)
def test_times_as_hosts_write_them(text: str, expected: datetime | None) -> None:
    found = time_of(text, NOW)
    assert (found[0] if found else None) == expected


def test_a_time_without_a_zone_is_of_whoever_asked() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    found = time_of("Jan  1 09:05:00 x", there)
    assert found is not None
    assert found[0] == NOW


def test_processes_of_all_busiest_first() -> None:
    def host(name: str, *cpu: float) -> Survey:
        readings = tuple(Reading(f"{name}{c}", figures={"cpu_ratio": c}) for c in cpu)
        return Survey(HostName(name), (Answer(PROCESSES, NOW, readings),))

    found = merged([host("a", 0.1, 0.5), host("b", 0.3)], PROCESSES)
    assert [reading.name for _, _, reading in found] == ["a0.5", "b0.3", "a0.1"]
