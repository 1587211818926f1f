"""What is pasted is text: it never acts as keys, and none of its lines is dropped unsaid."""

from __future__ import annotations

import pytest
from driving import driving
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.app import App, ComposeResult

from devops_tui.tui.paste import Pasted, PasteParser
from devops_tui.tui.widgets.one_line import OneLine

START, END = "\x1b[200~", "\x1b[201~"
LOG = "\x1b[31mred\x1b[0m q\rx\t\x1b"


def parsed(*pieces: str) -> list[object]:
    """What the parser makes of what a terminal sends in these pieces."""
    parser = PasteParser()
    found = [event for piece in pieces for event in parser.feed(piece)]
    return [e.text if isinstance(e, events.Paste) else e for e in found]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_pasted_log_line_in_colours_presses_no_key(size: int) -> None:
    sent = f"{START}{LOG}{END}"
    pieces = [sent[start : start + size] for start in range(0, len(sent), size)]
    assert parsed(*pieces) == [LOG.replace("\x1b", "␛")]


def test_keys_before_and_after_a_paste_are_keys() -> None:
    found = parsed(f"a\x1b[A{START}one{END}b")
    assert [e.key if isinstance(e, events.Key) else e for e in found] == ["a", "up", "one", "b"]


@given(st.lists(st.sampled_from([START, END, "\x1b", "[20", "0~", "1~", "x", "\x1b[A"])))
def test_outside_of_pastes_nothing_is_changed_or_held_back(pieces: list[str]) -> None:
    sent = "".join(pieces)
    by_piece, whole = Pasted(), Pasted()
    made = "".join(by_piece.made_safe(piece) for piece in pieces)
    assert made == whole.made_safe(sent)
    assert made.replace("␛", "\x1b") == sent[: len(made)]
    assert START in sent or made == sent


async def test_all_lines_of_a_paste_stand_in_a_field_up_to_its_limit() -> None:
    class OneField(App[None]):
        def compose(self) -> ComposeResult:
            yield OneLine("because", max_length=30, select_on_focus=False)

    app = OneField()
    async with app.run_test() as pilot:
        field = app.query_one(OneLine)
        app.post_message(events.Paste(" of\nthe bank\r\n\tand "))
        await pilot.pause()
        assert field.value == "becauseof the bank and"
        app.post_message(events.Paste("x" * 400))
        await pilot.pause()
        assert field.value == "becauseof the bank and" + "x" * 8


async def test_a_paste_where_nothing_is_typed_does_nothing() -> None:
    async with driving(size=(80, 24)) as driver:
        before = driver.rows()[1:]
        driver.app.post_message(events.Paste("q\nX\ry"))
        await driver.pilot.pause()
        assert driver.app.is_running
        assert driver.front.calls == []
        assert driver.rows()[1:] == before
