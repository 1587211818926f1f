"""Occasions of a schedule, above all on the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devops_tui.domain.errors import NotFound
from devops_tui.domain.schedule import Schedule, missed, next_after, zone_of

BERLIN = "Europe/Berlin"  # 2026: forward on 29 March at 02:00, back on 25 October at 03:00


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def occasions(cron: str, zone: str, since: str, count: int) -> list[str]:
    moment = at(since)
    found: list[str] = []
    for _ in range(count):
        following = next_after(Schedule(cron, zone), moment)
        assert following is not None
        assert following > moment
        found.append(f"{following:%m-%d %H:%M}")
        moment = following
    return found


@pytest.mark.parametrize(
    ("cron", "zone", "since", "found"),
    [
        ("0 3 * * 1-5", "UTC", "2026-03-06T03:00", ["03-09 03:00", "03-10 03:00"]),
        ("0 3 * * 1-5", BERLIN, "2026-03-01T12:00", ["03-02 02:00", "03-03 02:00"]),
        # the day forward: 02:30 does not exist, and means the moment of the jump
        ("30 2 * * *", BERLIN, "2026-03-28T00:00", ["03-28 01:30", "03-29 01:00", "03-30 00:30"]),
        # all that does not exist is one moment, and that is one with 03:00
        ("*/30 2,3 * * *", BERLIN, "2026-03-29T00:30", ["03-29 01:00", "03-29 01:30"]),
        # the day back: 02:30 exists twice, and means the first
        ("30 2 * * *", BERLIN, "2026-10-24T12:00", ["10-25 00:30", "10-26 01:30"]),
        # every hour goes on through the repeated one
        (
            "30 * * * *",
            BERLIN,
            "2026-10-24T23:00",
            ["10-24 23:30", "10-25 00:30", "10-25 01:30", "10-25 02:30"],
        ),
        # midnight does not exist there on the day forward
        ("0 0 * * *", "Asia/Beirut", "2026-03-28T12:00", ["03-28 22:00", "03-29 21:00"]),
        # a whole day that does not exist: one moment
        ("0 12 * * *", "Pacific/Apia", "2011-12-30T00:00", ["12-30 10:00", "12-30 22:00"]),
        ("0 0 29 2 *", "UTC", "2096-03-01T00:00", ["02-29 00:00"]),  # 2104: 2100 has none
    ],
)
def test_the_next_occasions(cron: str, zone: str, since: str, found: list[str]) -> None:
    assert occasions(cron, zone, since, len(found)) == found


def test_missed_occasions_are_counted_and_the_last_is_told() -> None:
    daily = Schedule("0 3 * * *")
    since = at("2026-03-01T03:00")
    assert missed(daily, since, at("2026-03-04T02:59")) == (2, at("2026-03-03T03:00"))
    assert missed(daily, since, at("2026-03-02T02:59")) == (0, None)
    count, last = missed(Schedule("* * * * *"), since, at("2027-03-01T03:00"))
    assert (count, last) == (1000, since + timedelta(minutes=1000))


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc/passwd", "/etc/passwd", "A" * 300])
def test_a_zone_that_is_none(name: str) -> None:
    with pytest.raises(NotFound, match="unknown time zone"):
        zone_of(name)


ZONES = st.sampled_from(
    [BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]
)
# Around the days on which clocks change, in hours: there the mistakes would be.
CHANGES = st.sampled_from(["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25"])
MOMENTS = st.tuples(CHANGES, st.integers(-900, 900)).map(
    lambda pair: at(f"{pair[0]}T00:00") + timedelta(minutes=pair[1])
)


@settings(max_examples=40, deadline=None)
@given(ZONES, MOMENTS, st.integers(0, 59), st.integers(0, 23))
def test_a_daily_time_runs_once_on_each_local_day(
    zone: str, since: datetime, minute: int, hour: int
) -> None:
    schedule = Schedule(f"{minute} {hour} * * *", zone)
    found = [since]
    for _ in range(30):
        following = next_after(schedule, found[-1])
        assert following is not None
        found.append(following)
    days = [m.astimezone(ZoneInfo(zone)).date() for m in found[1:]]
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))
    assert all(earlier < later for earlier, later in pairwise(found))


@settings(max_examples=40, deadline=None)
@given(ZONES, MOMENTS, st.integers(1, 30))
def test_a_local_time_that_exists_is_one_that_was_asked_for(
    zone: str, since: datetime, step: int
) -> None:
    schedule = Schedule(f"*/{step} * * * *", zone)
    there = ZoneInfo(zone)
    moment = since
    for _ in range(3):
        following = next_after(schedule, moment)
        assert following is not None
        local = following.astimezone(there)
        before = (following - timedelta(seconds=1)).astimezone(there)
        is_jump = local.utcoffset() != before.utcoffset()
        assert local.minute % step == 0 or is_jump
        assert following - moment <= timedelta(minutes=2 * step + 60)
        moment = following
