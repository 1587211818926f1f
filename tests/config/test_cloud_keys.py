"""The keys of switches that are a provider's API, and what is said of mistakes in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.cloud_switching import (
    AlbConfig,
    AwsLogin,
    KubernetesConfig,
    Route53Config,
)
from devops_tui.domain.errors import ConfigError
from devops_tui.domain.front_door import FrontDoor, front_door
from devops_tui.domain.ids import THIS_MACHINE, HostName
from devops_tui.domain.traffic import SwitchConfig

TEXT = """\
name: shop
hosts: {web-1: , web-2: , bastion: }
environments: {test: }
services:
  shop:
    environment: test
    colours: {blue: {hosts: web-1, port: 80}, green: {hosts: web-2, port: 80}}
    switch:
      {SWITCH}
"""
RULE = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/a/b/c"
EU = HostName("eu")

Load = Callable[[str], SwitchConfig | None]


@pytest.fixture
def switch_of(tmp_path: Path) -> Load:
    def loaded(switch: str) -> SwitchConfig | None:
        (tmp_path / "devops.yaml").write_text(TEXT.replace("{SWITCH}", switch))
        return load(tmp_path).services["shop"].switch

    return loaded


@pytest.mark.parametrize(
    ("text", "config"),
    [
        (f"alb: {{rules: {{eu: '{RULE}'}}}}", AlbConfig({"eu": RULE})),
        (
            f"alb: {{rules: {{eu: '{RULE}'}}, group: 'x-{{colour}}', settle: 20s,"
            " login: {profile: production}}",
            AlbConfig({"eu": RULE}, "x-{colour}", login=AwsLogin("production"), settle_s=20.0),
        ),
        (
            "route53: {zone: Z012, record: Shop.example.com., types: [A, AAAA]}",
            Route53Config(
                "Z012",
                "shop.example.com",
                ("A", "AAAA"),
                doors={"shop.example.com": "http://shop.example.com"},
            ),
        ),
        (
            "route53: {zone: Z012, record: s.example.com, door: 'https://s.example.com',"
            " login: {key: 'env:K', secret: 'file:/s'}, settle: 6m}",
            Route53Config(
                "Z012",
                "s.example.com",
                doors={"s.example.com": "https://s.example.com"},
                login=AwsLogin("", "env:K", "file:/s"),
                settle_s=360.0,
            ),
        ),
        (
            "kubernetes: {clusters: {eu: production}}",
            KubernetesConfig({"eu": "production"}, "default", "shop"),
        ),
        (
            "kubernetes: {clusters: {eu: production}, namespace: x, service: y, host: bastion}",
            KubernetesConfig({"eu": "production"}, "x", "y", via=HostName("bastion")),
        ),
    ],
)
def test_each_kind_of_cloud_is_read(switch_of: Load, text: str, config: SwitchConfig) -> None:
    found = switch_of(text)
    assert found == config
    assert found is not None
    assert found.abilities.tested_with == "contract"
    assert "tested_with: contract" in found.abilities.words


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("alb: {rules: {eu: 'arn:x'}}", "9:25", "no ARN of a rule or a listener"),
        ("alb: {rules: {}}", "9:20", "`rules` is empty"),
        (f"alb: {{rules: {{eu: '{RULE}'}}, group: shop}}", "", "must hold {colour}"),
        (f"alb: {{rules: {{eu: '{RULE}'}}, doors: {{us: 'http://x'}}}}", "9:12", "names `us`"),
        (f"alb: {{rules: {{eu: '{RULE}'}}, doors: {{eu: shop}}}}", "", "no URL of a front door"),
        (
            f"alb: {{rules: {{eu: '{RULE}'}}, doors: {{eu: 'https://u:p@x'}}}}",
            "",
            "a literal secret",
        ),
        (f"alb: {{rules: {{eu: '{RULE}'}}, login: {{key: AKIA1}}}}", "", "secret"),
        (
            f"alb: {{rules: {{eu: '{RULE}'}}, login: {{key: 'env:K'}}}}",
            "",
            "`key` and `secret` go together",
        ),
        ("route53: {zone: z, record: shop.example.com}", "9:23", "no id of a hosted zone"),
        ("route53: {zone: Z1, record: shop}", "9:35", "no name in the DNS"),
        (
            "route53: {zone: Z1, record: a.example.com, types: [CNAME, A]}",
            "9:16",
            "a name with a CNAME has nothing else",
        ),
        ("route53: {zone: Z1, record: a.example.com, set: shop}", "", "must hold {colour}"),
        ("kubernetes: {clusters: {eu: p}, namespace: Shop}", "", "no name that Kubernetes takes"),
        ("kubernetes: {clusters: {eu: p}, host: bastoin}", "9:45", "unknown host `bastoin`"),
        ("kubernetes: {clusters: {eu: p}, label: 'a b'}", "", "no key of a label"),
    ],
)
def test_mistakes_are_told_with_their_place(
    switch_of: Load, text: str, where: str, what: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        switch_of(text)
    (mistake,) = refused.value.mistakes
    assert what in mistake.what
    assert mistake.line == 9
    if where:
        assert f"{mistake.line}:{mistake.column}" == where
    assert mistake.todo


def test_a_service_of_kubernetes_gives_no_shares(tmp_path: Path) -> None:
    text = TEXT.replace("{SWITCH}", "kubernetes: {clusters: {eu: production}}")
    (tmp_path / "devops.yaml").write_text(f"{text}    canary: [10, 100]\n")
    with pytest.raises(ConfigError) as refused:
        load(tmp_path)
    assert "its kubernetes switch cannot give a colour a share" in str(refused.value.mistakes[0])


@pytest.mark.parametrize(
    ("url", "door"),
    [
        ("https://shop.example.com", ("shop.example.com", 443, "shop.example.com", True)),
        (
            "http://shop.example.com:8080/x",
            ("shop.example.com", 8080, "shop.example.com:8080", False),
        ),
        ("http://[::1]:80", ("::1", 80, "[::1]", False)),
    ],
)
def test_a_front_door_is_told_from_its_url(url: str, door: tuple[str, int, str, bool]) -> None:
    config = AlbConfig({"eu": RULE}, doors={"eu": url})
    assert front_door(config, EU) == FrontDoor(THIS_MACHINE, *door)
    assert front_door(config, HostName("us")) is None
