"""Tests that are known to fail for no reason, left out of a verdict until a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from devops_tui.domain.event import Event
from devops_tui.domain.report import Case

QUARANTINED = "quarantined"
"""The figure of a job that says how many of its failed tests were left out."""

ASKED = "test.quarantined"
"""The event by which a person quarantines a test, or ends that."""

SUBJECT = "quarantine"
LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """One test whose failure fails no job.

    Attributes:
        test: Its whole id, as the report has it.
        until: Aware UTC; from then on it fails its job again.
        why: The reason, for whoever sees it.
        pipeline: Only there; empty for all.
        actor: Who asked for it; empty for one of the configuration.
    """

    test: str
    until: datetime
    why: str
    pipeline: str = ""
    actor: str = ""


def asked(events: Iterable[Event]) -> Sequence[Quarantine]:
    """Those that people asked for, also ended ones; the newest about a test counts.

    An end that lies behind its own event takes it away.
    """
    found: dict[tuple[str, str], Quarantine] = {}
    for event in sorted(events, key=lambda e: e.seq):
        if event.kind != ASKED:
            continue
        test, pipeline = str(event.data["test"]), str(event.data.get("pipeline") or "")
        until = datetime.fromisoformat(str(event.data["until"]))
        found.pop((test, pipeline), None)
        if until > event.at:
            found[test, pipeline] = Quarantine(test, until, event.why, pipeline, event.actor)
    return tuple(found.values())


def covering(
    known: Sequence[Quarantine], pipeline: str, case: Case, now: datetime
) -> Quarantine | None:
    """What covers a failed test now; None when nothing does, or not any more."""
    return next(
        (q for q in known if q.test == case.id and q.pipeline in ("", pipeline) and now < q.until),
        None,
    )


def ended(known: Sequence[Quarantine], pipeline: str, now: datetime) -> tuple[Quarantine, ...]:
    """Those of a pipeline whose time is over: they cover nothing any more."""
    return tuple(q for q in known if q.pipeline in ("", pipeline) and now >= q.until)
