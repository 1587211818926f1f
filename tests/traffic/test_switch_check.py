"""Whether a balancer is set up for flips: what is good, what is missing and what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.traffic import BLUE, GREEN, SHOP, RealClock, Shop

from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import HostName
from devops_tui.domain.switch_lines import switch_lines
from devops_tui.domain.traffic import FlipState
from devops_tui.ports.store import Store

LB_2 = HostName("lb-2")


async def test_a_good_set_up_has_nothing_to_do_and_stays_as_it_is(
    any_shop: Shop, store: Store
) -> None:
    flips = any_shop.flips(store)
    found = await flips.check(SHOP)
    assert [f for f in found if not f.is_good or f.todo] == []
    told = [f.what for f in found if f.host == LB_2]
    assert told[:2] == ["says that blue serves", "a change can be prepared"]
    assert told[-1] == "blue answers through port 80"
    assert await any_shop.colours() == {"blue"}
    assert (await flips.flip(SHOP, GREEN, "jun", "release")).state is FlipState.DONE


async def test_a_lost_balancer_and_a_wrong_door_are_named(shop: Shop, store: Store) -> None:
    flips = shop.flips(store)
    shop.links.to(LB_2).is_cut = True
    shop.links.to(HostName("lb-1")).ports = {
        80: shop.service.colours[GREEN].port_of(HostName("web-3"))
    }
    bad = {f.host: f for f in await flips.check(SHOP) if not f.is_good}
    assert set(bad) == {"lb-1", "lb-2"}
    assert "green answers" in bad["lb-1"].what
    assert "port" in bad["lb-1"].todo
    assert "no link to lb-2" in bad["lb-2"].what


async def test_nothing_is_tried_while_somebody_flips(shop: Shop, store: Store) -> None:
    flips = shop.flips(store)
    now = RealClock().now()
    store.take_lease(f"traffic:{SHOP}", "jun (f-1)", "flip", now, 60)
    with pytest.raises(Refused, match=r"jun \(f-1\) flips shop now"):
        await flips.check(SHOP)


def test_the_lines_name_every_server_and_the_place(any_shop: Shop) -> None:
    for door in any_shop.every_door.values():
        lines = "\n".join(switch_lines(replace(any_shop.service, switch=door.config)))
        for colour in (BLUE, GREEN):
            for host, port in any_shop.service.colours[colour].ports.items():
                assert f"{host}:{port}" in lines
        assert "level admin" in lines
    assert switch_lines(replace(any_shop.service, switch=None)) == ()
