"""The keys of every kind of switch, and what is said of mistakes in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.errors import ConfigError
from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import (
    CaddyConfig,
    CommandConfig,
    EnvoyConfig,
    NginxConfig,
    NginxIncludeConfig,
    TraefikConfig,
)
from devops_tui.domain.traffic import SwitchConfig

TEXT = """\
name: shop
hosts: {web-1: , web-2: , lb-1: }
environments: {test: }
services:
  shop:
    environment: test
    colours: {blue: {hosts: web-1, port: 80}, green: {hosts: web-2, port: 80}}
    switch: {SWITCH}
"""
LB = (HostName("lb-1"),)

Load = Callable[[str], SwitchConfig | None]


@pytest.fixture
def switch_of(tmp_path: Path) -> Load:
    def loaded(switch: str) -> SwitchConfig | None:
        (tmp_path / "devops.yaml").write_text(TEXT.replace("{SWITCH}", f"{{{switch}}}"))
        return load(tmp_path).services["shop"].switch

    return loaded


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("nginx: {hosts: lb-1, flag: /f}", NginxConfig(LB, "/f")),
        (
            "nginx: {hosts: lb-1, include: /i, reload: sudo nginx -s reload, port: 8080}",
            NginxIncludeConfig(LB, "/i", "sudo nginx -s reload", port=8080),
        ),
        ("caddy: {hosts: lb-1}", CaddyConfig(LB, 2019, "shop")),
        ("caddy: {hosts: lb-1, admin: /run/c, file: /c}", CaddyConfig(LB, "/run/c", "shop", "/c")),
        ("envoy: {hosts: lb-1, admin: 9901}", EnvoyConfig(LB, 9901, "shop")),
        (
            "envoy: {hosts: lb-1, admin: 9901, runtime: /var/lib/envoy/shop}",
            EnvoyConfig(LB, 9901, "shop", runtime="/var/lib/envoy/shop"),
        ),
        ("traefik: {hosts: lb-1, file: /t}", TraefikConfig(LB, "/t", 8080, "shop")),
        (
            "command: {hosts: lb-1, run: /s x, can: [fenced, drain]}",
            CommandConfig(LB, "/s x", ("fenced", "drain")),
        ),
        ("command: {hosts: lb-1, run: /s, can: fenced}", CommandConfig(LB, "/s", ("fenced",))),
    ],
)
def test_each_kind_is_read(text: str, config: SwitchConfig, switch_of: Load) -> None:
    assert switch_of(text) == config


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nginx: {hosts: lb-1}", "nginx needs one of `flag` and `include`; write `flag:"),
        ("nginx: {hosts: lb-1, flag: /f, include: /i}", "nginx needs one of"),
        ("nginx: {hosts: lb-1, include: /i}", "`include` needs `reload`"),
        ("caddy: {hosts: lb-1, admin: 0}", "no admin endpoint; write a port"),
        ("caddy: {hosts: lb-1, admin: true}", "no admin endpoint"),
        ("envoy: {hosts: lb-1, admin: run/x}", "no admin endpoint"),
        ("envoy: {hosts: lb-1}", "missing key `admin`"),
        ("envoy: {hosts: lb-1, admin: 1, cluster: shop}", "must hold {colour}"),
        ("traefik: {hosts: lb-1, file: t}", "no absolute path"),
        ("command: {hosts: lb-1, run: ' '}", "no command"),
        (
            "command: {hosts: lb-1, run: /s, can: [quick]}",
            "`can` cannot be this; write atomic, fenced, d",
        ),
        ("caddy: {hosts: lb-1}, envoy: {hosts: lb-1, admin: 1}", "one kind of switch is needed"),
    ],
)
def test_mistakes_say_where_and_what_to_do(text: str, said: str, switch_of: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        switch_of(text)
    (mistake,) = caught.value.mistakes
    assert mistake.line == 8
    assert said in f"{mistake.what}; {mistake.todo}"
