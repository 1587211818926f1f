"""An open alert stands on Home below its host, above everything that merely hurts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName, IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.metric import Sample
from devops_tui.domain.view import Overview
from devops_tui.presentation.home import fleet
from devops_tui.presentation.line import width

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAMPLE = Sample(uptime_s=5.0, cpu_ratio=0.1, mem_ratio=0.2, load_1m=0.1, cores=4)


def overview(count: int, *incidents: Incident) -> Overview:
    names = [f"h-{n:02d}" for n in range(count)]
    frames = {n: Frame(HostName(n), LinkState.LIVE, NOW, SAMPLE) for n in names}
    return Overview(NOW, 1, frames=frames, incidents=incidents)


def fired(host: str, state: IncidentState = IncidentState.OPEN) -> Incident:
    return Incident(
        IncidentId("INC-7"),
        f"alert:disk:{host}",
        f"disk: disk 93 % on {host}",
        state,
        NOW - timedelta(minutes=5),
        NOW - timedelta(minutes=2),
        host=host,
    )


def shown(of: Overview, cells: int = 80, height: int | None = None) -> list[str]:
    rows = fleet(of, cells, height)
    assert all(width(row.line) <= cells for row in rows)
    assert height is None or len(rows) <= height
    return ["".join(str(part.text) for part in row.line).rstrip() for row in rows]


@pytest.mark.parametrize("height", [None, 5, 12])
def test_an_alert_stands_below_its_host_and_first(height: int | None) -> None:
    lines = shown(overview(40, fired("h-31")), height=height)
    assert "h-31" in lines[1]
    assert "INC-7 disk: disk 93 % · 2 m ago" in lines[2]
    assert sum("h-31" in row for row in lines) == 1


def test_what_is_resolved_or_no_alert_changes_nothing() -> None:
    calm = shown(overview(5))
    other = replace(fired("h-03"), fingerprint="run:shop:test")
    assert shown(overview(5, fired("h-03", IncidentState.RESOLVED), other)) == calm


@pytest.mark.parametrize("height", [2, 3, 4, 6, 9, 12])
def test_every_host_is_shown_or_counted(height: int) -> None:
    of = overview(6, *(replace(fired(f"h-{n:02d}"), id=IncidentId(f"INC-{n}")) for n in range(3)))
    lines = shown(of, height=height)
    hosts = sum(row.lstrip().split(" ")[0].startswith("h-") or " h-" in row[:8] for row in lines)
    more = next((int(row.split("…")[1].split(" ")[0]) for row in lines if "…" in row), 0)
    assert hosts + more == 6
