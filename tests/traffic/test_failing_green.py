"""A release that fails in its bake goes back by itself; only what it lost itself is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import pytest
from support.flip_bench import Bench
from support.load import LoadProcess, Sample, failed
from support.traffic import GREEN, SHOP, Shop

from devops_tui.domain.pipeline import State
from devops_tui.domain.traffic import Flip, Service
from devops_tui.domain.work import WatchHealth
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.switch import Switch
from devops_tui.services.jobs.watch import WatchJobs
from devops_tui.stores.sqlite.store import SqliteStore

INTERVAL_S = 0.25
FAULTS = {
    "5xx": ("/answer/500", "requests failed"),
    "slow": ("/delay/0.6", "health checks take"),
    "wrong version": ("/version/0.9", "is version 0.9, not 1.1"),
    "dies": ("", "web-3"),
}


class Watched:
    """A bench whose watch counts the looks that began after the fault."""

    def __init__(self, shop: Shop, store: SqliteStore, work: WatchHealth) -> None:
        self.bench = Bench(shop, store, work)
        self.looks: list[bool] = []
        self.is_broken = False
        self.has_looked = asyncio.Event()

        def seen(service: Service) -> Sequence[Switch]:
            self.looks.append(self.is_broken)
            self.has_looked.set()
            return shop.switches(service)

        workspace = Workspace("test", "/", services={SHOP: shop.service})
        self.bench.watch_jobs = WatchJobs(
            self.bench.tools, self.bench.flips, seen, lambda: workspace
        )

    async def looked(self, times: int) -> None:
        while len(self.looks) < times:
            self.has_looked.clear()
            await self.has_looked.wait()


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_failing_green_is_left_within_two_looks_and_loses_nothing_more(
    fault: str, any_shop: Shop, store: SqliteStore
) -> None:
    watched = Watched(any_shop, store, WatchHealth(SHOP, duration_s=60, interval_s=INTERVAL_S))
    bench = watched.bench
    bench.brought_up()
    await bench.flip()
    load = LoadProcess(any_shop.ports[0], 100.0, "/slow")
    path, said = FAULTS[fault]
    try:
        watching = asyncio.create_task(bench.watch())
        async with asyncio.timeout(20):
            await watched.looked(3)
        assert not watching.done()
        broke = time.monotonic()
        if path:
            await any_shop.tell(GREEN, path)
        else:
            any_shop.children[GREEN].kill()
        watched.is_broken = True
        record = await watching
        back = time.monotonic()
        for _ in range(40):  # let the load meet the old colour
            await any_shop.ask(any_shop.ports[0], "/")
        samples = await asyncio.to_thread(load.finish)
    finally:
        load.stop()
    assert record.state is State.FAILED
    assert said in record.why
    assert "went back to blue" in record.why
    assert await any_shop.colours() == {"blue"}
    # one look may have been under way when it broke, and counts want two whole intervals
    assert 1 <= watched.looks.count(True) <= 3
    lost = failed(samples)
    _only_green_lost(fault, lost, samples, broke, back)
    if path in ("/delay/0.6", "/version/0.9"):
        assert lost == []
    undone = store.flips(SHOP)[0]
    assert (undone.undoes, undone.actor) == (_first(store).id, "health")


def _only_green_lost(
    fault: str, lost: Sequence[Sample], samples: Sequence[Sample], broke: float, back: float
) -> None:
    """Nothing failed before the fault, nor of what began after the way back."""
    assert [s for s in lost if s.ended < broke or s.began > back] == [], fault
    assert [s for s in samples if s.began > back and s.colour != "blue"] == []
    assert any(s.began > back for s in samples)


def _first(store: SqliteStore) -> Flip:
    return store.flips(SHOP)[-1]


async def test_too_few_requests_are_asked_about_and_never_passed(
    shop: Shop, store: SqliteStore
) -> None:
    watch = WatchHealth(SHOP, duration_s=0.2, interval_s=0.05, min_requests=1000)
    bench = Bench(shop, store, watch)
    bench.brought_up()
    await bench.flip()
    record = await bench.watch()
    assert record.state is State.LOST
    assert "requests came, 1000 are needed to judge" in record.why
    assert await shop.colours() == {"green"}
