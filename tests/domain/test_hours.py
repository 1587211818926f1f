"""Windows and freezes, on both sides of a change of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.hours import Freeze, Hours, Window, instant, local, shut
from devops_tui.domain.schedule import zone_of

BERLIN = "Europe/Berlin"  # clock forward on 29 March 2026 at 02:00, back on 25 October at 03:00
WORK = Window((0, 1, 2, 3), 9 * 60, 16 * 60, BERLIN)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type] # year, month, day, hour...


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (utc(2026, 9, 14, 7, 0), ""),  # Monday 09:00 there, in summer
        (utc(2026, 9, 14, 6, 59, 59), "the window, opens Mon 14 Sep 09:00 Europe/Berlin"),
        (utc(2026, 9, 14, 13, 59, 59), ""),
        (utc(2026, 9, 14, 14, 0), "the window, opens Tue 15 Sep 09:00 Europe/Berlin"),
        (utc(2026, 9, 18, 8, 0), "the window, opens Mon 21 Sep 09:00 Europe/Berlin"),
        (utc(2026, 12, 14, 8, 0), ""),  # the same hour there, in winter
        (utc(2026, 12, 14, 7, 59), "the window, opens Mon 14 Dec 09:00 Europe/Berlin"),
    ],
)
def test_a_window_opens_by_the_clock_of_its_zone(now: datetime, told: str) -> None:
    found = Hours((WORK,)).shut(now)
    assert str(found or "") == told


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    night = Hours((Window((4,), 22 * 60, 2 * 60, "UTC"),))
    assert night.shut(utc(2026, 9, 18, 21, 59)) is not None  # a Friday
    assert night.shut(utc(2026, 9, 18, 22, 0)) is None
    assert night.shut(utc(2026, 9, 19, 1, 59)) is None
    assert night.shut(utc(2026, 9, 19, 2, 0)) is not None
    assert night.shut(utc(2026, 9, 19, 22, 0)) is not None


def test_a_time_that_the_clock_skips_means_the_moment_of_the_change() -> None:
    change = utc(2026, 3, 29, 1, 0)
    assert instant(date(2026, 3, 29), 2 * 60 + 30, BERLIN) == change
    assert instant(date(2026, 3, 29), 3 * 60, BERLIN) == change
    early = Hours((Window((6,), 2 * 60 + 15, 2 * 60 + 45, BERLIN),))
    assert early.shut(change) is not None  # half an hour that does not exist never opens


def test_a_time_that_comes_twice_means_the_first() -> None:
    assert instant(date(2026, 10, 25), 2 * 60 + 30, BERLIN) == utc(2026, 10, 25, 0, 30)


def test_freezes_and_windows_of_several_places_count_together() -> None:
    freeze = Freeze(utc(2026, 12, 19, 23), utc(2027, 1, 3, 23), "year's end", BERLIN)
    production, pipeline = Hours((WORK,), (freeze,)), Hours((Window((1,), 0, 1440, "UTC"),))
    found = shut((production, pipeline), utc(2026, 12, 22, 10))
    assert str(found) == "the end of the freeze (year's end), opens Tue 5 Jan 09:00 Europe/Berlin"
    assert shut((production, pipeline), utc(2027, 1, 5, 8)) is None
    assert shut((), utc(2026, 12, 22, 10)) is None


def test_windows_that_never_meet_are_told_so() -> None:
    monday, friday = (Hours((Window((day,), 0, 60, "UTC"),)) for day in (0, 4))
    found = shut((monday, friday), utc(2026, 9, 16))
    assert str(found) == "the window, which never opens"


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from([BERLIN, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
def test_what_is_told_to_open_opens_then_and_not_before(
    at: datetime, zone: str, days: set[int], opens: int, shuts: int
) -> None:
    window = Window(tuple(sorted(days)), opens, shuts, zone)
    hours, now = Hours((window,)), at.replace(tzinfo=UTC)
    found = hours.shut(now)
    if found is None:
        there = now.astimezone(zone_of(zone))
        yesterday = (there.date() - timedelta(days=1)).weekday()
        assert there.weekday() in days or yesterday in days
        return
    assert found.opens_at is not None
    assert now < found.opens_at
    before = found.opens_at - timedelta(seconds=1)
    assert before < now or hours.shut(before) is not None
    assert (
        hours.shut(found.opens_at) is None
        or window.span(found.opens_at.astimezone(zone_of(zone)).date())[0]
        >= window.span(found.opens_at.astimezone(zone_of(zone)).date())[1]
    )


def test_a_moment_is_told_as_people_there_say_it() -> None:
    assert local(utc(2027, 1, 4, 8), BERLIN) == "Mon 4 Jan 09:00 Europe/Berlin"
