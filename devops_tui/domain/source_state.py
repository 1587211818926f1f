"""What is known of what starts a pipeline: its source, its clock, its upstreams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SourceState:
    """Kept by the worker for each pipeline that something starts; texts are untrusted.

    Attributes:
        git: The repository that `heads` were read from; another one is seen anew.
        heads: Ref ("refs/heads/main") to the commit that was seen there last.
        patterns: What was watched when `heads` were read; what is new is seen anew.
        unreadable_since: None while the source can be read.
        why: Why it cannot be read, or what could not be started.
        schedule: The cron expression and zone that `scheduled_at` belongs to.
        scheduled_at: Occasions up to here were started, or were before its time.
        next_at: The next occasion; a worker must be running then.
        waits: What an upstream still has to do before the next run, in one line.
    """

    pipeline: str
    git: str = ""
    heads: Mapping[str, str] = field(default_factory=dict)
    patterns: tuple[str, ...] = ()
    unreadable_since: datetime | None = None
    why: str = ""
    schedule: str = ""
    scheduled_at: datetime | None = None
    next_at: datetime | None = None
    waits: str = ""
