"""The hand-over note and the post-mortem tell what the store knows, as text that cannot act."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clocks import StillClock

from devops_tui.domain.event import Event
from devops_tui.domain.history import HostHistory
from devops_tui.domain.ids import HostName, IncidentId, ServiceName
from devops_tui.domain.incident import Cause, Incident, IncidentState
from devops_tui.domain.traffic import Colour, ServiceStatus
from devops_tui.presentation.handover import code, hand_over_note, post_mortem_draft
from devops_tui.services.handover import hand_over, post_mortem
from devops_tui.services.incidents import Incidents
from devops_tui.stores.sqlite.store import SqliteStore

EVIL = "x](http://evil) <img src=x onerror=alert(1)> @jun #12\n# head `` ``` \u202e[a]: http://e"


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def store(tmp_path: Path, clock: StillClock) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "state.db")
    now = clock.now()
    incident = Incident(
        IncidentId("INC-1"), "f", EVIL, IncidentState.OPEN, now, now, 3,
        causes=(Cause(7, EVIL, 0.9, ("new",), 7, 7),), host="web-1",
    )  # fmt: skip
    opened.add_incident(incident)
    opened.append(Event("incident.opened", "INC-1", now, "worker", EVIL))
    data = {"incident": "INC-1", "text": EVIL}
    opened.append(Event("cause.marked", "shop/test/unit", now, "jun", EVIL, data))
    opened.append(Event("job.started", "shop-1", now, "worker"))
    opened.append(Event("flip.asked", "shop", now, EVIL, EVIL))
    opened.append(Event("card.moved", "SHOP-1", now - timedelta(hours=20), "minji", "yesterday"))
    status = ServiceStatus(ServiceName("shop"), Colour.BLUE, warm_until=now + timedelta(hours=1))
    opened.save_service(status)
    yield opened
    opened.close()


def figures(host: str, *_: object) -> HostHistory:
    now = StillClock().now()
    return HostHistory(HostName(host), now, now, has_store=False)


def test_a_note_has_the_open_problems_the_deeds_and_what_to_watch(
    store: SqliteStore, clock: StillClock
) -> None:
    note = hand_over(store, clock, "jun", 12)
    assert [e.kind for e in note.deeds] == ["incident.opened", "flip.asked"]
    assert [(h.job, h.incident) for h in note.hypotheses] == [("shop/test/unit", "INC-1")]
    assert note.watch[0] == "shop: green is warm for an undo until 04:12 UTC"
    assert "INC-1: came 3 times, last 03:12 UTC" in note.watch
    text = hand_over_note(note)
    order = ["## Open problems", "## What to watch", "## Hypotheses", "## What was done"]
    assert [text.index(head) for head in order] == sorted(text.index(head) for head in order)
    longer = hand_over(store, clock, "jun", 24)
    assert "minji" in hand_over_note(longer)
    assert "minji" not in text


def test_a_post_mortem_has_times_cause_and_timeline(store: SqliteStore, clock: StillClock) -> None:
    store.save_incident(
        replace(
            store.incident(IncidentId("INC-1")),
            state=IncidentState.RESOLVED,
            resolved_at=clock.now() + timedelta(minutes=14),
        )
    )
    text = post_mortem_draft(post_mortem(store, clock, IncidentId("INC-1"), figures))
    assert "- over: 2026-03-01 03:26, after 14 min" in text
    assert "flip.asked `shop`" in text
    assert "incident.opened `INC-1`" in text


def outside_of_code(text: str) -> str:
    """Markdown without its code spans, as CommonMark finds them."""
    kept, at = "", 0
    while at < len(text):
        if text[at] != "`":
            kept += text[at]
            at += 1
            continue
        marks = len(text[at:]) - len(text[at:].lstrip("`"))
        end = at + marks
        while True:
            end = text.find("`" * marks, end)
            assert end >= 0, "a code span that is never closed"
            run = len(text[end:]) - len(text[end:].lstrip("`"))
            if run == marks:
                break
            end += run
        at = end + marks
    return kept


def test_nothing_that_others_wrote_stands_outside_of_a_code_span(
    store: SqliteStore, clock: StillClock
) -> None:
    note = hand_over_note(hand_over(store, clock, "jun", 12))
    draft = post_mortem_draft(post_mortem(store, clock, IncidentId("INC-1"), figures))
    for text in (note, draft):
        for line in text.splitlines():
            bare = outside_of_code(line)
            for sign in ("evil", "<", "@", "](", "onerror", "http"):
                assert sign not in bare
            assert "\u202e" not in line


@given(st.text())
def test_any_text_is_one_whole_code_span(text: str) -> None:
    made = code(text)
    assert outside_of_code(made) == ""
    assert "\n" not in made
    assert "\r" not in made


def test_a_resolved_problem_is_not_open(store: SqliteStore, clock: StillClock) -> None:
    from devops_tui.domain.board import BoardRules
    from devops_tui.domain.team import Team
    from devops_tui.services.boards import Boards

    boards = Boards(store, clock, BoardRules(), Team())
    Incidents(store, clock, boards).resolve(IncidentId("INC-1"), "jun", "done")
    note = hand_over(store, clock, "jun", 12)
    assert note.open == ()
    assert note.deeds[-1].kind == "incident.resolved"
