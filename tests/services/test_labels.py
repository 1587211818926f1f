"""What an operator calls the cause is kept and raised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.ids import IncidentId, JobId, RunId
from devops_tui.domain.incident import Cause, Incident, IncidentState
from devops_tui.domain.pipeline import Plan, Run, State
from devops_tui.services.labels import Labels, labels_of
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.triage.ranking import LogRanking

UNIT = JobId("test/unit")
CAUSE = Cause(7, "pool 31 is drained", 0.4, ("new since success",), 7, 7)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "state.db")
    yield opened
    opened.close()


@pytest.fixture
def labels(store: SqliteStore) -> Labels:
    clock = StillClock()
    incident = Incident(
        IncidentId("INC-1"),
        "shop:test/unit:1",
        "test/unit failed",
        IncidentState.OPEN,
        clock.now(),
        clock.now(),
        run_id=RunId("shop-1"),
        job_id=UNIT,
        causes=(CAUSE,),
    )
    with store.transaction():
        store.add_run(Run(RunId("shop-1"), 1, Plan("shop", ()), State.FAILED, clock.now(), "jun"))
        store.add_incident(incident)
        store.add_incident(replace(incident, id=IncidentId("INC-2"), fingerprint="x", job_id=None))
    return Labels(store, clock, LogRanking())


def test_a_marked_cause_comes_first_in_the_next_failure(labels: Labels) -> None:
    rule = labels.mark(IncidentId("INC-1"), 1, "jun", "the pool again")
    assert "is drained" in rule
    known = labels_of(labels.store, "shop", UNIT)
    (words,) = known.values()
    assert words.startswith("marked by jun on ")
    log = b"error: boom\n" + b"fine\n" * 9 + b"pool 8 is drained\n"
    best = labels.ranking.rank(log, [], known)[0]
    assert (best.text, best.why[0]) == ("pool 8 is drained", words)
    (event,) = labels.store.events(subject="shop/test/unit")
    assert (event.actor, event.why, event.data["line"]) == ("jun", "the pool again", 7)


def test_marks_are_of_one_job(labels: Labels) -> None:
    labels.mark(IncidentId("INC-1"), 1, "jun", "")
    assert labels_of(labels.store, "shop", JobId("test/other")) == {}
    assert labels_of(labels.store, "billing", UNIT) == {}


@pytest.mark.parametrize(("incident", "number"), [("INC-1", 2), ("INC-1", 0), ("INC-2", 1)])
def test_what_cannot_be_marked_is_refused(labels: Labels, incident: str, number: int) -> None:
    with pytest.raises(Refused):
        labels.mark(IncidentId(incident), number, "jun", "")


def test_an_unknown_problem_is_not_found(labels: Labels) -> None:
    with pytest.raises(NotFound):
        labels.mark(IncidentId("INC-9"), 1, "jun", "")
