"""A host at a moment of its history: the figures of then, unknown where nothing was seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.history import Bucket, HostHistory
from devops_tui.domain.history_moment import frame_at
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample

START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(minutes=10)
WEB = HostName("web-1")
NOW = Frame(WEB, LinkState.UNREACHABLE, END, Sample(1000.0, 0.9, 0.9, 9.0, 4, mem_total_bytes=7))


def flat(*values: float | None) -> tuple[Bucket | None, ...]:
    return tuple(None if v is None else Bucket(v / 2, v, v * 2) for v in values)


HISTORY = HostHistory(
    WEB,
    START,
    END,
    {
        "cpu": flat(0.1, 0.2, None, 0.4, 0.5),
        "memory": flat(0.3, 0.3, None, 0.3, 0.3),
        "load": flat(1, 2, None, 4, 5),
        "steal": flat(None, 0.25, None, None, None),
        "processes": flat(100, 120.4, None, 90, 90),
    },
)


def test_the_figures_are_the_means_of_that_bucket() -> None:
    then = frame_at(HISTORY, START + timedelta(minutes=3), NOW)
    assert then.sample is not None
    sample = then.sample
    assert (sample.cpu_ratio, sample.mem_ratio, sample.load_1m) == (0.2, 0.3, 2)
    assert (sample.steal_ratio, sample.processes, sample.iowait_ratio) == (0.25, 120, None)
    assert (sample.cores, sample.mem_total_bytes) == (4, 7)
    assert sample.uptime_s == pytest.approx(1000 - 7 * 60)
    assert then.cpu_trend == (0.1, 0.2)
    assert (then.link, then.at, then.why) == (LinkState.LIVE, START + timedelta(minutes=3), "")


@pytest.mark.parametrize("minutes", [5, -1, 10, 99])
def test_where_nothing_was_seen_there_is_no_figure(minutes: int) -> None:
    then = frame_at(HISTORY, START + timedelta(minutes=minutes), NOW)
    assert (then.sample, then.why) == (None, "nothing was seen of it then")
    assert then.link is not LinkState.LIVE


def test_of_an_empty_history_nothing_is_told() -> None:
    assert frame_at(HostHistory(WEB, START, END), START, NOW).sample is None
