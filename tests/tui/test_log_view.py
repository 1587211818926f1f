"""The log view: follows, folds, wraps, reads only a window of a log of any size."""

from __future__ import annotations

from array import array

import pytest
from log_feed import BEGAN, OneLog, chunks_of

from devops_tui.presentation.logs import LogLook, Times
from devops_tui.tui.filters import parse


def lines(count: int, first: int = 0) -> bytes:
    return b"".join(b"l%d\n" % number for number in range(first, first + count))


GROUPED = b"""before
::group::install
one
two
::endgroup::
::group::test
ok
E   AssertionError: no
::endgroup::
after
"""


async def test_a_log_follows_until_it_is_left_and_again_by_f() -> None:
    app = OneLog(lines(50), size=10)
    async with app.run_test(size=(24, 5)) as pilot:
        await pilot.pause()
        assert app.shown()[-1].endswith("l49")
        await pilot.press("k")
        await pilot.pause()
        app.feed.add(chunks_of(b"l50\n"))
        await pilot.pause()
        assert app.view.number == 49
        assert not app.view.is_following
        await pilot.press("f")
        app.feed.add(chunks_of(b"l51\n"))
        await pilot.pause()
        assert app.view.number == app.view.index.count


async def test_a_long_log_is_read_by_windows_only() -> None:
    app = OneLog(lines(200_000))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        await pilot.press("g")
        await pilot.pause()
        assert app.shown()[0].endswith("l0")
        app.view.go_to(100_000)
        await pilot.pause()
        assert "l99999" in app.view.cursor_text
        await pilot.press("pagedown")
        await pilot.pause()
        assert "l100009" in app.view.cursor_text
        assert sum(last - first + 1 for first, last in app.feed.wanted) < 2000


async def test_groups_that_ended_well_are_folded_and_failures_are_open() -> None:
    app = OneLog(GROUPED)
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        drawn = "\n".join(app.shown())
        assert "▸ install  3 lines" in drawn
        assert "one" not in drawn
        assert "▾ test" in drawn
        assert "AssertionError: no" in drawn
        await pilot.press("g", "j", "enter")
        await pilot.pause()
        assert "one" in "\n".join(app.shown())
        await pilot.press("o")
        await pilot.pause()
        drawn = "\n".join(app.shown())
        assert "▸ install" in drawn
        assert "▸ test" in drawn
        await pilot.press("o")
        await pilot.pause()
        assert "▾ install" in "\n".join(app.shown())


async def test_a_jump_into_a_folded_group_opens_it() -> None:
    app = OneLog(GROUPED)
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        app.view.go_to(4)
        await pilot.pause()
        assert app.view.cursor_text.endswith("two")


@pytest.mark.parametrize("key", ["j", "pagedown", "ctrl+d"])
async def test_wrapped_lines_are_seen_whole_under_the_cursor(key: str) -> None:
    data = b"".join(b"%03d " % number + b"x" * 90 + b"!\n" for number in range(60))
    app = OneLog(data)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        await pilot.press("w", "g")
        for _ in range(4):
            await pilot.press(key)
            await pilot.pause()
        drawn = "".join(app.shown())
        number = app.view.cursor_text.split()[-2][:3]
        assert number in drawn
        assert "!" in drawn


async def test_following_wrapped_lines_shows_the_end_of_the_last() -> None:
    app = OneLog(b"".join(b"x" * 100 + b"%03d\n" % number for number in range(60)))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("w", "G")
        await pilot.pause()
        await pilot.pause()
        assert "059" in "".join(app.shown())


async def test_only_found_lines_and_all_again() -> None:
    app = OneLog(lines(500))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        app.view.filter_by(parse("l42"))
        app.view.show_only(array("Q", [43, 421]))
        await pilot.pause()
        assert [r.split()[-1] for r in app.shown() if r] == ["l42", "l420"]
        app.view.show_only(array("Q"))
        await pilot.pause()
        assert "nothing matches" in app.shown()[0]
        app.view.show_only(None)
        await pilot.pause()
        assert len([r for r in app.shown() if r]) == 10


async def test_times_take_their_place_before_the_text() -> None:
    app = OneLog(lines(3))
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.pause()
        assert "+" in app.shown()[0]
        app.view.relook(LogLook(times=Times.OF_DAY, local=BEGAN))
        assert "09:30:00" in app.shown()[0]
        app.view.relook(LogLook(times=Times.NONE))
        assert app.shown()[0].split()[-2:] == ["1", "l0"]


async def test_colours_of_the_program_are_drawn_and_nothing_else_acts() -> None:
    app = OneLog(b"\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2Jplain \x1b[1;4mbold\x1b[m\n")
    async with app.run_test(size=(60, 3)) as pilot:
        await pilot.pause()
        strip = app.view.render_line(0)
        by_text = {segment.text.strip(): segment.style for segment in strip}
        assert by_text["bold"] is not None
        assert by_text["bold"].bold
        assert by_text["bold"].underline
        assert by_text["red"] != by_text["plain"]
        assert strip.text.rstrip().endswith("red plain bold")


async def test_a_line_that_is_cut_says_so_beside_the_scroll_bar() -> None:
    long = b"the line begins " + b"-" * 60 + b" and ends here\n"
    app = OneLog(lines(20) + long)
    async with app.run_test(size=(40, 6)) as pilot:
        await pilot.pause()
        assert app.view.show_vertical_scrollbar
        drawn = app.view.render_line(5).text
        assert len(drawn) == 40
        assert drawn[38:] == "… "  # the last cell is below the scroll bar
        assert "the line begins" in drawn
        await pilot.press("w")
        await pilot.pause()
        assert "…" not in "".join(app.shown())


async def test_a_line_scrolled_sideways_says_what_is_cut_at_either_end() -> None:
    app = OneLog(lines(20) + b"the line begins " + b"-" * 60 + b" and ends here\n\n")
    async with app.run_test(size=(40, 6)) as pilot:
        await pilot.pause()
        app.view.go_to(20)
        await pilot.press("right", "right")
        await pilot.pause()
        both = app.view.render_line(4).text
        assert both[2] == "…"
        assert both[38] == "…"
        await pilot.press("right", "right", "right")
        await pilot.pause()
        drawn = app.shown()
        assert drawn[4].startswith("  …")
        assert drawn[4].endswith(" and ends here")
        assert drawn[3].strip("▸ ") == "…"  # all of it lies to the left
        await pilot.press(*["left"] * 5)
        await pilot.pause()
        assert "the line begins" in app.shown()[4]
