"""What says that a list is of the past, and how hosts were then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.presentation.fleet_past import NOT_READ, NOT_SEEN, how_then, mark, summary
from devops_tui.tui.palette import plain_text

NOW = datetime(2026, 3, 1, 2, 59, 12, tzinfo=UTC)
THEN = datetime(2026, 3, 1, 2, 41, tzinfo=UTC)


def then(cpu: float | None) -> Frame:
    sample = None if cpu is None else Sample(9.0, cpu, 0.4, 0.5, 4)
    link = LinkState.STALE if cpu is None else LinkState.LIVE
    return Frame(HostName("web-1"), link, THEN, sample)


def test_the_mark_says_which_minute_in_the_zone_that_is_shown() -> None:
    said = mark(THEN, NOW, is_kept=True)
    assert plain_text(said).startswith("THE PAST: 02:41:00 UTC, 18 m ago")
    assert "0 is now" in plain_text(said)
    assert said[0].role == "warning"
    day_before = mark(THEN - timedelta(days=1), NOW, is_kept=True)
    assert "02-28 02:41:00 UTC, 1 d ago" in plain_text(day_before)
    assert "no figures are kept" in plain_text(mark(THEN, NOW, is_kept=False))


def test_hosts_are_judged_as_they_were_and_unknown_is_not_well() -> None:
    well = how_then(then(0.5))
    assert (well.rank, well.mark.word) == (4, "ok")  # and not "live"
    assert how_then(then(0.97)).why == "cpu 97 %"
    assert how_then(then(None)) is NOT_SEEN
    how = {"a": how_then(then(0.5)), "b": how_then(then(0.97)), "c": NOT_SEEN, "d": NOT_READ}
    assert plain_text(summary(how)) == "4 hosts · ✕ 1 hurt · ? 1 not seen · ○ 1 reading…"
