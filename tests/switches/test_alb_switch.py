"""Load balancers of AWS: what the contract of every switch does not say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from support.aws_double import Alb, asking
from support.cloud_doors import mock_aws
from support.switch_doors import flip

from devops_tui.domain.cloud_switching import AlbConfig
from devops_tui.domain.errors import HostUnreachable, LoginRefused, SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour
from devops_tui.switches.alb import AlbSwitch, alb_plan

BLUE, GREEN = Colour.BLUE, Colour.GREEN
EU = HostName("eu")
ERRORS = import_module("botocore.exceptions")


@pytest.fixture
def alb() -> Iterator[Alb]:
    with mock_aws():
        yield Alb()


class Wire:
    """The library's client; a call may be held, or end otherwise than it is told."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.asked: list[str] = []
        self.sent: dict[str, Any] = {}
        self.before: dict[str, Callable[[], None]] = {}
        self.after: dict[str, Exception] = {}

    def __getattr__(self, name: str) -> Any:
        def call(**given: Any) -> Any:
            self.asked.append(name)
            self.sent[name] = given
            self.before.pop(name, lambda: None)()
            told = getattr(self._inner, name)(**given)
            if name in self.after:
                raise self.after.pop(name)
            return told

        return call


def a_switch(alb: Alb, wire: Wire | None = None, arn: str = "") -> AlbSwitch:
    config = AlbConfig({"eu": arn or alb.rule})
    return AlbSwitch(asking(wire or alb.elb), config, EU, "shop")


def denied() -> Any:
    answer = {"Error": {"Code": "AccessDenied", "Message": "no"}}
    return ERRORS.ClientError(answer, "ModifyRule")


LOST = ERRORS.ReadTimeoutError(endpoint_url="https://x")


async def test_a_listener_is_flipped_like_a_rule(alb: Alb) -> None:
    switch = a_switch(alb, arn=alb.listener)
    await flip(switch, GREEN, 3)
    assert alb.weights(alb.listener) == (0, 100)
    assert alb.weights(alb.rule) == (100, 0)
    assert (await switch.read()).fence == 3


async def test_everything_else_of_the_action_stays(alb: Alb) -> None:
    oidc = {
        "Issuer": "https://id.example.com",
        "AuthorizationEndpoint": "https://id.example.com/a",
        "TokenEndpoint": "https://id.example.com/t",
        "UserInfoEndpoint": "https://id.example.com/u",
        "ClientId": "shop",
        "ClientSecret": "planted",
    }
    login = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": oidc}
    forward = {**alb.forward(100, 0), "Order": 2}
    alb.elb.modify_rule(RuleArn=alb.rule, Actions=[login, forward])
    wire = Wire(alb.elb)
    switch = a_switch(alb, wire)
    await flip(switch, GREEN, 1)
    assert alb.weights() == (0, 100)
    found = alb.elb.describe_rules(RuleArns=[alb.rule])["Rules"][0]["Actions"]
    assert [a["Type"] for a in found] == ["authenticate-oidc", "forward"]
    assert [a["Order"] for a in found] == [1, 2]
    assert found[0]["AuthenticateOidcConfig"]["ClientId"] == "shop"
    first = wire.sent["modify_rule"]["Actions"][0]
    assert first["AuthenticateOidcConfig"]["UseExistingClientSecret"] is True


async def test_clients_that_stick_are_refused(alb: Alb) -> None:
    sticky = alb.forward(100, 0, is_sticky=True)
    alb.elb.modify_rule(RuleArn=alb.rule, Actions=[sticky])
    with pytest.raises(SwitchRefused, match="stick to a target group"):
        await a_switch(alb).prepare(GREEN, 1)


async def test_a_rule_that_lacks_a_group_or_has_another_is_refused(alb: Alb) -> None:
    switch = a_switch(alb)
    whole = alb.forward(100, 0)
    short = alb.forward(100, 0)
    del short["ForwardConfig"]["TargetGroups"][1]
    alb.elb.modify_rule(RuleArn=alb.rule, Actions=[short])
    with pytest.raises(SwitchRefused, match="no group `shop-green`"):
        await switch.prepare(GREEN, 1)
    config = replace(AlbConfig({"eu": alb.rule}), group="{service}-x-{colour}")
    alb.elb.modify_rule(RuleArn=alb.rule, Actions=[whole])
    other = AlbSwitch(asking(alb.elb), config, EU, "shop")
    assert (await other.read()).share is None
    with pytest.raises(SwitchRefused, match="no group `shop-x-blue`"):
        await other.prepare(GREEN, 1)


