"""Domain objects survive JSON; a plan's hash survives an upgrade."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from devops_tui.domain.codec import decode, encode, essence
from devops_tui.domain.ids import HostName, RunId, ServiceName
from devops_tui.domain.pipeline import Commit, Job, Plan, Run, Stage, StageKind, State
from devops_tui.domain.work import (
    AskApproval,
    BringUp,
    FlipTraffic,
    LoadGate,
    MeasureLoad,
    RunCommand,
    WatchHealth,
    Work,
)

NOW = datetime(2026, 3, 1, 3, 12, 44, 123456, tzinfo=UTC)
SHOP = ServiceName("shop")
WORKS: tuple[Work, ...] = (
    RunCommand("true", (HostName("web-1"),), {"A": "b"}, {"T": "env:T"}),
    MeasureLoad("start", gate=LoadGate(min_tps=200.0)),
    BringUp(SHOP, "shop.pyz"),
    AskApproval(),
    FlipTraffic(SHOP),
    WatchHealth(SHOP, 10.0),
)
PLAN = Plan(
    "shop",
    (Stage("test", StageKind.TEST, tuple(Job(f"j{n}", w) for n, w in enumerate(WORKS))),),
    Commit("abc1234", "subject \x1b[31m", "sora", NOW),
)


def test_a_run_survives_json() -> None:
    run = Run(RunId("shop-1"), 1, PLAN, State.ASKING, NOW, "jun", cards=("SHOP-1",))
    assert decode(Run, json.loads(json.dumps(encode(run)))) == run


def test_what_a_later_version_wrote_can_be_read() -> None:
    data = encode(PLAN)
    data["new field"] = 3
    del data["source"]
    assert decode(Plan, data) == PLAN


@pytest.mark.parametrize("data", [None, 3, "x", [], {"pipeline": 3, "stages": []}, {"stages": 1}])
def test_another_shape_is_refused(data: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        decode(Plan, data)


def test_a_field_that_is_added_later_does_not_change_a_plan_s_hash() -> None:
    @dataclass(frozen=True)
    class Before:
        name: str
        hosts: tuple[str, ...] = ()

    @dataclass(frozen=True)
    class After:
        name: str
        hosts: tuple[str, ...] = ()
        limits: dict[str, int] = field(default_factory=dict)
        ratio: float | None = None

    made = essence(After("x", ("a",)))
    assert {**made, "is": "Before"} == essence(Before("x", ("a",)))


def test_whatever_changes_what_is_done_changes_the_hash() -> None:
    (stage,) = PLAN.stages
    others = [
        replace(PLAN, pipeline="api"),
        replace(PLAN, commit=Commit("abc1235")),
        replace(PLAN, stages=(replace(stage, jobs=stage.jobs[:-1]),)),
        replace(PLAN, stages=(replace(stage, jobs=(replace(stage.jobs[0], retries=1),)),)),
        replace(PLAN, stages=(replace(stage, jobs=(replace(stage.jobs[0], always=True),)),)),
    ]
    assert len({PLAN.hash, *(other.hash for other in others)}) == len(others) + 1


def test_the_hash_is_the_same_after_the_store() -> None:
    assert decode(Plan, json.loads(json.dumps(encode(PLAN)))).hash == PLAN.hash
