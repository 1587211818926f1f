"""Who names a colour gets it, by a header or a cookie; everybody else is not touched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.switch_doors import colour_at, make_door, skip_without
from support.traffic import BLUE, GREEN, RealClock, Shop

from devops_tui.domain.switching import PreviewRequest
from devops_tui.services.http_probe import KeepAlive
from devops_tui.services.switch_check import check_switch
from devops_tui.stores.sqlite.store import SqliteStore

KINDS = ("haproxy", "haproxy-weighted", "nginx", "nginx-include", "caddy", "traefik", "envoy")
WAYS = {"header": PreviewRequest(header="X-Preview"), "cookie": PreviewRequest(cookie="preview")}

pytestmark = pytest.mark.real


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "state.db")
    yield opened
    opened.close()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_tester_gets_the_colour_that_is_named(kind: str, way: str, tmp_path: Path) -> None:
    skip_without(kind)
    testers = WAYS[way]
    shop = Shop(tmp_path / "shop", ())
    ports = {c.value: list(s.ports.values()) for c, s in shop.service.colours.items()}
    door = make_door(kind, tmp_path / "lb-1", "lb-1", ports)
    door.balancer.testers = testers  # type: ignore[attr-defined]
    try:
        door.start()
        for colour in (BLUE, GREEN):
            asked = KeepAlive(
                lambda: asyncio.open_connection("127.0.0.1", door.port),
                "shop",
                testers.fields(colour),
            )
            answers = [await asked.get("/", 5.0) for _ in range(3)]
            asked.close()
            assert {answer.headers["x-colour"] for answer in answers} == {colour.value}
        other = KeepAlive(
            lambda: asyncio.open_connection("127.0.0.1", door.port),
            "shop",
            testers.fields("purple"),
        )
        assert (await other.get("/", 5.0)).headers["x-colour"] == "blue"
        other.close()
        assert await colour_at(door) == "blue"
    finally:
        door.stop()
        shop.close()


@pytest.mark.parametrize("has_lines", [True, False])
async def test_a_check_asks_as_a_tester_would(
    has_lines: bool, tmp_path: Path, store: SqliteStore
) -> None:
    skip_without("haproxy")
    shop = Shop(tmp_path / "shop", ("haproxy",))
    try:
        door = shop.every_door["lb-1"]
        if has_lines:
            door.stop()
            door.balancer.testers = WAYS["header"]  # type: ignore[attr-defined]
            door.start()
        service = replace(shop.service, testers=WAYS["header"])
        shop.flips(store)
        found = await check_switch(store, RealClock(), shop.links, service, shop.switches(service))
        told = {finding.what: finding.is_good for finding in found}
        assert told["X-Preview: blue gets blue"] is True
        wrong = [what for what, is_good in told.items() if not is_good]
        assert wrong == ([] if has_lines else ["X-Preview: green: through lb-1: blue answers"])
    finally:
        shop.close()
