"""What a balancer's place says that is no balancer: refused in words, never a crash."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import cast

import pytest
from support.loopback import LoopbackTransport

from devops_tui.bootstrap.switches import switch_of
from devops_tui.domain.errors import DevopsError
from devops_tui.domain.ids import HostName, ServiceName
from devops_tui.domain.switching import CaddyConfig, EnvoyConfig, TraefikConfig
from devops_tui.domain.traffic import Colour, Servers, Service, SwitchConfig
from devops_tui.ports.switch import Switch, WiredSwitch
from devops_tui.services.balancers import Balancers

LB = HostName("lb-1")
SAID: tuple[object, ...] = (
            None, 7, [], [1], {}, {"entries": []}, {"entries": {"shop.shop_blue": 3}},
            {"handler": "vars", "colour": 4, "fence": {}}, {"weighted": {"services": ["x"]}},
            {"weighted": {"services": [{"name": None, "weight": []}]}},
            {"entries": {}, "stats": [7]}, {"stats": {"name": 1}},
)  # fmt: skip
BODIES = [b"", b"<html>hello</html>", *(json.dumps(said).encode() for said in SAID)]
LENGTHS = ["{}", "many", "-1", "1e3"]


class Strange:
    """An HTTP server that gives the same answer to everything."""

    def __init__(self) -> None:
        self.body = b""
        self.length = "{}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        length = self.length.format(len(self.body))
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode() + self.body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def strange() -> AsyncIterator[tuple[Strange, int]]:
    answers = Strange()
    server = await asyncio.start_server(answers.serve, "127.0.0.1", 0)
    async with server:
        yield answers, server.sockets[0].getsockname()[1]


def a_switch(kind: str, port: int) -> Switch:
    configs: dict[str, SwitchConfig] = {
        "envoy": EnvoyConfig((LB,), port, "shop"),
        "caddy": CaddyConfig((LB,), port, "shop"),
        "traefik": TraefikConfig((LB,), "/nonexistent/shop.yml", port, "shop"),
    }
    config = configs[kind]
    colours = {colour: Servers((HostName("web"),), 1) for colour in Colour}
    service = Service(ServiceName("shop"), "test", colours, switch=config)
    return switch_of(LoopbackTransport("lb-1"), config, service)


@pytest.mark.parametrize("kind", ["envoy", "caddy", "traefik"])
async def test_every_strange_answer_is_said_in_words(
    kind: str, strange: tuple[Strange, int]
) -> None:
    answers, port = strange
    switch = a_switch(kind, port)
    for answers.body in BODIES:
        for answers.length in LENGTHS:
            readings = await Balancers([switch]).read(5.0)
            assert not any("nobody understands" in e.title for e in readings.errors.values()), (
                answers.body,
                answers.length,
            )


@pytest.mark.parametrize(
    ("kind", "body", "missing"),
    [
        ("envoy", {"configs": []}, "no route of Envoy has `runtime_key_prefix: shop`"),
        ("caddy", {"apps": {}}, "no route of Caddy looks at {http.vars.colour}"),
        ("traefik", [{"service": "other@file"}], "no router of Traefik sends to `shop`"),
    ],
)
async def test_a_balancer_that_never_looks_at_the_switch_says_so(
    kind: str, body: object, missing: str, strange: tuple[Strange, int]
) -> None:
    answers, port = strange
    answers.body = json.dumps(body).encode()
    assert await cast("WiredSwitch", a_switch(kind, port)).unwired() == missing


class Broken:
    """A switch with a fault of its own."""

    host = LB

    async def read(self) -> object:
        raise KeyError("entries")


async def test_a_fault_of_a_switch_is_an_unread_balancer_not_the_end() -> None:
    readings = await Balancers([Broken()]).read()  # type: ignore[list-item]
    error = readings.errors[LB]
    assert isinstance(error, DevopsError)
    assert "nobody understands (KeyError)" in error.title
