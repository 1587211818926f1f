"""A flip and a balancer whose link is away: for a moment, or for long."""

from __future__ import annotations

import asyncio

import pytest
from support.traffic import GREEN, SHOP, RealClock, Shop

from devops_tui.domain.errors import HostKeyChanged, Refused
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import FlipState
from devops_tui.ports.store import Store
from devops_tui.services.health import HealthWatch

LB_1, LB_2 = HostName("lb-1"), HostName("lb-2")


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devops_tui.services.flip_reach.LINK_WAIT_S", 30.0)


@pytest.mark.usefixtures("_patient")
async def test_a_link_that_is_opened_again_is_waited_for(
    shop: Shop, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = shop.links.to(LB_2)
    link.is_cut = True
    flips = shop.flips(store)
    asked = asyncio.create_task(flips.flip(SHOP, GREEN, "jun", "release"))
    tried: list[str] = []
    ask = link.exchange

    async def counted(socket_path: str, data: bytes, *, timeout_s: float = 5.0) -> bytes:
        tried.append(socket_path)
        link.is_cut = len(tried) < 3  # it is there again at the third try
        return await ask(socket_path, data, timeout_s=timeout_s)

    monkeypatch.setattr(link, "exchange", counted)
    flip = await asked
    assert flip.state is FlipState.DONE
    assert len(tried) >= 3
    assert await shop.colours() == {"green"}


async def test_the_refusal_says_which_since_when_and_what_to_do(shop: Shop, store: Store) -> None:
    service = shop.service
    watch = HealthWatch(store, RealClock(), shop.links, shop.switches, {SHOP: service})
    await watch.look(service)
    shop.links.to(LB_2).is_cut = True
    await watch.look(service)
    first = {b.host: b.silent_since for b in store.service_status(SHOP).balancers}
    assert first[LB_1] is None
    since = first[LB_2]
    assert since is not None
    await watch.look(service)  # a later look does not move it
    assert {b.host: b.silent_since for b in store.service_status(SHOP).balancers} == first
    with pytest.raises(Refused) as refused:
        await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert "lb-2 cannot be read" in refused.value.title
    assert f"since {since:%H:%M:%S} UTC" in refused.value.title
    assert "lb-1 cannot" not in refused.value.title
    assert "flip shop --without lb-2 --why" in refused.value.hint
    assert await shop.colours() == {"blue"}
    shop.links.to(LB_2).is_cut = False
    await watch.look(service)
    assert all(b.silent_since is None for b in store.service_status(SHOP).balancers)


@pytest.mark.usefixtures("_patient")
async def test_what_waiting_cannot_mend_is_refused_at_once(shop: Shop, store: Store) -> None:
    async def refuse(data: bytes) -> None:
        raise HostKeyChanged("lb-2 shows another key")

    shop.links.to(LB_2).before_exchange = refuse
    with pytest.raises(Refused, match="lb-2 shows another key"):
        await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
