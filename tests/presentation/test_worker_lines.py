"""Workers in the list and in the top bar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from drawn import plain

from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.ids import RunId, WorkerId
from devops_tui.domain.view import Overview
from devops_tui.presentation import home, workers

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def worker(name: str, host: str, silent_s: float = 1.0) -> Worker:
    beat = NOW - timedelta(seconds=silent_s)
    labels = ("linux",) if host == "build-1" else ()
    return Worker(WorkerId(name), host, 4711, "1.0", WorkerState.WORKING, NOW, beat, labels=labels)


ONE = worker("w1", "build-1")
BOTH = Overview(
    NOW, 1, worker=ONE, workers=(ONE, worker("w2", "build-2")), owners={RunId("shop-3"): "w1"}
)


def test_the_list_says_who_runs_what() -> None:
    heading, first, second = (" ".join(row.split()) for row in plain(workers.table(BOTH)))
    assert heading == "worker host pid version state labels runs"
    assert first == "w1 build-1 4711 1.0 ● working linux shop-3"
    assert second == "w2 build-2 4711 1.0 ● working none none"
    assert plain(workers.table(Overview(NOW, 1))) == ["no worker runs"]


def test_a_silent_worker_is_named_in_the_list_and_above_every_screen() -> None:
    dead = replace(BOTH, workers=(ONE, worker("w2", "build-2", silent_s=12)))
    assert "✕ silent 12 s" in plain(workers.table(dead))[2]
    for width in (80, 200):
        assert (
            "worker on build-2 ✕ silent 12 s"
            in plain([home.top_bar(dead, None, None, NOW, width)])[0]
        )
    assert "2 workers ● " in plain([home.top_bar(BOTH, None, None, NOW, 80)])[0]
