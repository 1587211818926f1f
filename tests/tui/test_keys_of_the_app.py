from __future__ import annotations

import re

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import world

from devops_tui.domain.audit import Verb
from devops_tui.tui.actions import ACTIONS, BY_HANDLER, BY_ID, bindings
from devops_tui.tui.app import DevopsApp, Options
from devops_tui.tui.command_line import Command, Misunderstood, completions, parse
from devops_tui.tui.replay import ReplayApp
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.views import VIEWS, History, make_view
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.log_view import LogView
from devops_tui.tui.widgets.prompt import Prompt

_PLACES = {
    "app": DevopsApp,
    "view": ViewScreen,
    "table": LineTable,
    "log": LogView,
    "replay": ReplayApp,
}


def test_ids_and_handlers_are_unique_and_verbs_keep_their_ids() -> None:
    assert len(BY_ID) == len(ACTIONS) == len(BY_HANDLER)
    for verb in (Verb.RUN, Verb.RERUN, Verb.CANCEL, Verb.FLIP, Verb.UNDO):
        assert verb.value in BY_ID


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.id)
def test_every_action_has_a_handler_where_its_key_works(action: object) -> None:
    from devops_tui.tui.actions import Action

    assert isinstance(action, Action)
    name = "action_" + re.sub(r"\(.*", "", action.handler)
    for place in action.places:
        assert place in _PLACES or place in VIEWS
        if action.keys:
            owner = _PLACES.get(place) or type(make_view(place))
            assert hasattr(owner, name), f"{name} of {place}"


@pytest.mark.parametrize("place", ["app", "view", "table", "log", "replay", *VIEWS])
def test_no_key_means_two_things_in_one_place(place: str) -> None:
    from textual.binding import Binding

    keys = [k for b in bindings(place) if isinstance(b, Binding) for k in b.key.split(",")]
    assert len(keys) == len(set(keys))


async def test_no_navigation_key_changes_anything() -> None:
    async with driving() as driver:
        for key in ("j", "k", "g", "G", "ctrl+d", "ctrl+u", "space", "tab", "plus", "underscore"):
            await driver.press(key)
        await driver.press("escape", "escape", "escape", "minus", "left_square_bracket", "h", "l")
        assert driver.app.is_running
        assert not driver.front.calls


async def test_escape_and_ctrl_c_never_quit_and_q_does() -> None:
    async with driving() as driver:
        await driver.press("escape", "escape", "ctrl+c")
        await driver.until_said("q leaves")
        assert driver.app.is_running
        await driver.press("q")
        await driver.until(lambda: driver.app.return_code == 0, "the end")
        assert "api #88, billing #31 go on without the screen." in "".join(
            s.text for s in driver.app.still_running()
        )


async def test_a_disabled_action_is_shown_with_its_reason_and_not_done() -> None:
    async with driving() as driver:
        await driver.press("a")
        await driver.until_said("shop-412 waits for no approval")
        await driver.press("z")
        await driver.until_said("nothing can be undone here")
        assert not driver.front.calls
        await driver.press("question_mark")
        await driver.until_shown("not now: shop-412 waits for no approval")


async def test_look_only_until_armed() -> None:
    async with driving(world(is_readonly=True)) as driver:
        assert "look only" in driver.text()
        await driver.press("s")
        await driver.until_said("production is look-only; w arms it")
        assert not driver.front.calls
        await driver.press("w")
        await driver.until_shown("armed 1")
        await driver.press("s")
        await driver.until(lambda: driver.front.calls)
        await driver.press("w")
        await driver.until_shown("look only")


async def test_started_readonly_everything_is_look_only() -> None:
    async with driving(options=Options(is_readonly=True)) as driver:
        await driver.until_shown("look only")
        await driver.press("f")
        await driver.until_said("look-only")
        assert not driver.front.calls


async def test_tab_walks_the_panes_and_plus_zooms_the_one_in_focus() -> None:
    async with driving(size=(80, 24)) as driver:
        await driver.press("tab", "tab")
        assert driver.app.focused is driver.table("fleet-rows")
        await driver.press("plus")
        assert "Pipelines" not in driver.text()
        assert "web-24" in driver.text() or "more" in driver.text()
        await driver.press("tab")
        assert "Traffic" in driver.text()
        assert "Fleet" not in driver.text()
        await driver.press("underscore")
        assert "Pipelines" in driver.text()
        await driver.press("shift+tab")
        assert driver.app.focused is driver.table("fleet-rows")


async def test_filter_while_typing_stays_visible_and_escape_clears_it() -> None:
    async with driving() as driver:
        driver.table("fleet-rows").focus()
        await driver.press("slash")
        await driver.type("web-0")
        fleet = driver.table("fleet-rows")
        await driver.until(lambda: len([r for r in fleet.rows if r.is_selectable]) == 9)
        await driver.press("enter")
        assert driver.app.focused is fleet
        assert "/web-0" in driver.text()
        await driver.press("escape")
        assert "/web-0" not in driver.text()
        await driver.press("slash")
        await driver.type("!web")
        await driver.until_shown("lb-1")
        await driver.until(lambda: "web-07" not in driver.text())
        await driver.press("escape")
        assert "web-07" in driver.text()


async def test_keys_typed_ahead_of_the_command_line_reach_no_list() -> None:
    async with driving() as driver:
        await driver.pilot.press("colon", "f", "s", "C")
        await driver.pilot.pause()
        assert not driver.front.calls
        assert ": fsC" in driver.text()


