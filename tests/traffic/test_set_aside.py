"""A balancer that cannot be reached: nobody flips, or it is set aside by name and followed up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.traffic import BLUE, GREEN, SHOP, Shop

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import FlipState
from devops_tui.ports.store import Store

LB_2 = HostName("lb-2")


@pytest.fixture
def four(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop", ("embedded",) * 4)
    yield made
    made.close()


async def test_nobody_flips_unless_it_is_set_aside_by_name(four: Shop, store: Store) -> None:
    four.links.to(LB_2).is_cut = True
    flips = four.flips(store)
    with pytest.raises(Refused, match="lb-2 cannot be read") as refused:
        await flips.flip(SHOP, GREEN, "jun", "release")
    assert "--without" in refused.value.hint
    assert await four.colours() == {"blue"}
    flip = await flips.flip(SHOP, GREEN, "jun", "lb-2 is away", without=[LB_2])
    assert (flip.state, flip.set_aside) == (FlipState.DONE, (LB_2,))
    assert any("3 of 4 balancers, lb-2 set aside" in step.what for step in flip.steps)
    seen = {
        host: (await four.ask(door.port, "/")).headers["x-colour"]
        for host, door in four.every_door.items()
    }
    assert seen == {"lb-1": "green", "lb-2": "blue", "lb-3": "green", "lb-4": "green"}
    status = store.service_status(SHOP)
    assert (status.live, status.set_aside) == (GREEN, (LB_2,))
    assert "lb-2 set aside" in (status.drift() or "")


async def test_it_is_brought_along_once_it_answers_again(four: Shop, store: Store) -> None:
    link = four.links.to(LB_2)
    link.is_cut = True
    flips = four.flips(store)
    flip = await flips.flip(SHOP, GREEN, "jun", "lb-2 is away", without=[LB_2])
    await flips.recover()
    assert store.service_status(SHOP).set_aside == (LB_2,)  # still away
    link.is_cut = False
    await flips.recover()
    status = store.service_status(SHOP)
    assert (status.set_aside, status.drift()) == ((), None)
    assert status.fence > flip.fence
    assert await four.colours() == {"green"}
    assert [e.data["host"] for e in store.events(subject=SHOP) if e.kind == "flip.put_right"] == [
        LB_2
    ]
    again = await flips.flip(SHOP, BLUE, "sora", "all four again")
    assert (again.state, again.set_aside) == (FlipState.DONE, ())
    assert await four.colours() == {"blue"}


async def test_undo_needs_no_more_than_the_flip_had(four: Shop, store: Store) -> None:
    four.links.to(LB_2).is_cut = True
    flips = four.flips(store)
    await flips.flip(SHOP, GREEN, "jun", "lb-2 is away", without=[LB_2])
    undone = await flips.undo(SHOP, "jun")
    assert (undone.state, undone.set_aside) == (FlipState.DONE, (LB_2,))
    assert await four.colours() == {"blue"}


async def test_only_balancers_can_be_left_out_and_not_all(four: Shop, store: Store) -> None:
    flips = four.flips(store)
    with pytest.raises(NotFound, match="lb-9 is no balancer") as missing:
        await flips.flip(SHOP, GREEN, "jun", "typo", without=["lb-9"])
    assert "lb-1, lb-2" in missing.value.hint
    with pytest.raises(Refused, match="no balancer would be left"):
        await flips.flip(SHOP, GREEN, "jun", "none", without=list(four.every_door))
    assert await four.colours() == {"blue"}
