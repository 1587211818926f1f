"""Problems, events and cards as lines."""

from __future__ import annotations

from dataclasses import replace

from drawn import check, plain
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from overviews import (
    NOW,
    ago,
    any_cards,
    any_incidents,
    any_overviews,
    cards,
    failed_view,
    incident,
    json_values,
    overview,
    texts,
    times,
    widths,
)

from devops_tui.domain.board import Card, Column, Comment
from devops_tui.domain.diagnosis import Diagnosis
from devops_tui.domain.event import KINDS, Event
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.view import Overview
from devops_tui.presentation import audit, board, diagnosis, incidents
from devops_tui.presentation.card import CardSurroundings, card_sheet
from devops_tui.presentation.rows import Row

any_events = st.builds(
    Event,
    kind=st.one_of(st.sampled_from(sorted(KINDS)), texts),
    subject=texts,
    at=times,
    actor=texts,
    why=texts,
    data=st.dictionaries(texts, json_values, max_size=3),
    seq=st.integers(1, 10**9),
)


def test_open_problems_come_first() -> None:
    over = replace(
        incident(), id=IncidentId("INC-30"), state=IncidentState.RESOLVED, last_at=ago(1)
    )
    shown = plain(incidents.incident_list((over, incident()), NOW, 90))
    assert shown[1].startswith("✕ open          INC-31")
    assert shown[2].startswith("● resolved      INC-30")


def test_triage_says_cause_with_why_and_what_changed() -> None:
    rows = incidents.triage(incident(), failed_view(), overview(), 90)
    shown = plain(rows)
    assert shown[:2] == [
        "INC-31 · ✕ open · began 40 s ago · first time",
        "run shop-412 · card SHOP-91",
    ]
    assert "users  shop: blue serves, 0.02 % errors" in shown
    assert "1 ▌ AssertionError: assert Decimal('10.00') == Decimal('10.01')" in shown
    assert (
        "    line 1732, block 1730 to 1733 · new since the last success · pytest failure" in shown
    )
    assert "0000000 jun change 0" in shown
    assert [r.key for r in rows if r.is_selectable] == ["cause 0", "cause 1"]


def test_triage_shows_the_host_and_what_else_broke() -> None:
    other = replace(incident(), id=IncidentId("INC-30"), title="disk almost full", host="web-07")
    shown = "\n".join(
        plain(incidents.triage(other, None, replace(overview(), incidents=(incident(), other)), 90))
    )
    assert "─ web-07 · ✕ hurt" in shown
    assert "INC-31 test/unit of shop #412 failed" in shown


def test_triage_without_causes_says_so() -> None:
    bare = replace(incident(), causes=())
    assert "No line of the log stands out." in plain(incidents.triage(bare, None, overview(), 90))


def test_events_newest_first_with_reason_and_result() -> None:
    events = (
        Event("job.finished", "shop-1", ago(90_000), seq=2),
        Event("flip.asked", "shop", ago(70), "jun", "fixes it", {"to": "green"}, 3),
    )
    assert plain(audit.event_list(events, NOW, 100)) == [
        "time           who      what to      what                 why and with which result",
        "03:11:34       jun      shop         flip.asked           “fixes it” · to green",
        "03-13 02:12:44 worker   shop-1       job.finished         a job ended with a verdict",
    ]


def test_card_block_shows_owner_age_and_what_blocks() -> None:
    blocked = next(c for c in cards() if c.blocked)
    assert plain(board.card_block(blocked, NOW, 28)) == [
        "SHOP-79 stab         jun 1 d",
        "✕ blocked rate limits",
    ]


def test_card_detail_draws_text_and_comments_as_they_are() -> None:
    card = replace(
        cards()[0],
        text="first\n[@click=app.quit]x[/]\x1b[2J",
        comments=(Comment(ago(60), "jun", "see [/] INC-31"),),
        labels=("cart",),
    )
    shown = plain(card_sheet(card, CardSurroundings(), NOW, 60))
    assert "[@click=app.quit]x[/]" in shown
    assert "1 jun 1 m ago" in shown
    assert "see [/] INC-31" in shown
    assert "labels: cart" in shown


def test_four_columns_never_take_more_than_there_is() -> None:
    for cells in range(20, 220):
        assert sum(board.places(cells)) + len(Column) - 1 <= max(cells, 7)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_overviews, any_incidents, st.lists(any_events, max_size=4), widths)
def test_hostile_problems_and_events_never_break_or_overflow(
    shown: Overview, problem: Incident, events: list[Event], cells: int
) -> None:
    check(incidents.incident_list([problem, *shown.incidents], NOW, cells), cells)
    view = shown.runs[0] if shown.runs else None
    rows: list[Row] = incidents.triage(problem, view, shown, cells)
    check(rows, cells)
    check(audit.event_list(events, NOW, cells), cells)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_cards, widths)
def test_hostile_cards_never_break_or_overflow(card: Card, cells: int) -> None:
    check(card_sheet(card, CardSurroundings(), NOW, cells), cells)
    check(board.card_block(card, NOW, cells), cells)
    check([board.card_cell(card, NOW, cells)], cells)


def test_a_sort_of_problem_without_a_reason_has_no_dangling_dot() -> None:
    rows = diagnosis.verdict_rows(incident(), Diagnosis(), 80)
    assert plain(rows)[0] == "NEW"
