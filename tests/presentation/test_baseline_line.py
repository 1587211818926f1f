"""What the operator is told of the successes that a log was compared with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from devops_tui.domain.diagnosis import Diagnosis
from devops_tui.domain.ids import IncidentId, JobId, RunId
from devops_tui.domain.incident import UNLIKE, Cause, Incident, IncidentState
from devops_tui.presentation import diagnosis

AT = datetime(2026, 11, 2, tzinfo=UTC)
CAUSE = Cause(7, "boom", 0.9, ("error line",), 7, 7)
PROBLEM = Incident(
    IncidentId("INC-1"), "f", "test/unit failed", IncidentState.OPEN, AT, AT,
    run_id=RunId("shop-3"), job_id=JobId("test/unit"), causes=(CAUSE,),
)  # fmt: skip
KNOWN = Diagnosis(baselines=(RunId("shop-2"), RunId("shop-1")))


def told(problem: Incident, known: Diagnosis) -> str:
    (row,) = diagnosis.baseline_rows(problem, known, 100)
    return "".join(span.text for span in row.line)


def test_the_successes_are_named() -> None:
    assert told(PROBLEM, KNOWN) == "baseline: last 2 successes: shop-2, shop-1"


def test_it_is_said_where_there_is_none() -> None:
    assert told(PROBLEM, Diagnosis()).startswith("baseline: none, no success of this job")


def test_successes_of_something_else_are_named_as_no_baseline() -> None:
    unlike = replace(CAUSE, why=(*CAUSE.why, UNLIKE))
    text = told(replace(PROBLEM, causes=(unlike,)), KNOWN)
    assert text == "baseline: none, this log has little in common with shop-2, shop-1"
