"""Weeks go round over changes of the clock; overrides take their part of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.codec import decode, encode
from devops_tui.domain.oncall import EscalationStep, Override, Rota

BERLIN = Rota(("jun", "minji", "sora"), "2026-03-02", 540, "Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "who", "until"),
    [
        ("2026-03-02 08:00", "jun", "2026-03-09 08:00"),
        ("2026-03-09 07:59", "jun", "2026-03-09 08:00"),
        ("2026-03-09 08:00", "minji", "2026-03-16 08:00"),
        ("2026-03-25 12:00", "jun", "2026-03-30 07:00"),  # the clock changed on the 29th
        ("2026-03-30 07:00", "minji", "2026-04-06 07:00"),
        ("2026-03-02 07:59", "sora", "2026-03-02 08:00"),  # before the first week
    ],
)
def test_a_week_begins_at_its_local_time(at: str, who: str, until: str) -> None:
    turn = BERLIN.turn(utc(at))
    assert (turn.who, turn.until) == (who, utc(until))


def with_overrides(*overrides: tuple[str, str, str]) -> Rota:
    made = tuple(Override(utc(b), utc(e), who) for b, e, who in overrides)
    return Rota(("jun", "minji"), "2026-03-02", 540, "UTC", made)


def test_an_override_takes_its_part_of_a_week() -> None:
    rota = with_overrides(("2026-03-04 00:00", "2026-03-05 00:00", "sora"))
    assert rota.told(utc("2026-03-03 12:00")) == "jun until Wed 4 Mar 00:00 UTC, then sora"
    assert rota.told(utc("2026-03-04 12:00")) == (
        "sora (override) until Thu 5 Mar 00:00 UTC, then jun"
    )
    turn = rota.turn(utc("2026-03-05 00:00"))
    assert (turn.who, turn.since) == ("jun", utc("2026-03-05 00:00"))


def test_of_two_overrides_the_first_counts() -> None:
    rota = with_overrides(
        ("2026-03-04 12:00", "2026-03-04 18:00", "minji"),
        ("2026-03-04 00:00", "2026-03-05 00:00", "sora"),
    )
    assert rota.turn(utc("2026-03-04 13:00")).who == "minji"
    before = rota.turn(utc("2026-03-04 11:00"))
    assert (before.who, before.until) == ("sora", utc("2026-03-04 12:00"))
    assert rota.turn(utc("2026-03-04 18:00")).who == "sora"


@given(st.integers(0, 2 * 365 * 24 * 60), st.integers(0, 1440))
def test_every_moment_is_somebody_s_until_the_next_begins(minutes: int, at: int) -> None:
    rota = Rota(("jun", "minji"), "2026-03-02", at, "Europe/Berlin")
    now = utc("2026-01-01 00:00") + timedelta(minutes=minutes)
    turn = rota.turn(now)
    assert turn.since <= now < turn.until
    assert turn.until - turn.since <= timedelta(days=7, hours=1)
    assert rota.after(turn).who != turn.who


def test_a_rota_is_stored_and_read_back() -> None:
    rota = Rota(("jun",), "2026-03-02", steps=(EscalationStep(300.0, "jun"),))
    assert decode(Rota, encode(rota)) == rota
