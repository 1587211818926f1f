"""What a flip that was taken back leaves: no late commit, no file of the other colour."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from support.switch_doors import skip_without
from support.traffic import BLUE, GREEN, SHOP, RealClock, Shop

from devops_tui.domain.errors import DevopsError, HostUnreachable
from devops_tui.domain.ids import FlipId
from devops_tui.domain.traffic import Flip, FlipState, Service
from devops_tui.ports.store import Store
from devops_tui.ports.switch import StagedSwitch, Switch
from devops_tui.services.flips import Flips


class Hung:
    """A switch whose first commit gets no answer, and is carried out later."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._late = ""

    def __getattr__(self, name: str) -> object:
        return getattr(self._switch, name)

    async def commit(self, token: str) -> None:
        self._hang(token)
        await self._switch.commit(token)

    async def change(self, token: str) -> None:
        self._hang(token)
        assert isinstance(self._switch, StagedSwitch)
        await self._switch.change(token)

    async def land(self) -> None:
        """What hung is carried out now."""
        await self._switch.commit(self._late)

    def _hang(self, token: str) -> None:
        if not self._late:
            self._late = token
            raise HostUnreachable("lb-1 did not answer")


class HungShop:
    """The switches of a shop; each commits nothing at first."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.made: list[Hung] = []

    def switches(self, service: Service) -> Sequence[Switch]:
        if not self.made:
            self.made = [Hung(switch) for switch in self._shop.switches(service)]
        return cast("list[Switch]", self.made)


@pytest.mark.parametrize(
    "kind",
    [
        "embedded",
        pytest.param("nginx", marks=pytest.mark.real),
        pytest.param("nginx-include", marks=pytest.mark.real),
        pytest.param("command", marks=pytest.mark.real),
    ],
)
async def test_it_is_refused_and_the_old_colour_stays(
    kind: str, tmp_path: Path, store: Store
) -> None:
    skip_without(kind)
    shop = Shop(tmp_path / "shop", (kind,))
    try:
        shop.flips(store)  # tells the links where the door is
        hung = HungShop(shop)
        flips = Flips(store, RealClock(), {SHOP: shop.service}, hung.switches, shop.links)
        taken_back = await flips.flip(SHOP, GREEN, "jun", "release")
        assert taken_back.state is FlipState.FAILED, taken_back.error
        with pytest.raises(DevopsError):
            await hung.made[0].land()
        assert await shop.colours() == {BLUE.value}
        reading = await shop.switches(shop.service)[0].read()
        assert (reading.serves, reading.fence) == (BLUE, taken_back.fence)
        assert store.service_status(SHOP).fence == taken_back.fence
    finally:
        await asyncio.to_thread(shop.close)


class Unkept(Hung):
    """A switch that refuses its first change, and whose next `failures` files are not written."""

    def __init__(self, switch: Switch, failures: int) -> None:
        super().__init__(switch)
        self._failures = failures

    async def commit(self, token: str) -> None:
        await self._switch.commit(token)
        self._failures -= 1
        if self._failures >= 0:
            raise HostUnreachable("lb-1: the map file was not written")


@pytest.mark.parametrize(("failures", "warns"), [(1, False), (9, True)])
async def test_what_is_not_kept_is_tried_again_and_said(
    failures: int, warns: bool, shop: Shop, store: Store
) -> None:
    shop.flips(store)
    made = [Unkept(switch, failures) for switch in shop.switches(shop.service)]
    flips = Flips(
        store,
        RealClock(),
        {SHOP: shop.service},
        lambda _: cast("list[Switch]", made),
        shop.links,
    )
    taken_back = await flips.flip(SHOP, GREEN, "jun", "release")
    assert taken_back.state is FlipState.FAILED
    assert await shop.colours() == {BLUE.value}
    assert ("a reload may bring green" in taken_back.error) is warns
    tries = [s for s in taken_back.steps if s.what.startswith("commit blue again")]
    assert len(tries) == (3 if warns else 2)


async def test_what_a_dead_worker_committed_is_taken_back_where_it_cannot_be_kept(
    shop: Shop, store: Store
) -> None:
    shop.flips(store)
    made = [Unkept(switch, 2) for switch in shop.switches(shop.service)]
    for switch in shop.switches(shop.service):
        await switch.commit(await switch.prepare(GREEN, 1))
    left = Flip(
        FlipId("f-1"), SHOP, BLUE, GREEN, FlipState.COMMITTED, "jun", "release", 1,
        RealClock().now(),
    )  # fmt: skip
    store.add_flip(left)
    flips = Flips(
        store,
        RealClock(),
        {SHOP: shop.service},
        lambda _: cast("list[Switch]", made),
        shop.links,
    )
    (settled,) = await flips.recover()
    assert settled.state is FlipState.FAILED
    assert "green was not kept everywhere" in settled.error
    assert await shop.colours() == {BLUE.value}


async def test_two_who_settle_at_once_settle_it_once(shop: Shop, store: Store) -> None:
    """A run that goes on and the look every ten seconds ask for it at the same moment."""
    flips = shop.flips(store)
    store.add_flip(
        Flip(
            FlipId("f-1"), SHOP, BLUE, GREEN, FlipState.PREPARED, "jun", "release", 1,
            RealClock().now(),
        )
    )  # fmt: skip
    settled = await asyncio.gather(flips.recover(), flips.recover())
    assert sorted(map(len, settled)) == [0, 1]
    notes = [step.what for step in store.flip(FlipId("f-1")).steps]
    assert sum(text.startswith("found unfinished") for text in notes) == 1
