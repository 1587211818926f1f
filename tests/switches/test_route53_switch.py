"""Records of Route 53: what the contract of every switch does not say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from support.aws_double import RECORD, Zone, asking
from support.cloud_doors import mock_aws
from support.switch_doors import flip

from devops_tui.domain.cloud_switching import Route53Config
from devops_tui.domain.errors import DevopsError, HostUnreachable, SwitchRefused
from devops_tui.domain.traffic import Colour
from devops_tui.switches.route53 import Route53Switch, route53_plan

BLUE, GREEN = Colour.BLUE, Colour.GREEN
LOST = import_module("botocore.exceptions").ReadTimeoutError(endpoint_url="https://x")


@pytest.fixture
def aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def zone(aws: None) -> Zone:
    return Zone()


class Wire:
    """The zone; a change may be held before, or lose its answer after."""

    def __init__(self, zone: Zone) -> None:
        self._inner = zone.client
        self.before: Callable[[], None] = lambda: None
        self.is_answered = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def change_resource_record_sets(self, **given: Any) -> Any:
        self.before()
        told = self._inner.change_resource_record_sets(**given)
        if not self.is_answered:
            raise LOST
        return told


def a_switch(zone: Zone, wire: Wire | None = None) -> Route53Switch:
    config = Route53Config(zone.id, RECORD, zone.types)
    return Route53Switch(asking(wire or zone.client), config, "shop")


async def test_all_types_go_together(aws: None) -> None:
    zone = Zone(types=("A", "AAAA"))
    switch = a_switch(zone)
    await flip(switch, GREEN, 1)
    assert (zone.weights("A"), zone.weights("AAAA")) == ((0, 100), (0, 100))
    assert ((await switch.read()).serves, (await switch.read()).fence) == (GREEN, 1)
    zone.change(("UPSERT", zone.record("AAAA", "green", 0)))
    reading = await switch.read()
    assert (reading.serves, reading.share) == (None, None)


async def test_a_record_keeps_its_addresses(zone: Zone) -> None:
    await flip(a_switch(zone), GREEN, 1)
    sets = zone.client.list_resource_record_sets(HostedZoneId=zone.id)["ResourceRecordSets"]
    found = [r for r in sets if r["Type"] == "A"]
    assert [r["ResourceRecords"] for r in found] == [[{"Value": "10.0.0.1"}]] * 2
    assert [r["TTL"] for r in found] == [60, 60]


async def test_of_two_batches_from_one_look_one_changes_nothing(zone: Zone) -> None:
    """Both have looked before either acts: the TXT record decides, not our look."""
    await flip(a_switch(zone), GREEN, 1)
    wire = Wire(zone)
    late = a_switch(zone, wire)
    token = await late.prepare(BLUE, 2)
    loop = asyncio.get_running_loop()

    def overtaken() -> None:
        wire.before = lambda: None
        first = asyncio.run_coroutine_threadsafe(flip(a_switch(zone), GREEN, 3), loop)
        first.result(20)

    wire.before = overtaken
    with pytest.raises(SwitchRefused, match="InvalidChangeBatch"):
        await late.commit(token)
    reading = await late.read()
    assert (reading.serves, reading.fence) == (GREEN, 3)


async def test_an_answer_that_is_lost_is_read_back_by_its_mark(zone: Zone) -> None:
    wire = Wire(zone)
    wire.is_answered = False
    await flip(a_switch(zone, wire), GREEN, 1)
    assert zone.weights() == (0, 100)


async def test_a_batch_that_was_not_done_is_not_told_as_done(zone: Zone) -> None:
    wire = Wire(zone)

    def never() -> None:
        raise LOST

    wire.before = never
    switch = a_switch(zone, wire)
    with pytest.raises(HostUnreachable):
        await flip(switch, GREEN, 1)
    reading = await switch.read()
    assert (reading.serves, reading.fence) == (BLUE, 0)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda z: z.change(("DELETE", {**z.record("A", "green", 0)})), "no A record `green`"),
        (
            lambda z: z.change(("CREATE", {**z.record("A", "red", 1)})),
            "records of neither colour",
        ),
    ],
)
async def test_records_that_do_not_fit_are_refused(
    zone: Zone, spoil: Callable[[Zone], None], words: str
) -> None:
    spoil(zone)
    switch = a_switch(zone)
    with pytest.raises(SwitchRefused, match=words):
        await switch.prepare(GREEN, 1)


async def test_a_ttl_that_outlives_the_wait_is_refused_but_not_the_way_back(aws: None) -> None:
    zone = Zone(ttl_s=300)
    switch = a_switch(zone)
    with pytest.raises(SwitchRefused, match="live for 300 s") as refused:
        await switch.prepare(GREEN, 1)
    assert "`settle: 360s`" in refused.value.hint
    patient = replace(Route53Config(zone.id, RECORD), settle_s=360.0)
    await flip(Route53Switch(asking(zone.client), patient, "shop"), GREEN, 1)
    await flip(switch, BLUE, 1)
    assert zone.weights() == (100, 0)


async def test_the_fence_is_found_in_a_large_zone(zone: Zone) -> None:
    await flip(a_switch(zone), GREEN, 4)
    names = [f"{n:03d}.{RECORD}" for n in range(320)]
    records = [{**zone.record("A", "x", 0), "Name": name} for name in names]
    for record in records:
        del record["SetIdentifier"], record["Weight"]
    for part in (records[:160], records[160:]):
        zone.change(*(("CREATE", record) for record in part))
    reading = await a_switch(zone).read()
    assert (reading.serves, reading.fence) == (GREEN, 4)


async def test_every_weight_at_zero_serves_no_colour(zone: Zone) -> None:
    zone.change(("UPSERT", zone.record("A", "blue", 0)))
    reading = await a_switch(zone).read()
    assert (reading.serves, reading.share) == (None, None)


async def test_operators_at_once_leave_one_colour_and_its_own_number(zone: Zone) -> None:
    won: list[int] = []

    async def one(fence: int) -> None:
        try:
            await flip(a_switch(zone), GREEN if fence % 2 else BLUE, fence)
        except DevopsError:
            return
        won.append(fence)

    for start in (1, 11, 21):
        await asyncio.gather(*(one(fence) for fence in range(start, start + 6)))
        reading = await a_switch(zone).read()
        assert reading.fence == max(won)
        assert reading.serves is (GREEN if reading.fence % 2 else BLUE)


def test_the_plan_is_one_batch_that_names_all() -> None:
    plan = route53_plan(Route53Config("Z1", RECORD, ("A", "AAAA")), "shop", GREEN)
    assert plan[1] == "aws route53 change-resource-record-sets --hosted-zone-id Z1, one batch:"
    assert plan[3] == f'  CREATE _devops-tui.{RECORD} TXT "FENCE green 100 MARK"'
    assert f"  UPSERT {RECORD} AAAA `blue` weight 0" in plan
    assert f"  UPSERT {RECORD} A `green` weight 100" in plan
