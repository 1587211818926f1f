"""Tests that are known to fail for no reason, left out of a verdict until a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from devops_tui.domain.report import Case

QUARANTINED = "quarantined"
"""The figure of a job that says how many of its failed tests were left out."""


@dataclass(frozen=True, slots=True)
class Quarantine:
    """One test whose failure fails no job.

    Attributes:
        test: Its whole id, as the report has it.
        until: Aware UTC; from then on it fails its job again.
        why: The reason, for whoever sees it.
        pipeline: Only there; empty for all.
    """

    test: str
    until: datetime
    why: str
    pipeline: str = ""


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
