"""What an operator says of a failure by one key: the cause, its gravity, a flaky test."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from driving import driving
from fake_front import FakeFront
from test_incidents_screen import front_with_log, into

from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import JobRun
from devops_tui.domain.report import Case, CaseReport, Outcome, Report


async def test_any_line_of_a_log_is_marked_as_the_cause() -> None:
    front = front_with_log()
    async with driving(front, size=(160, 40)) as driver:
        await into(driver)
        log = driver.table("incident-log-rows")
        await driver.until(lambda: log.cursor_key == "101", "the cause under the cursor")
        log.focus()
        await driver.press("k", "m")
        await driver.until_shown("This is the cause in")
        await driver.press(*"seen", "enter")
        await driver.until(lambda: bool(front.remarked), "the mark")
    assert front.remarked == (("mark", "shop-412/test/unit:100", "line", "seen"),)


@pytest.mark.parametrize(
    ("downs", "told"),
    [
        (1, ("grade", "INC-31", "critical", "orders")),
        (0, ("note", "INC-31", "orders")),
    ],
)
async def test_severity_and_notes(downs: int, told: tuple[str, ...]) -> None:
    front = front_with_log()
    async with driving(front, size=(100, 30)) as driver:
        await into(driver)
        await driver.press("e")
        await driver.until_shown("write a note")
        await driver.press(*["down"] * downs, "enter")
        await driver.until(lambda: bool(driver.app.screen.query("Input")), "a box to write in")
        await driver.press(*"orders", "enter")
        await driver.until(lambda: bool(front.remarked), "what was said")
    assert front.remarked == (told,)


async def test_the_runbook_opens_at_its_section() -> None:
    async with driving(front_with_log(), size=(80, 24)) as driver:
        await into(driver)
        await driver.press("B")
        await driver.until_shown("Look at the rounding.")
        assert driver.table("runbook-rows").cursor_key == "5"


def with_a_failed_test() -> FakeFront:
    front = front_with_log()
    view = front.run(RunId("shop-412"))
    job = view.jobs[JobId("test/unit")]
    case = Case("pytest::tests.test_cart::test_total", Outcome.FAILED, is_flaky=True)
    report = Report(cases=CaseReport(1, 2, 1, failures=(case,)))
    jobs: dict[JobId, JobRun] = {**view.jobs, job.job_id: replace(job, report=report)}
    overview = front.overview()
    runs = tuple(
        replace(each, jobs=jobs) if each.run.id == view.run.id else each for each in overview.runs
    )
    return type(front)(replace(overview, runs=runs))


async def test_a_flaky_test_is_quarantined_until_a_day() -> None:
    front = with_a_failed_test()
    async with driving(front, size=(100, 30)) as driver:
        await into(driver)
        await driver.press("T")
        await driver.until_shown("1 week")
        await driver.press("down", "down", "enter")
        await driver.until_shown("Quarantine for 1 week")
        await driver.press(*"SHOP-31", "enter")
        await driver.until(lambda: bool(front.quarantined), "the quarantine")
    (made,) = front.quarantined
    assert (made.test, made.why) == ("pytest::tests.test_cart::test_total", "SHOP-31")
    left = made.until - front.overview().at
    assert timedelta(days=6, hours=20) < left <= timedelta(days=7)
