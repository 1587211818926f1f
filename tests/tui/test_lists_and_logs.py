from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from devops_tui.presentation.line import Line, line, width
from devops_tui.presentation.rows import Row, heading, note
from devops_tui.presentation.safe_text import safe
from devops_tui.tui.filters import parse
from devops_tui.tui.palette import plain_text
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.wrapping import wrap, wrap_words


def rows(*names: str) -> list[Row]:
    return [Row(name, line(name)) for name in names]


class OneList(App[None]):
    def __init__(self, table: LineTable) -> None:
        super().__init__()
        self.table = table

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.focus()


def shown(table: LineTable) -> list[str]:
    return [table.render_line(y).text.rstrip() for y in range(table.size.height)]


async def test_the_cursor_stays_with_its_key_when_rows_move() -> None:
    table = LineTable()
    async with OneList(table).run_test(size=(20, 6)) as pilot:
        table.show(lambda _: rows("a", "b", "c"))
        await pilot.press("j")
        assert table.cursor_key == "b"
        table.show(lambda _: rows("x", "y", "b", "z"))
        assert table.cursor_key == "b"
        assert shown(table)[2] == "▸ b"
        table.show(lambda _: rows("x", "y", "z"))
        assert table.cursor_key == "z"
        table.show(lambda _: [])
        assert table.cursor_key == ""
        await pilot.press("j", "k", "g", "G", "enter", "space", "ctrl+d")


async def test_the_heading_stays_and_notes_go_with_the_row_above() -> None:
    table = LineTable()
    async with OneList(table).run_test(size=(20, 5)) as pilot:
        made = [heading(line("NAME"))]
        for index in range(20):
            made += [Row(f"r{index}", line(f"r{index}")), note(f"r{index}", line(f"why {index}"))]
        table.show(lambda _: made)
        await pilot.press("j", "j", "j", "j")
        assert table.cursor_key == "r4"
        drawn = shown(table)
        assert drawn[0].strip() == "NAME"
        assert "▸ r4" in drawn
        assert drawn[drawn.index("▸ r4") + 1].strip() == "why 4"
        table.filter_by(parse("why 7"))
        assert [r.key for r in table.rows] == ["r7", "r7#"]
        assert table.cursor_key == "r7"


async def test_marks_count_in_the_order_shown() -> None:
    table = LineTable()
    async with OneList(table).run_test(size=(20, 6)) as pilot:
        table.show(lambda _: rows("a", "b", "c"))
        assert list(table.marks) == ["a"]
        await pilot.press("j", "space", "g", "space")
        assert list(table.marks) == ["a", "b"]
        assert shown(table)[0] == "◆ a"
        table.clear_marks()
        assert list(table.marks) == [table.cursor_key]


async def test_a_second_click_opens() -> None:
    table = LineTable()
    opened: list[str] = []

    class Opens(OneList):
        def on_line_table_opened(self, event: LineTable.Opened) -> None:
            opened.append(event.key)

    async with Opens(table).run_test(size=(20, 6)) as pilot:
        table.show(lambda _: [heading(line("H")), *rows("a", "b", "c")])
        await pilot.click(offset=(3, 2))
        assert table.cursor_key == "b"
        assert opened == []
        await pilot.click(offset=(3, 2), times=2)
        assert opened == ["b"]


async def test_rows_are_made_anew_when_the_scroll_bar_takes_a_cell() -> None:
    made: list[int] = []
    table = LineTable()

    def make(count: int, cells: int) -> list[Row]:
        made.append(cells)
        return rows(*(f"{n}" for n in range(count)))

    async with OneList(table).run_test(size=(20, 6)) as pilot:
        for count, cells in ((3, 18), (50, 17), (3, 18)):  # two cells are the gutter's
            table.show(partial(make, count))
            await pilot.pause()
            assert made[-1] == cells


_words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=60)


@given(_words, st.integers(1, 30))
def test_wrapped_pieces_are_never_wider_than_asked_for(text: str, cells: int) -> None:
    for piece in wrap(line(text), cells):
        assert width(piece) <= max(cells, 2)
    by_words = wrap_words(line(text), cells)
    assert all(width(piece) <= max(cells, 2 + cells // 4) for piece in by_words)
    kept = "".join("".join(span.text for span in piece) for piece in by_words)
    assert kept.replace(" ", "") == str(safe(text)).replace(" ", "")


def test_lines_are_broken_between_words_and_set_in() -> None:
    shown = wrap_words(line("  lb-1: ", ("add map @VERSION", "accent"), " /etc/colour.map"), 20)
    assert [plain_text(row) for row in shown] == [
        "  lb-1: add map",
        "    @VERSION",
        "    /etc/colour.map",
    ]
    assert [span.role for span in shown[1]] == ["text", "accent"]
    assert [plain_text(row) for row in wrap_words(line("abcdefghij"), 4)] == [
        "abcd",
        " efg",
        " hij",
    ]


@pytest.mark.parametrize(
    ("typed", "text", "is_kept"),
    [
        ("web", "WEB-07 ok", True),
        ("Web", "web-07 ok", False),
        ("!web", "web-07", False),
        ("!web", "db-01", True),
        ("w.b", "web", True),
        ("((", "a ((b", True),
        ("-f wb7", "web-07", True),
        ("-f wb9", "web-07", False),
        ("state=failed", "state=failed now", True),
        ("state=failed", "state=ok", False),
    ],
)
def test_what_a_filter_keeps(typed: str, text: str, is_kept: bool) -> None:
    wanted = parse(typed)
    assert wanted is not None
    assert wanted.keeps(text) is is_kept


def test_no_filter_without_text_and_matches_are_marked_across_spans() -> None:
    assert parse("  ") is None
    wanted = parse("b.c")
    assert wanted is not None
    marked: Line = wanted.mark(line("ab", ("-cd", "accent")))
    assert [(s.text, s.role) for s in marked] == [
        ("a", "text"), ("b", "match"), ("-c", "match"), ("d", "accent"),
    ]  # fmt: skip
