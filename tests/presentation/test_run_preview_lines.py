"""A run at a glance: jobs with figures, evidence where it asks, the cause where it failed."""

from __future__ import annotations

from drawn import check, plain
from hypothesis import HealthCheck, given, settings
from overviews import any_overviews, any_views, asking_view, failed_view, overview, widths

from devops_tui.domain.view import Overview, RunView
from devops_tui.presentation.run_preview import preview


def test_a_failed_run_shows_its_jobs_and_the_likely_cause() -> None:
    shown = "\n".join(plain(preview(failed_view(), overview(), None, 110)))
    for expected in ("shop ▸ #412", "✕ failed", "unit", "most likely cause", "AssertionError",
                     "commits since the last success", "change 0"):  # fmt: skip
        assert expected in shown
    assert "approval ─" not in shown


def test_a_run_that_asks_shows_the_evidence_with_units() -> None:
    shown = "\n".join(plain(preview(asking_view(), overview(), None, 110)))
    assert "waits for a person, asked 4 m ago" in shown
    assert "212/s" in shown
    assert "most likely cause" not in shown


def test_keys_are_unique_so_that_the_cursor_stays() -> None:
    keys = [row.key for row in preview(failed_view(), overview(), None, 110)]
    selectable = [
        row.key for row in preview(failed_view(), overview(), None, 110) if row.is_selectable
    ]
    assert len(selectable) == len(set(selectable))
    assert "test/unit" in keys


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_views(), any_overviews, widths)
def test_hostile_runs_never_break_or_overflow(view: RunView, given: Overview, cells: int) -> None:
    check(preview(view, given, None, cells), cells)
