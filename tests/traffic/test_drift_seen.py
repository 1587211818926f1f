"""Drift is seen within 5 s, whatever else is slow, and whatever a balancer says."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.switch_doors import skip_without
from support.traffic import BLUE, GREEN, SHOP, RealClock, Shop

from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import CaddyConfig
from devops_tui.domain.traffic import FlipState, HaproxyConfig
from devops_tui.ports.store import Store
from devops_tui.services.health import HealthWatch

WEB_1, LB_2 = HostName("web-1"), HostName("lb-2")
SEEN_S = 5.0


async def drifted(store: Store) -> str:
    """What is said of the drift, once it is."""
    while True:
        said = [e.why for e in store.events(subject=SHOP) if e.kind == "service.drifted"]
        if said:
            return said[-1]
        await asyncio.sleep(0.05)


async def changed_past_us(shop: Shop) -> None:
    stray = shop.switches(shop.service)[1]
    await stray.commit(await stray.prepare(GREEN, 99))


@pytest.mark.parametrize("is_hung", [True, False])
async def test_drift_is_seen_while_a_host_hangs_and_where_looks_are_rare(
    is_hung: bool, shop: Shop, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that swallows everything; or an operator who wants few health checks."""
    shop.flips(store)
    looked = HealthWatch(store, RealClock(), shop.links, shop.switches, {SHOP: shop.service})
    await looked.look(shop.service)
    interval_s = 0.1 if is_hung else 60.0
    service = replace(shop.service, health=replace(shop.service.health, interval_s=interval_s))
    if is_hung:
        monkeypatch.setattr(shop.links.to(WEB_1), "connect", asyncio.Event().wait)
    watch = HealthWatch(store, RealClock(), shop.links, shop.switches, {SHOP: service})
    task = asyncio.create_task(watch.watch())
    try:
        await asyncio.sleep(0)  # its first look has begun
        await changed_past_us(shop)
        began = time.monotonic()
        said = await asyncio.wait_for(drifted(store), SEEN_S)
        assert said == "balancers disagree: lb-1 serves blue, lb-2 serves green"
        assert time.monotonic() - began < SEEN_S
        assert [b.serves for b in store.service_status(SHOP).balancers] == [BLUE, GREEN]
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_a_balancer_that_serves_no_colour_drifts_and_is_repaired(
    shop: Shop, store: Store
) -> None:
    watch = HealthWatch(store, RealClock(), shop.links, shop.switches, {SHOP: shop.service})
    flips = shop.flips(store)
    await watch.look(shop.service)
    door = shop.doors[LB_2]
    said = await shop.links.to(LB_2).exchange(
        str(door.socket), f"prepare map {door.map}\n".encode()
    )
    version = said.decode().rsplit(":", 1)[1].strip()
    for line in (
        f"add map @{version} {door.map} <<\nshop pink\nshop.fence 3\n\n",
        f"commit map @{version} {door.map}\n",
    ):
        await shop.links.to(LB_2).exchange(str(door.socket), line.encode())
    status = await watch.look(shop.service)
    assert status.drift() == "lb-2 serves no colour, not blue"
    repaired = await flips.repair(SHOP, "jun")
    assert repaired.state is FlipState.DONE, repaired.error
    assert store.service_status(SHOP).drift() is None
    assert await shop.colours() == {"blue"}


@pytest.mark.parametrize(
    "kind",
    [
        "embedded",
        pytest.param("haproxy", marks=pytest.mark.real),
        pytest.param("haproxy-weighted", marks=pytest.mark.real),
        pytest.param("caddy", marks=pytest.mark.real),
    ],
)
async def test_a_file_that_only_a_start_reads_is_armed_too(
    kind: str, tmp_path: Path, store: Store
) -> None:
    """Somebody changes the file by hand, or puts an old one back, and reloads nothing."""
    skip_without(kind)
    shop = Shop(tmp_path / "shop", (kind,), drain_s=1.0)
    try:
        flips = shop.flips(store)
        await flips.flip(SHOP, GREEN, "jun", "release")
        watch = HealthWatch(store, RealClock(), shop.links, shop.switches, {SHOP: shop.service})
        assert (await watch.look(shop.service)).drift() is None
        config = shop.every_door["lb-1"].config
        assert isinstance(config, HaproxyConfig | CaddyConfig)
        change(Path(config.map if isinstance(config, HaproxyConfig) else config.file))
        watch = HealthWatch(store, RealClock(), shop.links, shop.switches, {SHOP: shop.service})
        armed = "the next reload flips lb-1 to blue: the file was changed, not loaded"
        assert (await watch.look(shop.service)).drift() == armed
        assert (await watch.look(shop.service)).drift() == armed  # no question more in between
        assert await shop.colours() == {"green"}
        repaired = await flips.repair(SHOP, "sora")
        assert repaired.state is FlipState.DONE, repaired.error
        assert (await watch.look(shop.service)).drift() is None
        await asyncio.to_thread(shop.every_door["lb-1"].reload)
        assert await shop.colours() == {"green"}
    finally:
        await asyncio.to_thread(shop.close)


def change(file: Path) -> None:
    """Green is blue in it, and the share with it."""
    text = file.read_text()
    assert "green" in text
    named = text.replace("shop green", "shop blue").replace("shop.green 100", "shop.green 0")
    file.write_text(named.replace('"colour":"green"', '"colour":"blue"'))
