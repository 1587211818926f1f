"""What the watch of services sees, writes, and says once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from support.clocks import StillClock
from support.haproxy import free_port
from support.traffic import BLUE, GREEN, SHOP, Shop

from devops_tui.domain.ids import HostName
from devops_tui.ports.store import Store
from devops_tui.ports.switch import Switch, SwitchReading
from devops_tui.services.health import HealthWatch
from devops_tui.services.observation import Observation

WEB_1, LB_2 = HostName("web-1"), HostName("lb-2")


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def watch(shop: Shop, store: Store, clock: StillClock) -> HealthWatch:
    return HealthWatch(store, clock, shop.links, shop.switches, {SHOP: shop.service})


def kinds(store: Store) -> list[str]:
    return [event.kind for event in store.events()]


async def test_the_first_look_learns_what_serves(
    shop: Shop, store: Store, watch: HealthWatch
) -> None:
    await watch.look(shop.service)
    status = store.service_status(SHOP)
    assert status.live is BLUE
    assert [s.is_healthy for s in status.servers] == [True] * 4
    assert {s.version for s in status.servers} == {"1.0", "1.1"}
    assert [b.serves for b in status.balancers] == [BLUE, BLUE]
    assert [b.error_ratio for b in status.balancers] == [None, None]
    assert kinds(store) == []


async def test_figures_are_of_the_time_between_two_looks(
    shop: Shop, store: Store, watch: HealthWatch, clock: StillClock
) -> None:
    await watch.look(shop.service)
    for path in ("/", "/", "/", "/drop"):
        await shop.ask(shop.ports[0], path)
    clock.move(2)
    first, second = (await watch.look(shop.service)).balancers
    assert first.requests_per_s == {"blue": 2.0, "green": 0.0}
    assert first.error_ratio == 0.25
    assert first.last_answer_at == {"blue": clock.now()}
    assert second.error_ratio is None
    seen_at = clock.now()
    clock.move(6)
    first, _ = (await watch.look(shop.service)).balancers
    assert first.requests_per_s["blue"] == 0
    assert first.last_answer_at == {"blue": seen_at}


async def test_a_balancer_that_does_not_count_has_no_figure(
    shop: Shop, watch: HealthWatch, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(next(iter(shop.switches(shop.service))))
    read = kind.read

    async def uncounted(self: Switch) -> SwitchReading:
        return replace(await read(self), requests={}, errors={})

    monkeypatch.setattr(kind, "read", uncounted)
    await watch.look(shop.service)
    clock.move(2)
    first, _ = (await watch.look(shop.service)).balancers
    assert first.serves is BLUE
    assert first.requests_per_s == {}


async def test_a_restarted_balancer_gives_no_figure_for_one_interval(
    shop: Shop, store: Store, watch: HealthWatch, clock: StillClock
) -> None:
    await shop.ask(shop.ports[0], "/")
    await watch.look(shop.service)
    shop.doors["lb-1"].stop()
    shop.doors["lb-1"].start()
    clock.move(2)
    assert (await watch.look(shop.service)).balancers[0].requests_per_s == {}
    clock.move(2)
    assert (await watch.look(shop.service)).balancers[0].requests_per_s["blue"] == 0.0


async def test_health_is_said_when_it_changes_and_not_again(
    shop: Shop, store: Store, watch: HealthWatch
) -> None:
    await watch.look(shop.service)
    await shop.tell(GREEN, "/health/503")
    await watch.look(shop.service)
    await watch.look(shop.service)
    events = [e for e in store.events() if e.kind == "service.health_changed"]
    assert [(e.data["host"], e.data["is_healthy"], e.why) for e in events] == [
        ("web-3", False, "503"),
        ("web-4", False, "503"),
    ]
    again = HealthWatch(store, StillClock(), shop.links, shop.switches, {SHOP: shop.service})
    await again.look(shop.service)
    assert len([k for k in kinds(store) if k == "service.health_changed"]) == 2
    await shop.tell(GREEN, "/health/200")
    await again.look(shop.service)
    assert len([k for k in kinds(store) if k == "service.health_changed"]) == 4


async def test_a_dead_server_is_ill_and_an_unreachable_host_unknown(
    shop: Shop, store: Store, watch: HealthWatch
) -> None:
    blue = shop.service.colours[BLUE]
    service = replace(
        shop.service,
        colours={
            **shop.service.colours,
            BLUE: replace(blue, ports={**blue.ports, WEB_1: free_port()}),
        },
    )
    shop.links.to(HostName("web-2")).is_cut = True
    dead = HealthWatch(store, StillClock(), shop.links, shop.switches, {SHOP: service})
    servers = {s.host: s for s in (await dead.look(service)).servers}
    assert servers[WEB_1].is_healthy is False
    assert servers[HostName("web-2")].is_healthy is None
    assert "no link" in servers[HostName("web-2")].why


async def test_a_balancer_that_cannot_be_read_is_unknown_and_no_live_is_guessed(
    shop: Shop, store: Store, watch: HealthWatch
) -> None:
    shop.links.to(LB_2).is_cut = True
    status = await watch.look(shop.service)
    assert status.balancers[1].serves is None
    assert "no link" in status.balancers[1].why
    assert status.live is None


async def test_drift_is_said_once(shop: Shop, store: Store, watch: HealthWatch) -> None:
    await watch.look(shop.service)
    stray = shop.switches(shop.service)[1]
    await stray.commit(await stray.prepare(GREEN, 5))
    for _ in range(3):
        status = await watch.look(shop.service)
    assert status.live is BLUE
    assert kinds(store).count("service.drifted") == 1
    again = HealthWatch(store, StillClock(), shop.links, shop.switches, {SHOP: shop.service})
    await again.look(shop.service)
    assert kinds(store).count("service.drifted") == 1


async def test_a_flip_under_way_is_no_drift(
    shop: Shop, store: Store, watch: HealthWatch, clock: StillClock
) -> None:
    await watch.look(shop.service)
    store.take_lease(f"traffic:{SHOP}", "jun", "flip", clock.now(), 60)
    stray = shop.switches(shop.service)[1]
    await stray.commit(await stray.prepare(GREEN, 5))
    await watch.look(shop.service)
    assert kinds(store) == []


async def test_a_flip_leaves_no_drift_behind_and_neither_does_an_older_look(
    shop: Shop, store: Store, watch: HealthWatch
) -> None:
    await watch.look(shop.service)
    looks = watch._observers[SHOP]

    class BegunBefore:
        """A look whose answers come back after a flip that began and ended meanwhile."""

        def forget_files(self) -> None:
            return

        async def look(self) -> Observation:
            seen = await looks.look()
            await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
            at_once = store.service_status(SHOP)
            assert (at_once.live, at_once.drift()) == (GREEN, None)
            return seen

    watch._observers[SHOP] = BegunBefore()  # type: ignore[assignment]
    late = await watch.look(shop.service)
    assert (late.live, late.drift()) == (GREEN, None)
    assert [b.serves for b in store.service_status(SHOP).balancers] == [GREEN, GREEN]
    assert "service.drifted" not in kinds(store)
    watch._observers[SHOP] = looks
    stray = shop.switches(shop.service)[1]
    await stray.commit(await stray.prepare(BLUE, 99))
    assert (await watch.look(shop.service)).drift() is not None


async def test_an_idle_service_is_written_every_five_seconds_only(
    shop: Shop, store: Store, watch: HealthWatch, clock: StillClock
) -> None:
    await watch.look(shop.service)
    clock.move(2)
    await watch.look(shop.service)  # the first figures: visible
    written = store.service_status(SHOP).observed_at
    clock.move(2)
    await watch.look(shop.service)
    assert store.service_status(SHOP).observed_at == written
    clock.move(4)
    await watch.look(shop.service)
    assert store.service_status(SHOP).observed_at == clock.now()


async def test_it_keeps_what_others_own(shop: Shop, store: Store, watch: HealthWatch) -> None:
    mine = replace(store.service_status(SHOP), live=GREEN, fence=7, versions={"green": "abc"})
    store.save_service(mine)
    await watch.look(shop.service)
    status = store.service_status(SHOP)
    assert (status.live, status.fence, status.versions) == (GREEN, 7, {"green": "abc"})
    assert status.drift() == "green should serve, blue does"


async def test_it_watches_until_cancelled(
    shop: Shop, store: Store, clock: StillClock, watch: HealthWatch
) -> None:
    looks = asyncio.Event()

    async def count(data: bytes) -> None:
        if clock.now() > StillClock().at:
            looks.set()

    shop.links.to(LB_2).before_exchange = count
    task = asyncio.create_task(watch.watch())
    await asyncio.wait_for(looks.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