async def test_keys_of_one_packet_act_one_after_the_other() -> None:
    from textual import events

    async with driving(size=(160, 40)) as driver:
        for key in ("at", "slash", "w", "e", "b", "enter", "minus", "question_mark", "q", "tab"):
            character = {"slash": "/", "minus": "-", "question_mark": "?"}.get(key, key)
            driver.app.post_message(events.Key(key, character if len(character) == 1 else None))
        await driver.until(lambda: getattr(driver.app.focused, "id", "") == "board-rows")
        assert not driver.notices()  # the w did not arm, the q closed the help only
        await driver.press("at")
        await driver.until_shown("/web")


async def test_a_list_that_opens_meanwhile_takes_no_focus_from_a_prompt() -> None:
    async with driving() as driver:
        await driver.press("2")
        table = driver.table("run-rows")
        await driver.until(lambda: table.has_focus, "the runs in focus")
        await driver.press("colon")
        prompt = driver.app.screen.focused
        assert isinstance(prompt, Prompt)
        table.focus()
        await driver.press("h", "e", "l")
        assert prompt.has_focus
        assert prompt.value == "hel"
        await driver.press("escape")
        await driver.until(lambda: table.has_focus, "the runs in focus again")


async def test_commands_with_arguments_completion_and_history() -> None:
    async with driving() as driver:
        await driver.press("colon")
        await driver.type("run ap")
        await driver.until_shown("run api")
        await driver.press("tab", "enter")
        await driver.until(lambda: driver.front.calls)
        assert driver.front.calls[0][:3] == ("file", "pipeline.run", "api")
        await driver.press("colon", "up")
        await driver.until_shown(": run api")
        await driver.press("escape", "colon")
        await driver.type("nonsense")
        await driver.press("enter")
        await driver.until_said("no command nonsense")
        await driver.press("colon")
        await driver.type("theme light")
        await driver.press("enter")
        await driver.until(lambda: driver.app.theme == "light")
        await driver.press("colon")
        await driver.type("q")
        await driver.press("enter")
        await driver.until(lambda: driver.app.return_code == 0)


def test_what_the_command_line_understands() -> None:
    understood = parse(":flip shop")
    assert isinstance(understood, Command)
    assert (understood.action.id, understood.argument) == ("traffic.flip", "shop")
    fleet = parse("  fleet web ")
    assert isinstance(fleet, Command)
    assert (fleet.action.id, fleet.argument) == ("view.fleet", "web")
    short = parse("pip")
    assert isinstance(short, Command)
    assert short.action.id == "view.pipelines"
    assert isinstance(parse("re"), Misunderstood)
    assert parse(" : ") is None
    overview = world()
    assert completions("flip s", overview, []) == ["flip shop"]
    assert completions("approve a", overview, []) == ["approve api-88"]
    assert completions("theme l", overview, ["dark", "light"]) == ["theme light"]
    assert completions("fleet lb", overview, []) == ["fleet lb-1"]
    assert completions("nonsense ", overview, []) == []


def test_history_walks_and_forgets_what_lay_ahead() -> None:
    history = History()
    assert history.here is None
    assert history.last_other_view() is None
    history.visit("home", "")
    history.visit("fleet", "web-07")
    history.visit("fleet", "web-08")
    assert history.last_other_view() == ("home", "")
    assert history.walk(-1) == ("fleet", "web-07")
    assert history.walk(-2) is None
    history.visit("audit", "")
    assert history.walk(1) is None
    assert history.last_other_view() == ("fleet", "web-07")


async def test_copy_takes_the_selected_line() -> None:
    async with driving() as driver:
        await driver.press("y")
        await driver.until_said("copied")
        assert driver.app.clipboard.startswith("shop    ✕ failed")


async def test_help_says_where_a_narrow_screen_cuts_it() -> None:
    async with driving(size=(60, 24)) as driver:
        await driver.press("question_mark")
        await driver.until_shown("Keys of home")
        table = driver.app.screen.query_one(LineTable)
        seen = table.scrollable_content_region.width  # what the scrollbar does not cover
        lines = [table.render_line(y).text[:seen].rstrip() for y in range(table.size.height)]
        assert any(each.endswith("…") for each in lines)
        assert all(len(each) < seen or each.endswith("…") for each in lines)


async def test_help_is_made_from_the_live_keymap() -> None:
    options = Options(keymap={"pipeline.run": "ctrl+r"})
    async with driving(options=options, size=(120, 60)) as driver:
        await driver.press("question_mark")
        await driver.until_shown("ctrl+r")
        text = driver.text()
        for title in ("Here", "Lists", "Screens", "Everywhere"):
            assert title in text
        await driver.press("escape")
        await driver.press("ctrl+r")
        await driver.until(lambda: driver.front.calls)


async def test_the_palette_lists_the_same_actions() -> None:
    async with driving() as driver:
        listed = {c.title for c in driver.app.get_system_commands(driver.app.screen)}
        assert {"flip", "start run", "help", "fleet", "theme high-contrast"} <= listed
        await driver.press("ctrl+p")
        await driver.until(lambda: type(driver.app.screen).__name__ == "CommandPalette")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, ViewScreen))


async def test_commands_sent_are_listed_and_back_leads_home() -> None:
    from sample_world import ago

    from devops_tui.domain.audit import CommandRecord

    front = FakeFront(world())
    front.records = (
        CommandRecord(ago(1), "web-01", "exec sh -s \x1b]0;x\x07", 0, 0.2, 2),
        CommandRecord(ago(2), "web-02", "systemctl restart shop", None, 9.0, 1),
    )
    async with driving(front) as driver:
        await driver.press("at")
        await driver.until_shown("systemctl restart shop")
        assert "? lost" in driver.text()
        assert "\x1b" not in driver.text()
        await driver.press("escape")
        await driver.until_shown("Traffic")
        await driver.press("minus")
        await driver.until_shown("Commands sent")
        await driver.until(lambda: "commands" in driver.front.beats)
