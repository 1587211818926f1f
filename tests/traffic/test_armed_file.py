"""A balancer whose file was changed but not loaded: its next reload would flip it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.switch_doors import skip_without
from support.traffic import BLUE, GREEN, SHOP, RealClock, Shop

from devops_tui.domain.switching import NginxIncludeConfig
from devops_tui.domain.traffic import FlipState
from devops_tui.ports.store import Store
from devops_tui.services.observation import Observer

pytestmark = pytest.mark.real


@pytest.fixture
def included(tmp_path: Path) -> Iterator[Shop]:
    skip_without("nginx-include")
    made = Shop(tmp_path / "shop", ("nginx-include",), drain_s=1.0)
    yield made
    made.close()


def arm(config: NginxIncludeConfig) -> None:
    """Somebody changes the file by hand and reloads nothing."""
    Path(config.include).write_text("set $colour blue; # fence 0\n")


async def test_an_armed_file_is_seen_named_as_drift_and_repaired(
    included: Shop, store: Store
) -> None:
    flips = included.flips(store)
    flip = await flips.flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.DONE, flip.error
    config = included.every_door["lb-1"].config
    assert isinstance(config, NginxIncludeConfig)
    arm(config)
    seen = await Observer(included.links, RealClock(), included.switches, included.service).look()
    assert [(b.serves, b.armed) for b in seen.balancers] == [(GREEN, BLUE)]
    status = replace(store.service_status(SHOP), balancers=seen.balancers)
    assert status.drift() == "the next reload flips lb-1 to blue: the file was changed, not loaded"
    assert await included.colours() == {"green"}
    (switch,) = included.switches(included.service)
    await switch.commit(await switch.prepare(GREEN, flip.fence + 1))
    after = await switch.read()
    assert (after.serves, after.armed, after.fence) == (GREEN, None, flip.fence + 1)
