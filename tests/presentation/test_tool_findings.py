"""What a tool says, as rows: the host is told where there is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from devops_tui.domain.tool import (
    Finding,
    Level,
    Reading,
    ToolKind,
    ToolSettings,
    ToolState,
    ToolStatus,
)
from devops_tui.presentation.tools import finding_list

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
SINCE = NOW - timedelta(minutes=7)


def rows_of(*found: Finding, cells: int) -> list[str]:
    settings = ToolSettings("mon", ToolKind.ICINGA, "https://127.0.0.1:1")
    status = ToolStatus(settings, ToolState("", Reading("2", found), NOW, NOW))
    return [str(row.line) for row in finding_list(status, NOW, cells)]


def test_a_narrow_screen_shows_the_host_before_the_age() -> None:
    bad = Finding("a", Level.CRITICAL, "disk /", "full", host="db1", since=SINCE)
    heading, row = rows_of(bad, cells=76)
    assert "host" in heading
    assert "since" not in heading
    assert "db1" in row
    heading, row = rows_of(bad, cells=120)
    assert "since" in heading
    assert "7 m" in row


def test_where_nothing_has_a_host_its_column_is_not_there() -> None:
    bad = Finding("a", Level.CRITICAL, "shop-build", "it broke", since=SINCE)
    heading, row = rows_of(bad, cells=76)
    assert "host" not in heading
    assert "7 m" in row
