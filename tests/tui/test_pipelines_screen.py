from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import ago, world

from devops_tui.domain.audit import Verb
from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.pipeline import LogChunk, State
from devops_tui.domain.view import Overview
from devops_tui.tui.widgets.log_view import LogView

SIZES = [(80, 24), (120, 40), (200, 50)]
CAUSE = b"E  AssertionError: assert Decimal('10.00') == Decimal('10.01')\n"


def chunk(seq: int, data: bytes, run: str = "shop-412", job: str = "test/unit") -> LogChunk:
    return LogChunk(RunId(run), JobId(job), 1, HostName("ci-1"), 0, data, ago(60 - seq), seq)


def with_log(*chunks: LogChunk) -> FakeFront:
    front = FakeFront(world())
    front.chunks = chunks
    return front


async def into_run(driver: Driver, run_id: str = "shop-412") -> None:
    driver.app.open("pipelines", run_id)
    await driver.until_shown(f"▸ #{run_id.rpartition('-')[2]}")
    await driver.until(lambda: driver.table("job-rows").cursor_key, "a job selected")


@pytest.mark.parametrize("size", SIZES)
async def test_runs_show_state_and_why(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await driver.press("2")
        await driver.until_shown("#412")
        text = driver.text()
        for expected in ("✕ failed", "2 of 318 failed", "‖ waits", "approval", "◐ running"):
            assert expected in text
        assert all(len(row) == size[0] for row in driver.rows())


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_shows_stages_jobs_figures_and_log(size: tuple[int, int]) -> None:
    front = with_log(chunk(1, b"collecting\n" * 30 + CAUSE + b"2 failed\n"))
    async with driving(front, size=size) as driver:
        await driver.press("2")
        await driver.until_shown("#412")
        await driver.press("enter")
        await driver.until_shown("assert Decimal")
        text = driver.text()
        for expected in ("cart: round totals", "┬ ✕ unit", "212/s  mean 38 ms", "test ✕ failed"):
            assert expected in text
        assert driver.table("job-rows").cursor_key == "test/unit"


async def test_the_log_opens_at_the_most_likely_cause() -> None:
    front = with_log(chunk(1, b"line\n" * 400 + CAUSE + b"more\n" * 400))
    async with driving(front) as driver:
        await into_run(driver)
        log = driver.table("log-rows")
        await driver.until(lambda: log.cursor_key == "401", "the cause under the cursor")
        await driver.until(lambda: "← new since #411, pytest failure" in log.cursor_text)


async def test_a_growing_log_is_followed_and_a_half_line_waits_for_its_end() -> None:
    front = with_log(chunk(1, b"one\ntw", "billing-31", "monitor/watch"))
    async with driving(front) as driver:
        await into_run(driver, "billing-31")
        await driver.until_shown("one")
        front.chunks = (*front.chunks, chunk(2, b"o\nthree\n", "billing-31", "monitor/watch"))
        front.set(front.overview())
        await driver.until_shown("three")
        rows = [r.key for r in driver.table("log-rows").rows]
        assert rows == ["1", "2", "3"]


async def test_a_half_line_of_an_ended_job_is_shown() -> None:
    async with driving(with_log(chunk(1, b"whole\nhalf"))) as driver:
        await into_run(driver)
        await driver.until_shown("half")


async def test_another_job_shows_another_log() -> None:
    front = with_log(chunk(1, b"from unit\n"), chunk(2, b"from load\n", job="test/load"))
    async with driving(front) as driver:
        await into_run(driver)
        await driver.until_shown("from unit")
        await driver.press("j", "j")
        await driver.until_shown("from load")
        assert "from unit" not in driver.text()


async def test_errors_are_found_forwards_and_backwards() -> None:
    front = with_log(chunk(1, b"ok\nerror: a\nok\nerror: b\nok\n", job="test/load"))
    async with driving(front) as driver:
        driver.app.open("pipelines", "shop-412/test/load")
        await driver.until_shown("error: b")
        await driver.press("enter")
        log = driver.table("log-rows")
        await driver.until(lambda: log.has_focus, "the log in focus")
        await driver.press("g", "n")
        await driver.until(lambda: log.cursor_text.endswith("error: a"))
        await driver.press("n")
        await driver.until(lambda: log.cursor_text.endswith("error: b"))
        await driver.press("n")
        await driver.until_said("no error below this line")
        await driver.press("N")
        await driver.until(lambda: log.cursor_text.endswith("error: a"))


async def test_the_log_wraps_searches_and_copies() -> None:
    front = with_log(chunk(1, b"x" * 300 + b"\nneedle\n", job="test/load"))
    async with driving(front, size=(80, 24)) as driver:
        driver.app.open("pipelines", "shop-412/test/load")
        await driver.until_shown("needle")
        await driver.press("enter")
        log = driver.table("log-rows")
        assert isinstance(log, LogView)
        await driver.until(lambda: log.has_focus, "the log in focus")
        await driver.press("w")
        await driver.until(lambda: driver.text().count("xxxxxxxx") > 2, "the long line broken")
        await driver.press("g", "slash")
        await driver.type("needle")
        await driver.press("enter", "n")
        await driver.until(lambda: log.cursor_text.endswith("needle"), "the match")
        await driver.until_shown("1 of 1")
        await driver.press("ampersand")
        await driver.until_shown("only what was found")
        await driver.until(lambda: "xxxx" not in driver.text(), "one row left")
        await driver.press("y")
        await driver.until_said("needle")


async def test_hostile_bytes_in_a_log_do_nothing() -> None:
    data = b"[@click=app.quit]x[/]\n\x1b]52;c;aGk=\x07\x1b[2J\xff\x9b31m oops [/]\n"
    async with driving(with_log(chunk(1, data))) as driver:
        await into_run(driver)
        await driver.until_shown("[@click=app.quit]x[/]")
        text = driver.text()
        assert not any(ord(c) < 0x20 and c != "\n" for c in text)
        assert "oops [/]" in text


async def test_rerun_of_what_failed() -> None:
    async with driving() as driver:
        await into_run(driver)
        await driver.press("R")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        assert driver.front.calls == [("file", Verb.RERUN, "shop-412", "", {"mode": "failed"})]


async def test_rerun_from_the_selected_stage() -> None:
    async with driving() as driver:
        await into_run(driver)
        await driver.press("F")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        args = {"mode": "from", "stage": "test"}
        assert driver.front.calls == [("file", Verb.RERUN, "shop-412", "", args)]


async def test_run_the_pipeline_of_the_selected_run() -> None:
    async with driving() as driver:
        await driver.press("2")
        await driver.until_shown("#412")
        await driver.press("s")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        assert driver.front.calls[0][1:3] == (Verb.RUN, "shop")


async def test_cancel_asks_first_with_cancel_in_focus() -> None:
    async with driving() as driver:
        await into_run(driver, "billing-31")
        await driver.press("C")
        await driver.until_shown("cancel billing-31")
        await driver.press("enter")
        await driver.until(lambda: "cancel billing-31" not in driver.text(), "the dialog gone")
        assert driver.front.calls == []
        await driver.press("C")
        await driver.until_shown("cancel billing-31")
        await driver.press("down", "enter")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        assert driver.front.calls[0][1:3] == (Verb.CANCEL, "billing-31")


@pytest.mark.parametrize(("key", "call"), [("a", "approve"), ("X", "reject")])
async def test_approval_needs_a_reason(key: str, call: str) -> None:
    async with driving() as driver:
        await into_run(driver, "api-88")
        await driver.press(key)
        await driver.until_shown("sha256:4be1d2")
        if call == "approve":
            await driver.press("enter")
        else:
            await driver.press("down", "enter")
        await driver.until_shown("a reason is needed")
        await driver.type("fixes SHOP-91")
        await driver.press("enter")
        if call == "reject":
            await driver.press("down", "enter")
        await driver.until(lambda: driver.front.calls, "a decision")
        assert driver.front.calls == [(call, "api-88", "fixes SHOP-91")]


async def test_the_cause_of_a_failed_run_is_one_key_away() -> None:
    async with driving() as driver:
        await into_run(driver)
        await driver.press("t")
        await driver.until_shown("most likely cause")
        assert driver.app.view is not None
        assert driver.app.view.view_name == "incidents"


async def test_a_run_without_a_problem_says_why_there_is_no_cause() -> None:
    async with driving() as driver:
        await into_run(driver, "billing-31")
        await driver.press("t")
        await driver.until_said("no incident is selected")


async def test_look_only_refuses_changes_and_says_how_to_arm() -> None:
    async with driving(world(is_readonly=True)) as driver:
        await into_run(driver)
        await driver.press("R")
        await driver.until_said("look-only")
        assert driver.front.calls == []


async def test_escape_goes_back_to_the_list_and_keeps_the_cursor() -> None:
    async with driving() as driver:
        await into_run(driver, "api-88")
        await driver.press("escape")
        await driver.until_shown("Runs")
        assert driver.table("run-rows").cursor_key == "api-88"


async def test_a_pipeline_opens_its_newest_run() -> None:
    async with driving() as driver:
        await driver.press("colon")
        await driver.type("pipelines billing")
        await driver.press("enter")
        await driver.until_shown("billing ▸ #31")


async def test_a_lost_job_is_shown_as_lost() -> None:
    given = world()
    shop = given.runs[0]
    unit = JobId("test/unit")
    lost = replace(shop.jobs[unit], state=State.LOST, why="host rebooted")
    runs = (replace(shop, jobs={**shop.jobs, unit: lost}), *given.runs[1:])
    async with driving(replace(given, runs=runs)) as driver:
        await into_run(driver)
        await driver.until_shown("? unit")
        assert "host rebooted" in driver.text()


async def test_empty_says_how_to_begin() -> None:
    async with driving(Overview(world().at, 1, workspace=world().workspace)) as driver:
        await driver.press("2")
        await driver.until_shown("no run yet; s starts one")


async def test_a_run_that_is_gone_is_told() -> None:
    async with driving() as driver:
        driver.app.open("pipelines", "shop-1")
        await driver.until_said("no run shop-1")


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (300, 3)])
async def test_tiny_terminals_do_not_crash(size: tuple[int, int]) -> None:
    async with driving(with_log(chunk(1, CAUSE * 50)), size=size) as driver:
        await driver.press("2", "enter", "j", "tab", "plus", "n", "w", "underscore", "escape")
        assert driver.app.is_running


async def test_zoomed_log_takes_the_whole_screen() -> None:
    async with driving(with_log(chunk(1, b"line\n" * 100))) as driver:
        await into_run(driver)
        await driver.press("enter", "plus")
        await driver.until(lambda: "Jobs" not in driver.text(), "the jobs hidden")
        await driver.press("escape")
        await driver.until_shown("Jobs")
