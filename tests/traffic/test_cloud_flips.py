"""Whole flips through switches that are a provider's API: proved at their own front doors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from support.aws_double import RECORD, Alb, Reached, Zone, asking
from support.clocks import StillClock
from support.cloud_doors import mock_aws
from support.cloud_front import CloudFront
from support.loopback import LoopbackLinks
from support.traffic import BLUE, GREEN, SHOP, Shop

from devops_tui.domain.cloud_switching import AlbConfig, Route53Config
from devops_tui.domain.traffic import FlipState, Service
from devops_tui.ports.store import Store
from devops_tui.ports.switch import Switch
from devops_tui.services.flips import Flips
from devops_tui.switches.alb import AlbSwitch
from devops_tui.switches.route53 import Route53Switch

SETTLE_S = 4.0
DENIED = {"Error": {"Code": "AccessDenied", "Message": "not yours"}}


class Cloud:
    """A shop whose balancers are AWS's; the servers of its colours are real."""

    def __init__(self, folder: Path) -> None:
        self.shop = Shop(folder, ())
        hosts = [h for servers in self.shop.service.colours.values() for h in servers.hosts]
        self.links = LoopbackLinks("local", *hosts)
        self.clock = StillClock()
        self.fronts: dict[str, CloudFront] = {}
        self.switches: Callable[[Service], list[Switch]] = lambda _: []
        self.service = self.shop.service

    def front(self, name: str, choose: Callable[[], str]) -> str:
        """A front door; its URL."""
        made = self.fronts[name] = CloudFront(choose, is_held=False)
        made.start()
        return f"http://127.0.0.1:{made.port}"

    def flips(self, store: Store) -> Flips:
        return Flips(store, self.clock, {SHOP: self.service}, self.switches, self.links)

    def close(self) -> None:
        for front in self.fronts.values():
            front.close()
        self.shop.close()


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with mock_aws():
        made = Cloud(tmp_path / "shop")
        yield made
        made.close()


class TwoRules:
    """A rule and a listener, as two balancers of one service."""

    def __init__(self, cloud: Cloud) -> None:
        self.alb = Alb()
        arns = {"eu": self.alb.rule, "us": self.alb.listener}
        doors = {name: cloud.front(name, partial(self.colour, arn)) for name, arn in arns.items()}
        self.config = AlbConfig(arns, doors=doors, settle_s=SETTLE_S)
        self.denied: set[str] = set()
        self._known: dict[str, tuple[int, int]] = {}
        cloud.service = replace(cloud.service, switch=self.config, drain_s=1.0)
        cloud.switches = self.switches

    def switches(self, service: Service) -> list[Switch]:
        return [
            AlbSwitch(asking(self), self.config, host, service.name) for host in self.config.hosts
        ]

    def colour(self, arn: str) -> str:
        """Asks the double again only after a change: it is slow."""
        weights = self._known[arn] = self._known.get(arn) or self.alb.weights(arn)
        return "green" if weights == (0, 100) else "blue"

    def __getattr__(self, name: str) -> Any:
        def call(**given: Any) -> Any:
            if name in self.denied:
                raise import_module("botocore.exceptions").ClientError(DENIED, name)
            if name.startswith("modify_"):
                self._known = {}
            return getattr(self.alb.elb, name)(**given)

        return call


async def test_two_balancers_flip_are_proved_and_go_back(cloud: Cloud, store: Store) -> None:
    rules = TwoRules(cloud)
    flips = cloud.flips(store)
    began = cloud.clock.now()
    flip = await flips.flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.DONE, flip
    assert rules.alb.weights(rules.alb.rule) == rules.alb.weights(rules.alb.listener) == (0, 100)
    assert any("16 answers are the new colour's" in step.what for step in flip.steps)
    assert (cloud.clock.now() - began).total_seconds() >= SETTLE_S + 1.0
    undone = await flips.undo(SHOP, "jun", "wrong price")
    assert undone.state is FlipState.DONE
    assert rules.alb.weights(rules.alb.rule) == rules.alb.weights(rules.alb.listener) == (100, 0)


