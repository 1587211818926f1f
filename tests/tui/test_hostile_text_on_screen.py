from __future__ import annotations

import importlib.util
from dataclasses import replace

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from hostile_texts import HOSTILE, hostile_world
from log_feed import OneLog
from sample_world import ago, world

from devops_tui.domain.audit import CommandRecord, RequestState
from devops_tui.domain.errors import Refused
from devops_tui.presentation.line import line
from devops_tui.tui.notices import tell
from devops_tui.tui.views import VIEWS
from devops_tui.tui.widgets.wrapping import wrap

CONTROL = {chr(c) for c in (*range(0x20), *range(0x7F, 0xA0))}
INVISIBLE = set("\u200b\u200d\ufeff\u202e\u202c\u2066\u2069\U000e0041")


def assert_harmless(driver: Driver) -> None:
    assert driver.app.is_running
    shown = "".join(driver.rows())
    assert not (CONTROL | INVISIBLE) & set(shown)
    for strip in driver.app.screen._compositor.render_strips():
        for segment in strip:
            meta = segment.style.meta if segment.style else {}
            assert not any(k.startswith("@") and not k.startswith("@mouse") for k in meta)
            assert segment.style is None or segment.style.link is None


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: repr(t)[:24])
async def test_one_text_everywhere_on_home(text: str) -> None:
    async with driving(hostile_world((text,) * 12), size=(200, 50)) as driver:
        await driver.pilot.pause()
        assert_harmless(driver)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
@pytest.mark.parametrize("view", list(VIEWS))
async def test_all_texts_on_every_screen(view: str, size: tuple[int, int]) -> None:
    if importlib.util.find_spec(VIEWS[view][0]) is None:
        pytest.skip(f"the screen {view} is not there yet")
    front = FakeFront(hostile_world())
    front.records = tuple(
        CommandRecord(ago(i), text[:300], text, i, 1.0, i + 1) for i, text in enumerate(HOSTILE)
    )
    front.plan = HOSTILE
    async with driving(front, size) as driver:
        driver.app.open(view)
        await driver.until(lambda: driver.app.view and driver.app.view.view_name == view)
        await driver.pilot.pause()
        for key in ("j", "j", "G", "g", "tab", "y", "question_mark", "escape", "enter"):
            await driver.press(key)
            assert_harmless(driver)


async def test_clicks_on_hostile_cards_run_nothing() -> None:
    overview = hostile_world(("[@click=app.quit]QUITQUIT[/]",) * 12)
    async with driving(overview, size=(200, 50)) as driver:
        for y in range(0, 48, 2):
            await driver.pilot.click(offset=(30, y))
        assert driver.app.is_running


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: repr(t)[:24])
async def test_notices_and_dialogs_show_it_literally(text: str) -> None:
    front = FakeFront(world())
    front.plan = (text,)
    async with driving(front) as driver:
        tell(driver.app, line(text))
        await driver.pilot.pause()
        front.refusal = Refused(text, text)
        await driver.press("s")
        await driver.until(lambda: len(driver.notices()) >= 2)
        await driver.press("f")
        await driver.until_shown("these commands are sent")
        assert_harmless(driver)


async def test_a_refusal_of_the_worker_is_literal_too() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        await driver.press("s")
        await driver.until_said("asked for")
        front.end_request(1, RequestState.REFUSED, "[@click=app.quit]no[/]", "oops [/]")
        await driver.until_said("[@click=app.quit]no[/]")
        assert_harmless(driver)


async def test_hostile_logs_wrapped_and_not() -> None:
    data = "\n".join(HOSTILE).encode("utf-8", "surrogatepass")
    app = OneLog(data)
    async with app.run_test(size=(80, 12)) as pilot:
        app.feed.finish()
        for key in ("w", "g", "G", "w", "l", "l", "h", "f", "n", "N", "k", "enter", "o"):
            await pilot.press(key)
            await pilot.pause()
            drawn = "".join(app.shown())
            assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in drawn)
            assert app.is_running


async def test_hostile_filters_and_commands_typed_by_a_cat() -> None:
    async with driving() as driver:
        for typed in ("[@click=app.quit]", "(((", "[/", "!", "-f [", "a=b=c", "\\"):
            await driver.press("slash")
            driver.app.focused.value = typed  # type: ignore[union-attr]
            await driver.press("enter")
            assert_harmless(driver)
            await driver.press("escape")
            await driver.press("colon")
            driver.app.focused.value = typed  # type: ignore[union-attr]
            await driver.press("enter")
            assert_harmless(driver)


def test_wrapped_lines_keep_every_cell() -> None:
    for text in HOSTILE:
        whole = line(text[:3000])
        for cells in (1, 2, 7, 80):
            pieces = wrap(whole, cells)
            joined = "".join(s.text for piece in pieces for s in piece)
            assert joined == "".join(s.text for s in whole)


async def test_mistakes_of_hostile_files() -> None:
    overview = replace(hostile_world(), workspace=None)
    async with driving(overview) as driver:
        await driver.until_shown("Mistakes in the configuration")
        assert_harmless(driver)
