"""Problems that somebody has to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.ids import CardId, IncidentId, JobId, RunId


class IncidentState(StrEnum):
    """Where a problem stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Cause:
    """A block of log that probably holds the cause.

    Attributes:
        line: Number of the most telling line, from 1.
        text: That line, cleaned of colours; untrusted.
        score: 0 to 1, comparable within one log only.
        why: Why it was chosen, in the words of the ranking.
        first, last: The block's lines, from 1, both included.
        fix: What the catalogue of rules says to do; may hold text of the log; may be empty.
    """

    line: int
    text: str
    score: float
    why: tuple[str, ...]
    first: int
    last: int
    fix: str = ""


UNLIKE = "its successes have little in common with this log: not compared"
"""Stands in the reasons of each cause where the successes are of something else, it seems."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What was found beside the causes when a job failed; kept, since logs are pruned.

    Attributes:
        files: Named in the blocks of the causes, the most likely first; untrusted.
        touching: Commit id to those of the files that the commit changed; untrusted.
        baselines: The successes that the log was compared with, newest first.
    """

    files: tuple[str, ...] = ()
    touching: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    baselines: tuple[RunId, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """One problem; repeats of the same fingerprint count up instead of opening another.

    Attributes:
        storm: The first problem of the storm that it belongs to; empty for one by itself.
    """

    id: IncidentId
    fingerprint: str
    title: str
    state: IncidentState
    opened_at: datetime
    last_at: datetime
    count: int = 1
    run_id: RunId | None = None
    job_id: JobId | None = None
    host: str = ""
    card_id: CardId | None = None
    causes: tuple[Cause, ...] = ()
    acknowledged_by: str = ""
    why: str = ""
    resolved_at: datetime | None = None
    traces: Traces = field(default_factory=Traces)
    storm: str = ""
