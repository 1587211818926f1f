"""Drift of every kind is put right: by a repair, and by a flip to what should serve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from support.switch_doors import skip_without
from support.traffic import BLUE, GREEN, SHOP, RealClock, Shop

from devops_tui.domain.errors import HostUnreachable, Refused
from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import NginxIncludeConfig
from devops_tui.domain.traffic import Colour, FlipState, Service
from devops_tui.ports.store import Store
from devops_tui.ports.switch import StagedSwitch, Switch
from devops_tui.services.flips import Flips
from devops_tui.stores.sqlite.store import SqliteStore

LB_2 = HostName("lb-2")


async def stray(shop: Shop, number: int, to: Colour, fence: int = 99) -> None:
    """Somebody else changes one balancer, past us."""
    switch = shop.switches(shop.service)[number]
    await switch.commit(await switch.prepare(to, fence))


async def test_balancers_that_disagree_are_repaired(any_shop: Shop, store: Store) -> None:
    flips = any_shop.flips(store)
    flip = await flips.flip(SHOP, GREEN, "jun", "release")
    before = store.service_status(SHOP)
    await stray(any_shop, 1, BLUE)
    repaired = await flips.repair(SHOP, "sora")
    assert repaired.state is FlipState.DONE, repaired.error
    assert repaired.fence > 99
    assert await any_shop.colours() == {"green"}
    after = store.service_status(SHOP)
    assert (after.live, after.warm_until, after.last_flip) == (GREEN, before.warm_until, flip.id)
    kinds = [e.kind for e in store.events(subject=SHOP)]
    assert kinds.count("flip.finished") == 1  # a repair is no release
    assert kinds[-1] == "repair.finished"
    back = await flips.undo(SHOP, "jun", "errors")
    assert (back.undoes, back.to_colour) == (flip.id, BLUE)


async def test_what_all_of_them_were_changed_to_is_repaired(shop: Shop, store: Store) -> None:
    flips = shop.flips(store)
    await flips.flip(SHOP, GREEN, "jun", "release")
    await stray(shop, 0, BLUE)
    await stray(shop, 1, BLUE)
    repaired = await flips.repair(SHOP, "sora")
    assert (repaired.state, repaired.is_repair) == (FlipState.DONE, True)
    assert await shop.colours() == {"green"}


async def test_a_flip_to_what_should_serve_repairs_though_the_asker_saw_it_serve(
    shop: Shop, store: Store
) -> None:
    """Commands send what they saw: it must not be in the way of their own hint."""
    flips = shop.flips(store)
    await flips.flip(SHOP, GREEN, "jun", "release")
    await stray(shop, 1, BLUE)
    with pytest.raises(Refused, match="disagree") as refused:
        await flips.flip(SHOP, BLUE, "jun", "which one?", expected_live=GREEN)
    assert "`switch repair shop`" in refused.value.hint
    repaired = await flips.flip(SHOP, GREEN, "jun", "repair", expected_live=GREEN)
    assert repaired.state is FlipState.DONE
    assert await shop.colours() == {"green"}


class Stubborn:
    """A switch of which the first commits do nothing."""

    def __init__(self, switch: Switch, refusals: int) -> None:
        self._switch = switch
        self._left = refusals

    def __getattr__(self, name: str) -> object:
        return getattr(self._switch, name)

    async def commit(self, token: str) -> None:
        self._refuse()
        await self._switch.commit(token)

    async def change(self, token: str) -> None:
        self._refuse()
        assert isinstance(self._switch, StagedSwitch)
        await self._switch.change(token)

    def _refuse(self) -> None:
        self._left -= 1
        if self._left >= 0:
            raise HostUnreachable("lb-2 did not answer")


class StubbornShop:
    """The switches of a shop, of which lb-2's first commits fail."""

    def __init__(self, shop: Shop, refusals: int) -> None:
        self._shop = shop
        self._refusals = refusals

    def switches(self, service: Service) -> Sequence[Switch]:
        made = self._shop.switches(service)
        held = [Stubborn(s, self._refusals) if s.host == LB_2 else s for s in made]
        return cast("list[Switch]", held)


async def test_a_repair_that_fails_never_makes_the_other_colour_serve(
    shop: Shop, store: Store
) -> None:
    await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    await stray(shop, 0, BLUE)
    held = StubbornShop(shop, 1)
    flips = Flips(store, RealClock(), {SHOP: shop.service}, held.switches, shop.links)
    shop.kill(BLUE)  # nobody would answer there
    failed = await flips.repair(SHOP, "sora")
    assert failed.state is FlipState.FAILED
    assert await shop.colours() == {"green"}
    assert store.service_status(SHOP).live is GREEN


async def test_without_drift_there_is_nothing_to_repair(shop: Shop, store: Store) -> None:
    flips = shop.flips(store)
    await flips.flip(SHOP, GREEN, "jun", "release")
    with pytest.raises(Refused, match="does not drift"):
        await flips.repair(SHOP, "sora")
    assert await shop.colours() == {"green"}


async def test_a_share_that_stands_is_no_drift(tmp_path: Path, store: SqliteStore) -> None:
    made = Shop(tmp_path / "shop", ("embedded-weighted",))
    try:
        flips = made.flips(store)
        await flips.flip(SHOP, GREEN, "jun", "release")
        await flips.weigh(SHOP, 25, "jun", "canary", held=0)
        with pytest.raises(Refused, match="does not drift"):
            await flips.repair(SHOP, "sora")
        assert store.service_status(SHOP).canary == 25
    finally:
        made.close()


def arm(config: NginxIncludeConfig) -> None:
    """Somebody changes the file by hand and reloads nothing."""
    Path(config.include).write_text("set $colour blue; # fence 0\n")


@pytest.mark.real
async def test_an_armed_file_is_repaired(tmp_path: Path, store: SqliteStore) -> None:
    skip_without("nginx-include")
    made = Shop(tmp_path / "shop", ("nginx-include",), drain_s=1.0)
    try:
        flips = made.flips(store)
        await flips.flip(SHOP, GREEN, "jun", "release")
        config = made.every_door["lb-1"].config
        assert isinstance(config, NginxIncludeConfig)
        arm(config)
        repaired = await flips.repair(SHOP, "sora")
        assert repaired.state is FlipState.DONE, repaired.error
        (switch,) = made.switches(made.service)
        reading = await switch.read()
        assert (reading.serves, reading.armed) == (GREEN, None)
    finally:
        made.close()
