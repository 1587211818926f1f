"""Two people roll back at once: the second does not bring back what the first took away."""

from __future__ import annotations

import pytest
from support.traffic import GREEN, SHOP, Shop

from devops_tui.domain.errors import RevisionConflict
from devops_tui.ports.store import Store


async def test_a_second_rollback_is_refused_not_flipped_forward(shop: Shop, store: Store) -> None:
    flips = shop.flips(store)
    await flips.flip(SHOP, None, "jun", "release")
    await flips.undo(SHOP, "jun", "errors", expected_live=GREEN)
    with pytest.raises(RevisionConflict):
        await flips.undo(SHOP, "sora", "errors", expected_live=GREEN)
    assert await shop.colours() == {"blue"}
