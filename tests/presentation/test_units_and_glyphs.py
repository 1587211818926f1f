"""Numbers with units, small graphs, columns, and the ASCII twin of every glyph."""

from __future__ import annotations

from datetime import timedelta

import pytest
from drawn import text
from hypothesis import given
from hypothesis import strategies as st
from overviews import NOW, ago, overview, texts

from devops_tui.presentation import home, units
from devops_tui.presentation.glyphs import to_ascii, wants_ascii
from devops_tui.presentation.layout import Field, Grid, beside, joined, pad
from devops_tui.presentation.line import line, span, width
from devops_tui.presentation.sparkline import bar, sparkline
from devops_tui.presentation.wrap import wrap


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (units.percent(0.934), "93 %"),
        (units.percent(None), "?"),
        (units.percent(float("nan")), "?"),
        (units.percent(0.0002, 2), "0.02 %"),
        (units.size(0), "0 B"),
        (units.size(1536), "1.5 KiB"),
        (units.size(8 << 30), "8.0 GiB"),
        (units.rate(None), "?"),
        (units.rate(1_250_000), "1.2 MiB/s"),
        (units.count_rate(1842.4, " req/s"), "1,842 req/s"),
        (units.count_rate(0), "0/s"),
        (units.milliseconds(3.21), "3.2 ms"),
        (units.milliseconds(38.4), "38 ms"),
        (units.milliseconds(1200), "1.2 s"),
        (units.duration(0.42), "0.4 s"),
        (units.duration(9.96), "10 s"),
        (units.duration(250), "4 m 10 s"),
        (units.duration(7200), "2 h"),
        (units.duration(86400 * 3 + 3600 * 4), "3 d 4 h"),
        (units.duration(None), "?"),
        (units.age(ago(239), NOW), "3 m"),
        (units.age(ago(-5), NOW), "0 s"),
        (units.age(None, NOW), "?"),
        (units.countdown(ago(-102), NOW), "1:42"),
        (units.countdown(ago(-7180), NOW), "01:59:40"),
        (units.countdown(ago(5), NOW), "0:00"),
        (units.time_of_day(ago(60), NOW), "03:11:44"),
        (units.plural(1, "host"), "1 host"),
        (units.plural(2, "host"), "2 hosts"),
    ],
)
def test_numbers_carry_their_units(shown: str, expected: str) -> None:
    assert shown == expected


@given(st.floats())
def test_every_number_can_be_shown(value: float) -> None:
    for unit in (
        units.percent,
        units.size,
        units.rate,
        units.count_rate,
        units.milliseconds,
        units.duration,
        units.plain,
    ):
        assert unit(value)


def test_sparkline_puts_the_newest_at_the_right_and_invents_nothing() -> None:
    assert sparkline((0.0, 0.5, 1.0), 5) == "  ▁▅█"
    assert sparkline((0.0, 0.5, 1.0), 2) == "▅█"


@given(st.lists(st.floats(), max_size=70), st.integers(-2, 70))
def test_sparkline_is_as_wide_as_asked(values: list[float], cells: int) -> None:
    assert len(sparkline(values, cells)) == max(0, cells)


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(0.0, "░░░░"), (0.001, "█░░░"), (0.999, "███░"), (1.0, "████"), (None, "░░░░")],
)
def test_bar_never_rounds_to_nothing_or_to_all(ratio: float | None, expected: str) -> None:
    assert bar(ratio, 4) == expected


@pytest.mark.parametrize("cells", [20, 80, 120])
def test_the_ascii_twin_is_ascii_and_as_wide(cells: int) -> None:
    shown = overview()
    for make in (home.pipelines, home.board, home.fleet, home.traffic):
        for row in make(shown, cells):
            twin = to_ascii(row.line)
            assert text(twin).isascii()
            assert width(twin) == width(row.line)


@given(texts)
def test_the_ascii_twin_of_any_text_is_as_wide(any_text: str) -> None:
    shown = line(any_text)
    assert width(to_ascii(shown)) == width(shown)
    assert text(to_ascii(shown)).isascii()


def test_the_first_locale_variable_that_is_set_decides() -> None:
    assert wants_ascii({"LANG": "C"})
    assert not wants_ascii({"LANG": "C", "LC_ALL": "en_US.UTF-8"})
    assert wants_ascii({"LANG": "en_US.UTF-8", "LC_CTYPE": "POSIX"})
    assert not wants_ascii({})


FIELDS = (
    Field("a", "a", 6, keep=0),
    Field("b", "b", 6, keep=2, align="right"),
    Field("c", "c", 6, keep=1, grows=True),
)


def test_columns_drop_out_by_importance_and_one_grows() -> None:
    cells = {"a": "one", "b": "two", "c": "three"}
    assert text(Grid(FIELDS, 24).row(cells)) == "one       two three     "
    assert text(Grid(FIELDS, 14).row(cells)) == "one    three  "
    assert text(Grid(FIELDS, 4).row(cells)) == "one "


def test_the_sorted_column_carries_an_arrow() -> None:
    assert "b↑" in text(Grid(FIELDS, 30).heading("b"))
    assert "b↓" in text(Grid(FIELDS, 30).heading("b", is_descending=True))


def test_beside_cuts_the_left_first() -> None:
    assert text(beside(line("a long left side"), line("right"), 14)) == "a long … right"
    assert text(beside(line("left"), line("a right that is too long"), 14)) == "left"


def test_joined_leaves_empty_lines_out() -> None:
    assert text(joined([line("a"), (), line("b")])) == "a · b"


@given(texts, st.integers(0, 60))
def test_pad_is_exact(any_text: str, cells: int) -> None:
    assert width(pad(line(any_text), cells)) == cells
    assert width(pad(line(any_text), cells, "right")) == cells


@given(texts, st.integers(1, 60))
def test_wrapped_text_fits_and_loses_no_word(any_text: str, cells: int) -> None:
    pieces = wrap(any_text, max(2, cells))
    assert all(span(p).width <= max(2, cells) for p in pieces)
    kept = "".join(pieces).replace(" ", "")
    assert kept == span(any_text).text.replace(" ", "")


def test_a_time_of_another_day_has_its_date() -> None:
    assert units.time_of_day(NOW - timedelta(days=1), NOW) == "03-13 03:12:44"
