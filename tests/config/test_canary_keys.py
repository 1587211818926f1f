"""The shares of a canary: who may have them, and what is said of mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.errors import ConfigError
from devops_tui.domain.traffic import HaproxyConfig, Service

TEXT = """\
name: shop
hosts: {web-1: , web-2: , lb-1: }
environments: {test: }
services:
  shop:
    environment: test
    colours: {blue: {hosts: web-1, port: 80}, green: {hosts: web-2, port: 80}}
    switch: {SWITCH}
    canary: [SHARES]
    canary_step: 5m
"""
ENVOY = "envoy: {hosts: lb-1, admin: 9901}"
TRAEFIK = "traefik: {hosts: lb-1, file: /t}"
HAPROXY = "haproxy: {hosts: lb-1, socket: /s, map: /m"

Read = Callable[[str, str], Service]


@pytest.fixture
def service_of(tmp_path: Path) -> Read:
    def loaded(switch: str, shares: str) -> Service:
        text = TEXT.replace("{SWITCH}", f"{{{switch}}}").replace("SHARES", shares)
        (tmp_path / "devops.yaml").write_text(text)
        return load(tmp_path).services["shop"]

    return loaded


@pytest.mark.parametrize("switch", [ENVOY, TRAEFIK, f"{HAPROXY}, weighted: true}}"])
def test_switches_that_can_give_shares(switch: str, service_of: Read) -> None:
    service = service_of(switch, "1, 5, 25, 50, 100")
    assert service.canary == (1, 5, 25, 50, 100)
    assert service.canary_step_s == 300.0
    assert service.switch is not None
    assert service.switch.abilities.is_weighted
    if isinstance(service.switch, HaproxyConfig):
        assert service.switch.is_weighted


@pytest.mark.parametrize(
    "switch",
    [
        f"{HAPROXY}}}",
        "nginx: {hosts: lb-1, flag: /f}",
        "nginx: {hosts: lb-1, include: /i, reload: r}",
        "caddy: {hosts: lb-1}",
        "command: {hosts: lb-1, run: /s}",
    ],
)
def test_the_others_say_that_they_cannot_and_where(switch: str, service_of: Read) -> None:
    with pytest.raises(ConfigError) as caught:
        service_of(switch, "5, 100")
    (mistake,) = caught.value.mistakes
    assert (mistake.line, mistake.column) == (9, 5)
    assert "switch cannot give a colour a share of the requests" in mistake.what
    assert "weighted: true" in mistake.todo


@pytest.mark.parametrize("shares", ["5, 1, 100", "0, 100", "5, 50", "5, 5, 100", "50, 101"])
def test_shares_rise_to_the_whole(shares: str, service_of: Read) -> None:
    with pytest.raises(ConfigError) as caught:
        service_of(ENVOY, shares)
    (mistake,) = caught.value.mistakes
    assert mistake.line == 9
    assert "shares must rise" in mistake.what
