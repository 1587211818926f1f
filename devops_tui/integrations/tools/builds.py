"""The last build of a job, as every CI server's reader says it: one finding a job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from devops_tui.domain.tool import Finding, Level
from devops_tui.integrations.tools.answers import of_epoch


@dataclass(frozen=True, slots=True)
class Ended:
    """How a build ended.

    Attributes:
        word: "failed", "unstable".
        label: Which build: "#12".
        at: When it ended.
    """

    level: Level
    word: str
    label: str = ""
    at: datetime | None = None

    @property
    def said(self) -> str:
        """Which build it was, and how it ended."""
        return f"{self.label} {self.word}".strip()


@dataclass(frozen=True, slots=True)
class Running:
    """A build that has not ended yet.

    Attributes:
        since: When it began.
        word: "is building", "is paused".
    """

    label: str = "a build"
    since: datetime | None = None
    word: str = "is building"

    @property
    def said(self) -> str:
        """Which build it is, and what it does."""
        return f"{self.label} {self.word}"


@dataclass(frozen=True, slots=True)
class Job:
    """What builds are made of: a job, a builder, a plan, a pipeline.

    Attributes:
        quiet: Why nobody waits for its builds: "disabled", "paused"; empty for none.
        never: What is said of one without builds.
    """

    id: str
    name: str
    url: str = ""
    quiet: str = ""
    never: str = "never built"


def last_build(job: Job, ended: Ended | None, running: Running | None) -> Finding:
    """What is to be said of a job.

    A build that failed is not forgotten while the next one runs: it may fail as well.
    """
    level, said, since = _state(job, ended, running)
    return Finding(
        id=job.id,
        level=level,
        name=job.name,
        text=f"{job.quiet}; {said}" if job.quiet else said,
        since=since,
        url=job.url,
        is_quiet=bool(job.quiet),
    )


def of_milliseconds(value: Any) -> datetime | None:
    """Milliseconds since 1970; None for what is no number."""
    return of_epoch(value / 1000) if isinstance(value, int | float) else None


def _state(
    job: Job, ended: Ended | None, running: Running | None
) -> tuple[Level, str, datetime | None]:
    if running is None:
        if ended is None:
            return Level.UNKNOWN, job.never, None
        return ended.level, ended.said, ended.at
    if ended is None:
        return Level.RUNNING, f"{running.said}, the first one", running.since
    if ended.level in (Level.CRITICAL, Level.WARNING):
        return ended.level, f"building again; {ended.said}", ended.at
    return Level.RUNNING, f"{running.said}; {ended.said}", running.since