async def test_a_colour_without_a_healthy_target_is_refused_but_not_the_way_back(
    alb: Alb,
) -> None:
    switch = a_switch(alb)
    targets = [{"Id": alb.machine}]
    alb.elb.deregister_targets(TargetGroupArn=alb.groups["green"], Targets=targets)
    with pytest.raises(SwitchRefused, match="no healthy target of green"):
        await switch.prepare(GREEN, 1)
    alb.elb.register_targets(TargetGroupArn=alb.groups["green"], Targets=targets)
    await flip(switch, GREEN, 1)
    alb.elb.deregister_targets(TargetGroupArn=alb.groups["blue"], Targets=targets)
    await flip(switch, BLUE, 1)  # the same number: what it came from is brought back
    assert alb.weights() == (100, 0)


async def test_an_answer_that_is_lost_is_read_back(alb: Alb) -> None:
    wire = Wire(alb.elb)
    wire.after["modify_rule"] = LOST
    await flip(a_switch(alb, wire), GREEN, 1)
    assert alb.weights() == (0, 100)


async def test_a_change_that_was_not_done_is_not_told_as_done(alb: Alb) -> None:
    wire = Wire(alb.elb)

    def never() -> None:
        raise LOST

    wire.before["modify_rule"] = never
    switch = a_switch(alb, wire)
    with pytest.raises(HostUnreachable, match="Read timeout"):
        await flip(switch, GREEN, 1)
    assert alb.weights() == (100, 0)
    reading = await switch.read()
    assert (reading.serves, reading.fence) == (BLUE, 1)
    await flip(switch, BLUE, 1)  # the way back, with the number of the flip
    assert (await switch.read()).serves is BLUE


async def test_a_tag_without_the_right_to_the_weights_changes_no_traffic(alb: Alb) -> None:
    wire = Wire(alb.elb)

    def no() -> None:
        raise denied()

    wire.before["modify_rule"] = no
    switch = a_switch(alb, wire)
    with pytest.raises(LoginRefused, match="modify_rule is not allowed"):
        await flip(switch, GREEN, 1)
    assert (await switch.read()).serves is BLUE


async def test_a_change_that_comes_late_is_put_right(alb: Alb) -> None:
    """It was held between its look and its act while a newer one was committed."""
    wire = Wire(alb.elb)
    late, newer = a_switch(alb, wire), a_switch(alb)
    token = await late.prepare(GREEN, 5)

    def overtaken() -> None:
        tag = {"Key": "devops-tui:fence", "Value": "6 green 0"}
        alb.elb.add_tags(ResourceArns=[alb.rule], Tags=[tag])
        alb.elb.modify_rule(RuleArn=alb.rule, Actions=[alb.forward(100, 0)])

    wire.before["modify_rule"] = overtaken
    with pytest.raises(SwitchRefused, match="6 green 0 after the commit of green"):
        await late.commit(token)
    reading = await newer.read()
    assert (reading.serves, reading.fence) == (BLUE, 6)
    assert alb.weights() == (100, 0)
    assert wire.asked.count("modify_rule") == 2


async def test_weights_of_others_are_read_as_shares(alb: Alb) -> None:
    switch = a_switch(alb)
    for weights, serves, share in (
        ((1, 2), None, 67),
        ((999, 1), None, 1),
        ((1, 999), None, 99),
        ((0, 7), GREEN, 100),
        ((0, 0), None, None),
    ):
        alb.elb.modify_rule(RuleArn=alb.rule, Actions=[alb.forward(*weights)])
        reading = await switch.read()
        assert (reading.serves, reading.share) == (serves, share)


def test_the_plan_names_each_call() -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/a/b"
    plan = alb_plan(AlbConfig({"eu": arn}), "shop", GREEN, EU)
    assert plan == (
        f"aws elbv2 describe-listeners --listener-arns {arn}",
        f"aws elbv2 add-tags --resource-arns {arn} "
        "--tags 'Key=devops-tui:fence,Value=FENCE green 100'",
        f"aws elbv2 modify-listener --listener-arn {arn} --default-actions "
        "(as before, but shop-green 100, shop-blue 0)",
        f"aws elbv2 describe-listeners --listener-arns {arn}",
    )
