"""Cron expressions: what they mean, where their mistakes are."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from devops_tui.domain.cron import BadCron, parse


@pytest.mark.parametrize(
    ("text", "column", "what"),
    [
        ("0 3 * * ", 8, "4 fields instead of 5"),
        ("0 3 * * * root", 10, "6 fields instead of 5"),
        ("60 3 * * *", 0, "bad minute `60`"),
        ("0 24 * * *", 2, "bad hour `24`"),
        ("0 3,x * * *", 4, "bad hour `x`"),
        ("0 3 1-32 * *", 6, "bad day of month `32`"),
        ("0 3 * foo *", 8 - 2, "bad month `foo`"),
        ("0 3 * * 8", 8, "bad day of week `8`"),
        ("0  3  *  *  fri-mon", 12, "the range `fri-mon` ends before it begins"),
        ("*/0 3 * * *", 2, "bad step `0` of the minute"),
        ("5/15 3 * * *", 0, "a step needs a range: `5/15`"),
        ("0 3 30 2 *", 4, "this day does not exist: it would never run"),
        ("@daily", 0, "no shorthand `@daily`"),
        ("0 3 ٣ * *", 4, "bad day of month `٣`"),
        (", * * * *", 0, "bad minute ``"),
    ],
)
def test_a_mistake_has_its_column(text: str, column: int, what: str) -> None:
    with pytest.raises(BadCron) as caught:
        parse(text)
    assert (caught.value.column, caught.value.what) == (column, what)
    assert caught.value.todo


def test_names_ranges_lists_and_steps() -> None:
    cron = parse("*/20,5 8-18/5 1,15 JAN-mar,12 Mon-fri")
    assert cron.minutes == (0, 5, 20, 40)
    assert cron.hours == (8, 13, 18)
    assert cron.days == {1, 15}
    assert cron.months == {1, 2, 3, 12}
    assert cron.days_of_week == {1, 2, 3, 4, 5}


def test_sunday_has_two_numbers() -> None:
    assert parse("0 0 * * 7").days_of_week == parse("0 0 * * 0").days_of_week == {0}


@pytest.mark.parametrize(
    ("text", "day", "has"),
    [
        ("0 0 13 * fri", date(2026, 2, 13), True),  # both
        ("0 0 13 * fri", date(2026, 1, 13), True),  # the day of the month alone
        ("0 0 13 * fri", date(2026, 1, 16), True),  # the day of the week alone
        ("0 0 13 * fri", date(2026, 1, 17), False),
        ("0 0 13 * *", date(2026, 1, 16), False),
        ("0 0 * * fri", date(2026, 1, 13), False),
        ("0 0 */2 * fri", date(2026, 1, 16), False),  # begins with a star: both must fit
    ],
)
def test_one_of_two_days_is_enough(text: str, day: date, has: bool) -> None:
    assert parse(text).has_day(day) is has


def numbers(low: int, high: int) -> st.SearchStrategy[tuple[str, frozenset[int]]]:
    """A field's text with what it means, built side by side."""
    one = st.integers(low, high).map(lambda n: (str(n), frozenset({n})))
    pair = st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted)
    span = pair.map(lambda p: (f"{p[0]}-{p[1]}", frozenset(range(p[0], p[1] + 1))))
    step = st.tuples(pair, st.integers(1, high)).map(
        lambda t: (f"{t[0][0]}-{t[0][1]}/{t[1]}", frozenset(range(t[0][0], t[0][1] + 1, t[1])))
    )
    every = st.integers(1, high).map(lambda n: (f"*/{n}", frozenset(range(low, high + 1, n))))
    parts = st.lists(st.one_of(one, span, step, every), min_size=1, max_size=4)
    return parts.map(
        lambda ps: (",".join(p[0] for p in ps), frozenset().union(*(p[1] for p in ps)))
    )


@settings(deadline=None)
@given(numbers(0, 59), numbers(0, 23), numbers(1, 31), numbers(1, 12), numbers(0, 6))
def test_a_field_means_the_union_of_its_parts(
    minute: tuple[str, frozenset[int]],
    hour: tuple[str, frozenset[int]],
    day: tuple[str, frozenset[int]],
    month: tuple[str, frozenset[int]],
    weekday: tuple[str, frozenset[int]],
) -> None:
    assume(min(day[1]) <= 29)  # later days may not exist in any of the months
    cron = parse(" ".join(f[0] for f in (minute, hour, day, month, weekday)))
    assert (frozenset(cron.minutes), frozenset(cron.hours)) == (minute[1], hour[1])
    assert (cron.days, cron.months, cron.days_of_week) == (day[1], month[1], weekday[1])
    assert list(cron.minutes) == sorted(set(cron.minutes))


@given(st.text(alphabet="0123456789*/-, monjan@x\t٣", max_size=30))
def test_any_text_is_read_or_refused_within_it(text: str) -> None:
    try:
        parse(text)
    except BadCron as error:
        assert 0 <= error.column <= len(text)
        assert error.what
        assert error.todo
