"""Built files on screen: where they come from and can go, and the acts on them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import ago, world

from devops_tui.domain.artifact import Holding, Whereabouts
from devops_tui.domain.artifact_story import ArtifactStory
from devops_tui.domain.audit import Verb
from devops_tui.domain.ids import Digest, HostName, JobId, RunId, ServiceName
from devops_tui.domain.pipeline import Artifact, JobRun, State
from devops_tui.domain.promotion import PromotionTarget, PromotionWay
from devops_tui.domain.report import Case, CaseReport, Outcome, Report
from devops_tui.tui.dialogs import Dialog

SIZES = [(80, 24), (120, 40), (200, 50)]
RUN = RunId("shop-412")


def story(letter: str = "a", name: str = "dist/shop.pyz", pinned: bool = False) -> ArtifactStory:
    digest = Digest(f"sha256:{letter * 64}")
    artifact = Artifact(
        digest,
        name,
        12_345,
        RUN,
        JobId("build/build"),
        "4be1d2a99",
        ago(60),
        plan_hash="feed" * 16,
        worker="ops-1-77",
    )
    place = Whereabouts(
        "staging", ServiceName("shop"), "green", ("web-9",), digest, "4be1d2a", is_live=True
    )
    holding = Holding(digest)
    if pinned:
        holding = replace(holding, pinned_at=ago(9), pinned_by="jun", pin_why="LTS")
    return ArtifactStory(artifact, holding, (RUN,), places=(place,))


def way(environment: str = "production", **fields: object) -> PromotionWay:
    target = PromotionTarget(ServiceName("shop"), "green", (HostName("web-3"), HostName("web-4")))
    made = PromotionWay(environment, "live", ("deploy", "release"), (target,), asks=True)
    return replace(made, **fields)  # type: ignore[arg-type]


def front_of(*stories: ArtifactStory, ways: tuple[PromotionWay, ...] = ()) -> FakeFront:
    front = FakeFront(world())
    front.stories = stories
    front.built = tuple(one.artifact for one in stories)
    front.ways = ways
    return front


async def into(driver: Driver) -> None:
    driver.app.open("artifacts", RUN)
    await driver.until_shown("built by")
    driver.table("artifact-rows").focus()


async def choose(driver: Driver, verb: str) -> None:
    """Goes from Cancel to the choice that acts."""
    await driver.until(lambda: isinstance(driver.app.screen, Dialog))
    await driver.until_shown(verb)


@pytest.mark.parametrize("size", SIZES)
async def test_a_file_is_told_whole(size: tuple[int, int]) -> None:
    hostile = story("b", "dist/[@click=app.quit]x", pinned=True)
    front = front_of(story(), hostile, ways=(way(why_not="never released in staging"),))
    async with driving(front, size=size) as driver:
        driver.app.open("pipelines", RUN)
        await driver.until_shown("▸ #412")
        await driver.press("A")
        await driver.until_shown("build/build")
        shown = driver.text()
        for told in ("dist/shop.pyz", "a" * 12, "4be1d2a99", "ops-1-77", "pinned"):
            assert told in shown
        assert "● staging" in shown
        assert all(len(row) == size[0] for row in driver.rows())
        await driver.press("tab", "G")
        await driver.until_shown("never released in staging")
        await driver.press("escape", "j")
        await driver.until_shown("pinned by jun")


async def test_a_service_shows_what_its_colours_have() -> None:
    front = front_of(story())
    overview = world()
    status = overview.services["shop"]
    live = str(status.live)
    services = {**overview.services, "shop": replace(status, digests={live: "sha256:" + "a" * 64})}
    front.set(replace(overview, services=services))
    async with driving(front) as driver:
        driver.app.open("releases", "shop")
        await driver.until_shown("Release")
        await driver.press("A")
        await driver.until_shown("built by")
        assert "dist/shop.pyz" in driver.text()


async def test_tests_are_told_with_the_slowest_and_the_flaky() -> None:
    slow = Case("tests.test_cart.test_total", Outcome.PASSED, duration_s=12.5)
    cases = CaseReport(total=318, failed=0, slowest=(slow,), flaky=("tests.test_pay.test_once",))
    overview = world()
    job = JobRun(RUN, JobId("test/unit"), State.OK, report=Report(cases=cases))
    runs = tuple(
        replace(v, jobs={**v.jobs, JobId("test/unit"): job}) if v.run.id == RUN else v
        for v in overview.runs
    )
    front = front_of(story())
    front.set(replace(overview, runs=runs))
    front.history = (job,)
    async with driving(front, size=(120, 60)) as driver:
        await into(driver)
        await driver.until_shown("tests.test_cart.test_total")
        assert "flaky over the newest runs" in driver.text()
        assert "tests.test_pay.test_once" in driver.text()


async def test_a_promotion_to_production_wants_its_name_and_a_reason() -> None:
    front = front_of(story(), ways=(way(is_protected=True),))
    async with driving(front, size=(80, 24)) as driver:
        await into(driver)
        await driver.press("P")
        await choose(driver, "promote to production")
        assert "web-3, web-4: shop green" in driver.text()
        assert "deploy → release" in driver.text()
        await driver.press("j", "enter")
        await driver.until_shown("type production first")
        assert front.calls == []
        await driver.type("production")
        await driver.press("enter")
        await driver.type("a week in staging")
        await driver.press("enter")
        args = {"to": "production", "pipeline": "live"}
        call = ("file", Verb.PROMOTE, "sha256:" + "a" * 64, "a week in staging", args)
        await driver.until(lambda: call in front.calls)


async def test_without_a_guard_it_takes_three_keys() -> None:
    front = front_of(story(), ways=(way("staging"),))
    async with driving(front) as driver:
        await into(driver)
        await driver.press("P")
        await choose(driver, "promote to staging")
        await driver.press("j", "enter")
        await driver.until(lambda: front.calls)
        assert front.calls[0][1] is Verb.PROMOTE


async def test_of_several_environments_one_is_chosen() -> None:
    front = front_of(story(), ways=(way("staging"), way("lab"), way(why_not="not yet")))
    async with driving(front) as driver:
        await into(driver)
        await driver.press("P")
        await driver.until_shown("to which environment?")
        offered = [row.key for row in driver.table("names").rows]
        assert offered == ["staging by live", "lab by live"]
        await driver.press("j", "enter")
        await choose(driver, "promote to lab")


async def test_what_may_not_go_says_why() -> None:
    front = front_of(story(), ways=(way(why_not="shop-412 did not pass its tests"),))
    async with driving(front) as driver:
        await into(driver)
        await driver.press("P")
        await driver.until_said("production: shop-412 did not pass its tests")
        assert front.calls == []


async def test_a_look_only_environment_takes_no_promotion() -> None:
    overview = world()
    assert overview.workspace is not None
    places = overview.workspace.environments
    shut = {**places, "production": replace(places["production"], is_readonly=True)}
    front = front_of(story(), ways=(way(is_protected=True),))
    front.set(replace(overview, workspace=replace(overview.workspace, environments=shut)))
    async with driving(front) as driver:
        await into(driver)
        await driver.press("P")
        await driver.until_said("production is look-only; w arms it for 15 minutes")
        await driver.press("i")
        await driver.until_said("pin, unpin: production is look-only")
        assert front.calls == []


async def test_a_pin_wants_a_reason_and_an_unpin_shows_it() -> None:
    front = front_of(story())
    async with driving(front) as driver:
        await into(driver)
        await driver.press("i")
        await choose(driver, "why, in one line")
        await driver.type("LTS")
        await driver.press("enter")
        await driver.until(lambda: ("pin", "sha256:" + "a" * 64, "LTS") in front.calls)
        front.stories = (story(pinned=True),)
        await driver.press("i")
        await choose(driver, "Pinned by jun")
        await driver.press("enter")
        await driver.until(lambda: ("unpin", "sha256:" + "a" * 64, "") in front.calls)


async def test_a_copy_is_saved_where_the_operator_says(tmp_path: Path) -> None:
    front = front_of(story())
    async with driving(front) as driver:
        await into(driver)
        await driver.press("s")
        await driver.until_shown("Save shop.pyz to")
        await driver.press("ctrl+u")
        await driver.type(str(tmp_path / "x"))
        await driver.press("enter")
        await driver.until_said("verified")
        assert (tmp_path / "x").read_bytes() == b"built"


async def test_without_artifacts_it_says_so() -> None:
    async with driving(FakeFront(world())) as driver:
        driver.app.open("artifacts", RUN)
        await driver.until_shown("no artifacts")
