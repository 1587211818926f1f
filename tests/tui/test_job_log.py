"""The log of a job on screen: times, links, saving, search over runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import ago, world

from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.pipeline import LogChunk
from devops_tui.tui.widgets.log_view import LogView

DATA = b"".join(b"line %d\n" % number for number in range(1, 300))


def chunk(seq: int, data: bytes, job: str = "test/load", run: str = "shop-412") -> LogChunk:
    return LogChunk(RunId(run), JobId(job), 1, HostName("ci-1"), 0, data, ago(60 - seq), seq)


def with_log(*chunks: LogChunk) -> FakeFront:
    front = FakeFront(world())
    front.chunks = chunks
    return front


async def into_log(driver: Driver, line: int) -> LogView:
    driver.app.open("pipelines", f"shop-412/test/load:{line}")
    await driver.until_shown(f"line {line}")
    await driver.press("enter")
    log = driver.table("log-rows")
    assert isinstance(log, LogView)
    await driver.until(lambda: log.has_focus, "the log in focus")
    await driver.until(lambda: log.number == line, "the line under the cursor")
    return log


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_link_opens_its_line_and_is_copied_again(size: tuple[int, int]) -> None:
    async with driving(with_log(chunk(1, DATA)), size=size) as driver:
        await into_log(driver, 150)
        await driver.press("Y")
        await driver.until_said("shop-412/test/load:150")
        assert driver.app.clipboard == "shop-412/test/load:150"


async def test_the_command_line_opens_a_link() -> None:
    async with driving(with_log(chunk(1, DATA))) as driver:
        await driver.press("colon")
        await driver.type("log shop-412/test/load:250")
        await driver.press("enter")
        await driver.until_shown("line 250")


async def test_times_are_switched_by_t() -> None:
    async with driving(with_log(chunk(1, DATA))) as driver:
        await into_log(driver, 150)
        assert "+0.0 s" in driver.text()
        await driver.press("t")
        await driver.until_said("times: time of day")
        assert "+0.0 s" not in driver.text()
        await driver.press("t")
        await driver.until_said("times: none")


async def test_a_log_is_saved_whole_and_never_over_another_file(tmp_path: Path) -> None:
    taken = tmp_path / "taken.log"
    taken.write_text("mine")
    front = with_log(chunk(1, DATA), chunk(2, b"\x1b[31mred\n"))
    async with driving(front) as driver:
        await into_log(driver, 150)
        await driver.press("s")
        await driver.until_shown("Save this log to")
        driver.app.focused.value = str(taken)  # type: ignore[union-attr]
        await driver.press("enter")
        await driver.until_shown("a file is there already")
        driver.app.focused.value = str(tmp_path / "none" / "x.log")  # type: ignore[union-attr]
        await driver.press("enter")
        await driver.until_shown("there is no folder")
        driver.app.focused.value = str(tmp_path / "new.log")  # type: ignore[union-attr]
        await driver.press("enter")
        await driver.until_said("bytes saved to")
    assert taken.read_text() == "mine"
    assert (tmp_path / "new.log").read_bytes() == DATA + b"\x1b[31mred\n"
    assert (tmp_path / "new.log").stat().st_mode & 0o777 == 0o600


async def test_leaving_the_question_saves_nothing(tmp_path: Path) -> None:
    async with driving(with_log(chunk(1, DATA))) as driver:
        await into_log(driver, 150)
        await driver.press("s")
        await driver.until_shown("Save this log to")
        driver.app.focused.value = str(tmp_path / "new.log")  # type: ignore[union-attr]
        await driver.press("escape")
        await driver.until(lambda: "Save this log" not in driver.text())
        assert driver.notices() == []


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_search_over_runs_leads_to_the_lines(size: tuple[int, int]) -> None:
    front = with_log(chunk(1, DATA), chunk(2, b"line 42 [/]\n", "monitor/watch", "billing-31"))
    async with driving(front, size=size) as driver:
        await driver.press("colon")
        await driver.type("search line 42")
        await driver.press("enter")
        await driver.until_shown("shop-412/test/load:42")
        await driver.until_shown("billing-31/monitor/watch:1")
        await driver.until_shown("2 lines")
        table = driver.table("matches")
        table.cursor_key = "shop-412/test/load:42"
        table.focus()
        await driver.press("enter")
        await driver.until(lambda: driver.app.view and driver.app.view.view_name == "pipelines")
        log = driver.table("log-rows")
        assert isinstance(log, LogView)
        await driver.until(lambda: log.number == 42, "the line under the cursor")


async def test_a_search_that_finds_nothing_says_so() -> None:
    async with driving(with_log(chunk(1, DATA))) as driver:
        driver.app.open("search", "no such thing")
        await driver.until_shown("nothing found")
