"""Undo brings back what served before, or says what it would take."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.traffic import BLUE, GREEN, SHOP, Shop

from devops_tui.domain.errors import Refused, RevisionConflict
from devops_tui.domain.traffic import FlipState
from devops_tui.ports.store import Store


async def test_a_second_rollback_is_refused_not_flipped_forward(shop: Shop, store: Store) -> None:
    flips = shop.flips(store)
    await flips.flip(SHOP, None, "jun", "release")
    await flips.undo(SHOP, "jun", "errors", expected_live=GREEN)
    with pytest.raises(RevisionConflict):
        await flips.undo(SHOP, "sora", "errors", expected_live=GREEN)
    assert await shop.colours() == {"blue"}


async def test_a_colour_that_got_another_version_since_is_not_undone_to(
    shop: Shop, store: Store
) -> None:
    flips = shop.flips(store)
    held = {"blue": "sha256:aaa", "green": "sha256:bbb"}
    store.save_service(
        replace(
            store.service_status(SHOP), digests=held, versions={"blue": "1.4.1", "green": "1.1"}
        )
    )
    await flips.flip(SHOP, GREEN, "jun", "release")
    status = store.service_status(SHOP)
    newer = {"digests": {**held, "blue": "sha256:ccc"}, "versions": {"blue": "1.5.0"}}
    store.save_service(replace(status, **newer, warm_until=None))  # type: ignore[arg-type]
    with pytest.raises(Refused, match=r"blue holds 1\.5\.0 by now, not 1\.4\.1") as refused:
        await flips.undo(SHOP, "jun", "errors")
    assert "`devops-tui rollback shop`" in refused.value.hint
    assert await shop.colours() == {"green"}
    store.save_service(replace(store.service_status(SHOP), digests=held))  # brought up again
    undone = await flips.undo(SHOP, "jun", "errors")
    assert undone.state is FlipState.DONE
    assert await shop.colours() == {BLUE.value}
