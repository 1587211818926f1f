from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import ago, world
from textual import events

from devops_tui.domain.audit import Verb
from devops_tui.domain.ids import CardId, HostName, IncidentId, JobId, RunId
from devops_tui.domain.incident import IncidentState
from devops_tui.domain.pipeline import LogChunk
from devops_tui.domain.view import Overview

SIZES = [(80, 24), (120, 40), (200, 50)]
CAUSE = b"E  AssertionError: assert Decimal('10.00') == Decimal('10.01')\n"


def front_with_log() -> FakeFront:
    front = FakeFront(world())
    data = b"line\n" * 100 + CAUSE + b"after\n"
    front.chunks = (
        LogChunk(RunId("shop-412"), JobId("test/unit"), 1, HostName("ci"), 0, data, ago(60), 1),
    )
    return front


async def into(driver: Driver) -> None:
    driver.app.open("incidents", "INC-31")
    await driver.until_shown("most likely cause")


@pytest.mark.parametrize("size", SIZES)
async def test_open_problems_are_listed(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await driver.press("6")
        await driver.until_shown("INC-31")
        assert "✕ open" in driver.text()
        assert "1 open" in driver.text()
        assert all(len(row) == size[0] for row in driver.rows())


@pytest.mark.parametrize("size", SIZES)
async def test_triage_shows_cause_why_changes_and_users(size: tuple[int, int]) -> None:
    async with driving(front_with_log(), size=size) as driver:
        await driver.press("6", "enter")
        await driver.until_shown("cart: round totals")
        text = driver.text()
        for expected in ("1 ▌ E  AssertionError", "new since #411", "shop: blue serves",
                         "what else broke then", "run shop-412"):  # fmt: skip
            assert expected in text


async def test_the_log_stands_beside_it_at_the_failure_when_there_is_room() -> None:
    async with driving(front_with_log(), size=(160, 40)) as driver:
        await into(driver)
        log = driver.table("incident-log-rows")
        await driver.until(lambda: log.cursor_key == "101", "the cause under the cursor")
        await driver.until_shown("after")


async def test_keys_typed_ahead_go_to_the_level_that_opens() -> None:
    async with driving(front_with_log(), size=(160, 40)) as driver:
        await driver.press("6")
        await driver.until(lambda: driver.table("incident-rows").cursor_key, "a problem")
        for key in ("enter", "tab"):
            driver.app.post_message(events.Key(key, None))
        await driver.until_shown("what else broke then")
        log = driver.table("incident-log-rows")
        await driver.until(lambda: log.cursor_key == "101", "the cause under the cursor")
        await driver.pilot.pause()
        assert driver.app.screen.focused is log


async def test_a_cause_leads_to_its_line_of_the_log() -> None:
    async with driving(front_with_log(), size=(80, 24)) as driver:
        await into(driver)
        table = driver.table("triage-rows")
        table.cursor_key = "cause 0"
        await driver.press("enter")
        await driver.until_shown("shop ▸ #412")
        log = driver.table("log-rows")
        await driver.until(lambda: log.cursor_key == "101", "the cause under the cursor")


async def test_l_opens_the_log_of_the_run() -> None:
    async with driving(front_with_log(), size=(80, 24)) as driver:
        await driver.press("6", "l")
        await driver.until_shown("shop ▸ #412")
        assert driver.table("job-rows").cursor_key == "test/unit"


async def test_acknowledge_and_resolve_take_a_reason() -> None:
    async with driving() as driver:
        await into(driver)
        await driver.press("a")
        await driver.until_shown("Acknowledge INC-31")
        await driver.type("on it")
        await driver.press("enter")
        await driver.until(lambda: len(driver.front.calls) == 1, "acknowledged")
        await driver.press("x")
        await driver.until_shown("Resolve INC-31")
        await driver.press("enter")
        await driver.until_shown("a reason is needed")
        await driver.type("rolled back")
        await driver.press("enter")
        await driver.until(lambda: len(driver.front.calls) == 2, "resolved")
        assert driver.front.calls == [
            ("acknowledge", "INC-31", "on it"),
            ("resolve", "INC-31", "rolled back"),
        ]


async def test_the_run_is_run_again_from_here() -> None:
    async with driving() as driver:
        await into(driver)
        await driver.press("R")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        assert driver.front.calls == [("file", Verb.RERUN, "shop-412", "", {"mode": "failed"})]


async def test_rerun_from_the_stage_that_failed() -> None:
    async with driving() as driver:
        await into(driver)
        await driver.press("F")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        assert driver.front.calls[0][4] == {"mode": "from", "stage": "test"}


async def test_the_card_is_one_key_away() -> None:
    given = world()
    incident = replace(given.incidents[0], card_id=CardId("SHOP-91"))
    async with driving(replace(given, incidents=(incident,))) as driver:
        await driver.press("6", "c")
        await driver.until_shown("Card ─ SHOP-91")


async def test_without_a_card_it_says_so() -> None:
    async with driving() as driver:
        await driver.press("6", "c")
        await driver.until_said("no card is selected")


async def test_a_problem_of_a_host_shows_the_host() -> None:
    given = world()
    incident = replace(
        given.incidents[0], run_id=None, job_id=None, host="web-07", causes=(), title="disk full"
    )
    async with driving(replace(given, incidents=(incident,))) as driver:
        await into(driver)
        await driver.until_shown("disk 93 %")
        assert "No log belongs to it." in driver.text()
        await driver.press("l")
        await driver.until_said("no run is selected")


async def test_somebody_has_it_and_it_is_over_have_their_looks() -> None:
    given = world()
    taken = replace(
        given.incidents[0], state=IncidentState.ACKNOWLEDGED, acknowledged_by="minji", why="mine"
    )
    over = replace(taken, id=IncidentId("INC-30"), state=IncidentState.RESOLVED)
    async with driving(replace(given, incidents=(over, taken))) as driver:
        await driver.press("6")
        await driver.until_shown("● resolved")
        assert "‖ acknowledged" in driver.text()
        assert "none open" in driver.text()
        assert [r.key for r in driver.table("incident-rows").rows] == ["INC-31", "INC-30"]


async def test_hostile_titles_do_nothing() -> None:
    given = world()
    incident = replace(given.incidents[0], title="[@click=app.quit]x[/] oops [/] \x1b[2J\u202e")
    async with driving(replace(given, incidents=(incident,))) as driver:
        await into(driver)
        assert "[@click=app.quit]x[/] oops [/]" in driver.text()
        assert not any(ord(c) < 0x20 and c != "\n" for c in driver.text())


async def test_a_problem_that_is_gone_says_so() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        await into(driver)
        front.set(replace(world(), incidents=()))
        await driver.until_shown("not among the newest any more")


async def test_empty_is_good_news() -> None:
    async with driving(Overview(world().at, 1)) as driver:
        await driver.press("6")
        await driver.until_shown("● no problem is known")


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (300, 3)])
async def test_tiny_terminals_do_not_crash(size: tuple[int, int]) -> None:
    async with driving(front_with_log(), size=size) as driver:
        await driver.press("6", "enter", "j", "tab", "plus", "underscore", "escape")
        assert driver.app.is_running


async def test_m_marks_the_cause_under_the_cursor() -> None:
    front = front_with_log()
    async with driving(front, size=(80, 24)) as driver:
        await into(driver)
        driver.table("triage-rows").cursor_key = "cause 0"
        await driver.press("m")
        await driver.until_shown("This is the cause of INC-31")
        await driver.press(*"ours", "enter")
        await driver.until(lambda: front.marked == (("INC-31", 1, "ours"),), "the mark")
        await driver.until_shown("comes first next time")
