"""Log lines as they are drawn: numbered, safe, failures and causes marked, colours kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from drawn import check, plain, roles, text
from hypothesis import given
from hypothesis import strategies as st
from overviews import HOSTILE, NOW, incident

from devops_tui.domain.ids import HostName, JobId
from devops_tui.domain.log_groups import Group
from devops_tui.domain.log_lines import LogLine
from devops_tui.presentation.ansi import coloured
from devops_tui.presentation.line import Role
from devops_tui.presentation.logs import Fold, LogLook, Times, causes_by_text, role_of

BARE = LogLook(times=Times.NONE)


def one(data: bytes, number: int = 1) -> LogLine:
    return LogLine(number, JobId("test/unit"), 1, HostName("web-1"), NOW, data)


def test_carriage_returns_overwrite_and_a_number_stands_before() -> None:
    assert plain([BARE.line(one(b"10%\r50%\r100%\r"))]) == ["     1  100%"]


def test_numbers_and_texts_stay_in_their_columns_in_a_long_log() -> None:
    look = replace(BARE, count=1_234_567)
    assert plain([look.line(one(b"x", 7))]) == ["       7  x"]


def test_hosts_stand_before_the_lines_of_several() -> None:
    assert plain([replace(BARE, shows_host=True).line(one(b"x"))]) == ["     1 web-1       x"]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (Times.NONE, "     1  x"),
        (Times.SINCE, "     1   +90.0 s  x"),
        (Times.OF_DAY, f"     1  {NOW:%H:%M:%S}  x"),
    ],
)
def test_times_of_arrival(times: Times, expected: str) -> None:
    look = LogLook(times=times, began=NOW - timedelta(seconds=90), local=NOW)
    assert plain([look.line(one(b"x"))]) == [expected]


def test_times_are_switched_through() -> None:
    assert Times.NONE.next is Times.SINCE
    assert Times.OF_DAY.next is Times.NONE


def test_failures_and_causes_are_marked() -> None:
    look = LogLook(causes_by_text(incident().causes))
    cause = look.line(one(b"AssertionError: assert Decimal('10.00') == Decimal('10.01')", 2))
    assert text(cause).startswith("▌    2")
    assert text(cause).endswith("← new since the last success, pytest failure")
    assert roles(cause, "AssertionError") == {"failed"}
    assert roles(look.line(one(b"0 errors")), "0 errors") == {"text"}


def test_a_failure_in_its_own_colours_is_marked_by_its_number() -> None:
    made = BARE.line(one(b"\x1b[32mok\x1b[0m, then an error", 12))
    assert roles(made, "ok") == {"ok"}
    assert roles(made, "12") == {"failed"}


def test_roles_of_lines() -> None:
    assert role_of("make: *** [all] Error 2") == "failed"
    assert role_of("E   assert 1 == 2") == "failed"
    assert role_of("3 passed, 0 failed") == "text"
    assert role_of("DeprecationWarning: old") == "warning"
    assert role_of("Collecting flask") == "text"


def test_heads_of_groups_say_how_much_is_folded_away() -> None:
    group = Group(3, b"install \x1b[1mdeps\x1b[0m", 1, 12)
    closed = text(BARE.line(one(b"::group::x", 3), Fold(group, 9)))
    assert closed == "     3    ▸ install deps  9 lines"
    opened = BARE.line(one(b"::group::x", 3), Fold(replace(group, has_failure=True)))
    assert "▾ install deps" in text(opened)
    assert roles(opened, "install") == {"failed"}


@pytest.mark.parametrize(
    ("codes", "role"),
    [
        ("31", "failed"), ("92", "ok"), ("33", "warning"), ("34", "blue"), ("30", "muted"),
        ("38;5;196", "failed"), ("38;5;46", "ok"), ("38;5;244", "muted"), ("38;5;231", "title"),
        ("38;2;0;0;0", "muted"), ("38;2;255;160;0", "warning"), ("38:2::0:0:255", "blue"),
        ("1;31", "failed"), ("0;31", "failed"), ("31;39", "text"), ("38;5", "text"), ("8", "text"),
        ("99999", "text"),
    ],
)  # fmt: skip
def test_colours_become_those_of_the_theme(codes: str, role: Role) -> None:
    assert [(s.text, s.role) for s in coloured(f"\x1b[{codes}mx")] == [("x", role)]


def test_a_ground_is_shown_as_a_reversed_colour_and_can_hide_nothing() -> None:
    (badge,) = coloured("\x1b[97;41m FAIL \x1b[0m")
    assert badge.role == "failed"
    assert badge.ink is not None
    assert badge.ink.is_reversed
    (hidden,) = coloured("\x1b[30;40mhidden\x1b[0m")
    assert hidden.role == "muted"
    assert hidden.ink is None


def test_long_lines_are_cut_with_and_without_colours() -> None:
    for data in ("x" * 5000, "\x1b[31m" + "x" * 2500 + "\x1b[32m" + "x" * 2500):
        made = coloured(data)
        assert text(made).endswith("… +3000 characters")
        assert len(text(made)) < 2100


@given(
    st.one_of(
        st.binary(max_size=200),
        st.sampled_from(HOSTILE).map(lambda s: s.encode("utf-8", "surrogatepass")),
        st.text("\x1b[0123456789;:mKJ\r]\\ ab", max_size=60).map(str.encode),
    )
)
def test_any_bytes_are_drawn_safely(data: bytes) -> None:
    check([BARE.line(one(data.replace(b"\n", b"")))], None)
