"""Figures as OpenMetrics text: units, escapes, times, nothing old."""

from __future__ import annotations

from datetime import UTC, datetime

from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.presentation.openmetrics import exposition

AT = datetime(2026, 3, 1, 3, 12, 44, 500000, tzinfo=UTC)
SAMPLE = Sample(10.0, 0.25, 0.5, 1.5, 2, net_in_bytes_s=2048.0, processes=7)


def test_live_figures_have_unit_help_and_time() -> None:
    web = HostName("web-1")
    hosts = {"web-1": Host(web, groups=("web", 'a"b\\c\n'))}
    text = exposition([Frame(web, LinkState.LIVE, AT, SAMPLE)], hosts)
    labels = '{host="web-1",groups="web,a\\"b\\\\c\\n"}'
    rows = text.splitlines()
    assert f"devops_tui_host_up{labels} 1" in rows
    assert f"devops_tui_host_cpu_ratio{labels} 0.25 1772334764.500" in rows
    assert f"devops_tui_host_net_in_bytes_per_second{labels} 2048.0 1772334764.500" in rows
    at = rows.index("# TYPE devops_tui_host_cpu_ratio gauge")
    assert rows[at + 1 : at + 3] == [
        "# UNIT devops_tui_host_cpu_ratio ratio",
        "# HELP devops_tui_host_cpu_ratio Processor time in use.",
    ]
    assert not any(row.startswith("devops_tui_host_swap_ratio{") for row in rows)
    assert text.endswith("# EOF\n")


def test_old_figures_are_not_told() -> None:
    text = exposition([Frame(HostName("db"), LinkState.STALE, AT, SAMPLE)], {})
    told = [row for row in text.splitlines() if not row.startswith("#")]
    assert told == ['devops_tui_host_up{host="db",groups=""} 0']