async def test_a_balancer_that_is_not_ours_takes_the_other_back(cloud: Cloud, store: Store) -> None:
    """One of two is allowed: no half is left."""
    rules = TwoRules(cloud)
    rules.denied = {"modify_listener"}
    flip = await cloud.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert rules.alb.weights(rules.alb.rule) == rules.alb.weights(rules.alb.listener) == (100, 0)
    assert flip.state is FlipState.FAILED
    assert "modify_listener is not allowed" in flip.error
    assert store.service_status(SHOP).live is BLUE


async def test_the_check_finds_what_is_missing_and_says_what_is_not_seen(
    cloud: Cloud, store: Store
) -> None:
    rules = TwoRules(cloud)
    flips = cloud.flips(store)
    assert [f for f in await flips.check(SHOP) if not f.is_good] == []
    told = {f.what for f in await flips.check(SHOP)}
    ports = {front.port for front in cloud.fronts.values()}
    assert {f"blue answers through port {port}" for port in ports} <= told
    cloud.service = replace(cloud.service, switch=replace(rules.config, doors={}))
    found = await cloud.flips(store).check(SHOP)
    assert any(f.what == "no front door is named: a flip is read back only" for f in found)
    rules.denied = {"describe_tags"}
    bad = [f for f in await flips.check(SHOP) if not f.is_good]
    assert {f.host for f in bad} == {"eu", "us"}
    assert all("switch init" in f.todo for f in bad)


async def test_without_a_door_a_flip_is_read_back(cloud: Cloud, store: Store) -> None:
    rules = TwoRules(cloud)
    cloud.service = replace(cloud.service, switch=replace(rules.config, doors={}))
    plan = cloud.flips(store).plan(SHOP, GREEN)
    assert "eu  no front door is named: read back only" in plan
    flip = await cloud.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.DONE
    assert any("no front door is named: read back only" in step.what for step in flip.steps)


class Slow:
    """A name whose clients follow the zone some seconds later."""

    def __init__(self, cloud: Cloud, lag_s: float) -> None:
        self.zone = Zone()
        self._clock = cloud.clock
        self._lag_s = lag_s
        self._seen: list[tuple[datetime, str]] = []
        self._fronts = cloud.fronts
        self.dies_with = ""
        url = cloud.front(RECORD, self.colour)
        self.config = Route53Config(self.zone.id, RECORD, doors={RECORD: url})
        client = Reached(self.zone.client, lambda: False, self._note)
        cloud.service = replace(cloud.service, switch=self.config, drain_s=1.0)
        cloud.switches = lambda service: [Route53Switch(asking(client), self.config, service.name)]

    def _note(self) -> None:
        says = "green" if self.zone.weights() == (0, 100) else "blue"
        self._seen.append((self._clock.now(), says))

    def colour(self) -> str:
        """What the zone said `lag_s` ago."""
        now = self._clock.now()
        old = [c for at, c in self._seen if at <= now - timedelta(seconds=self._lag_s)]
        found = old[-1] if old else "blue"
        self._fronts[RECORD].status = 502 if found == self.dies_with else 200
        return found


async def test_a_name_is_proved_when_its_ttl_is_over(cloud: Cloud, store: Store) -> None:
    slow = Slow(cloud, lag_s=90.0)
    began = cloud.clock.now()
    flip = await cloud.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.DONE, flip
    assert slow.colour() == "green"
    assert (cloud.clock.now() - began).total_seconds() >= slow.config.settle_s


async def test_a_name_that_follows_too_late_is_taken_back(cloud: Cloud, store: Store) -> None:
    slow = Slow(cloud, lag_s=500.0)
    flip = await cloud.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.FAILED
    assert "blue answers" in flip.error
    assert slow.zone.weights() == (100, 0)


async def test_a_colour_that_answers_badly_is_not_waited_for(cloud: Cloud, store: Store) -> None:
    slow = Slow(cloud, lag_s=0.0)
    slow.dies_with = "green"
    began = cloud.clock.now()
    flip = await cloud.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.FAILED
    assert "green answers 502" in flip.error
    assert (cloud.clock.now() - began).total_seconds() < slow.config.settle_s
    assert slow.zone.weights() == (100, 0)
