"""Keys for jobs that went wrong: again while the run goes on, and how a lost one ended."""

from __future__ import annotations

from dataclasses import replace

from driving import driving
from fake_front import FakeFront
from sample_world import ago, world

from devops_tui.domain.audit import Verb
from devops_tui.domain.ids import HostName
from devops_tui.domain.pipeline import HostOutcome, State
from devops_tui.domain.view import Overview, RunView


def with_job(state: State, run_state: State, **more: object) -> tuple[Overview, str, str]:
    """The world with one job of its first run in that state; its run and its job."""
    overview = world()
    view = overview.runs[0]
    job_id = view.run.plan.job_ids[0]
    record = replace(view.jobs[job_id], state=state, **more)  # type: ignore[arg-type]
    changed = RunView(replace(view.run, state=run_state), {**view.jobs, job_id: record}, ())
    return replace(overview, runs=(changed, *overview.runs[1:])), view.run.id, job_id


async def test_a_lost_job_is_resolved_with_what_was_seen() -> None:
    overview, run_id, job_id = with_job(State.LOST, State.LOST, why="the host rebooted")
    async with driving(FakeFront(overview), size=(80, 24)) as driver:
        await driver.press("2")
        await driver.until_shown("Runs")
        await driver.press("enter")
        await driver.until_shown("the host rebooted")
        await driver.press("x")
        await driver.until_shown("Nobody knows how")
        await driver.press("enter")
        await driver.until_shown("as ok")
        await driver.press("tab")
        await driver.type("the table is there")
        driver.table("choices").focus()
        await driver.press("j", "enter")
        await driver.until(lambda: driver.front.calls)
        args = {"job": job_id, "as": "ok"}
        assert driver.front.calls == [("file", Verb.RESOLVE, run_id, "the table is there", args)]


async def test_a_job_that_is_not_lost_has_nothing_to_resolve() -> None:
    overview, _, job_id = with_job(State.FAILED, State.RUNNING)
    async with driving(FakeFront(overview)) as driver:
        await driver.press("2")
        await driver.until_shown("Runs")
        await driver.press("enter")
        await driver.until_shown("Jobs")
        driver.table("job-rows").cursor_key = job_id
        await driver.press("x")
        await driver.until_said(f"{job_id} is not lost")
        assert not driver.front.calls


async def test_a_failed_job_is_tried_again_by_one_key() -> None:
    overview, run_id, job_id = with_job(State.FAILED, State.RUNNING)
    async with driving(FakeFront(overview)) as driver:
        await driver.press("2")
        await driver.until_shown("Runs")
        await driver.press("enter")
        await driver.until_shown("Jobs")
        driver.table("job-rows").cursor_key = job_id
        await driver.press("J")
        await driver.until(lambda: driver.front.calls)
        assert driver.front.calls == [("file", Verb.RERUN_JOB, run_id, "", {"job": job_id})]


async def test_the_hosts_of_a_job_stand_below_it() -> None:
    hosts = (
        HostOutcome(HostName("web-1"), State.OK, started_at=ago(9), ended_at=ago(4), exit_code=0),
        HostOutcome(HostName("web-2"), State.FAILED, 2, why="exit code 4", exit_code=4),
        HostOutcome(HostName("web-3"), State.SKIPPED, 2, why="never had its turn"),
    )
    overview, _, _ = with_job(State.FAILED, State.FAILED, hosts=hosts, why="web-2: exit code 4")
    for size in ((80, 24), (200, 50)):
        async with driving(FakeFront(overview), size=size) as driver:
            await driver.press("2")
            await driver.until_shown("Runs")
            await driver.press("enter")
            await driver.until_shown("web-2")
            assert "exit code 4" in driver.text()
            assert "batch 2" in driver.text()
