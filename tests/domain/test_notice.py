"""How events are told, and that nothing in them acts on whoever prints it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from devops_tui.domain.event import KINDS, Event
from devops_tui.domain.notice import _TABLE, Severity, Topic, notice_of, one_line
from devops_tui.domain.notify import Channel, CommandWay, Notify, TerminalWay

AT = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)


def test_every_kind_that_is_told_exists() -> None:
    assert set(_TABLE) <= set(KINDS)


@pytest.mark.parametrize(
    ("state", "severity"),
    [("ok", Severity.INFO), ("cancelled", Severity.WARNING), ("failed", Severity.ERROR)],
)
def test_the_end_of_a_run_is_as_bad_as_its_verdict(state: str, severity: Severity) -> None:
    event = Event("run.finished", "shop-1", AT, why="test/unit: 2 failed", data={"state": state})
    notice = notice_of(event)
    assert notice is not None
    assert notice.severity is severity
    assert str(notice) == f"shop-1 ended {state}: test/unit: 2 failed"


def test_text_is_one_printable_line() -> None:
    assert one_line("a\x1b]0;x\x07b\r\nc\u202ed\u200be\x9bf") == "a ]0;x b c d e f"
    assert one_line("x" * 400) == "x" * 299 + "…"


def test_a_channel_wants_what_it_names_and_what_nobody_knows_the_place_of() -> None:
    channel = Channel("c", CommandWay(("x",)), (Topic.RUN,), Severity.INFO, ("production",), ("p",))
    event = Event("run.finished", "p-1", AT, data={"state": "ok"})

    def wants(environments: tuple[str, ...], pipeline: str) -> bool:
        notice = notice_of(event, environments, pipeline)
        assert notice is not None
        return channel.wants(notice)

    assert wants(("production",), "p")
    assert wants((), "p")
    assert not wants(("staging",), "p")
    assert not wants(("production",), "q")


def test_a_screen_rings_for_people_unless_its_channel_says_otherwise() -> None:
    assert Notify().terminal.way == TerminalWay()
    silent = Channel("bell", TerminalWay(has_bell=False))
    assert Notify((silent,)).terminal is silent
    assert Notify((silent,)).sent == ()
