"""Pipelines as they are defined, and runs of them as they happen.

A pipeline is a list of stages; a stage holds jobs that run side by side as far as
their `needs` allow; a job does one piece of work. `Plan` is the definition frozen at
the moment a run was asked for: the same plan always means the same work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.codec import essence
from devops_tui.domain.event import Json
from devops_tui.domain.ids import Digest, HostName, JobId, RunId
from devops_tui.domain.report import Report
from devops_tui.domain.work import LoadResults, Work


class StageKind(StrEnum):
    """The six stages of a delivery, in their order."""

    CODE = "code"
    BUILD = "build"
    TEST = "test"
    DEPLOY = "deploy"
    RELEASE = "release"
    MONITOR = "monitor"


class State(StrEnum):
    """Where a job, and by the worst of its jobs a stage and a run, stands."""

    WAITING = "waiting"  # for its needs or for a place
    RUNNING = "running"
    ASKING = "asking"  # a gate waits for a person
    OK = "ok"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    LOST = "lost"  # nobody knows; never shown as success
    SKIPPED = "skipped"  # not needed, or what it needs did not end well


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.WAITING: frozenset({State.RUNNING, State.SKIPPED, State.CANCELLED}),
    State.RUNNING: frozenset(
        {State.ASKING, State.OK, State.FAILED, State.CANCELLED, State.TIMED_OUT, State.LOST}
    ),
    State.ASKING: frozenset(
        {State.RUNNING, State.OK, State.FAILED, State.CANCELLED, State.TIMED_OUT}
    ),
    State.LOST: frozenset({State.RUNNING, State.FAILED, State.OK, State.CANCELLED}),
    State.OK: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.TIMED_OUT: frozenset(),
    State.SKIPPED: frozenset(),
}

BAD_ENDS = frozenset({State.FAILED, State.CANCELLED, State.TIMED_OUT, State.LOST})
ENDS = frozenset(BAD_ENDS | {State.OK, State.SKIPPED})


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work of a stage.

    Attributes:
        needs: Names of jobs of the same stage that must end well first.
        artifacts: Globs below the checkout that are stored when the job ends well.
        always: Runs even when what stands before it failed (a clean-up).
        is_idempotent: May be run again when its outcome is lost.
        reports: Globs of JUnit files below the checkout, read whether it ended well or not.
        results: Those of a load tool; None when it runs none.
    """

    name: str
    work: Work
    needs: tuple[str, ...] = ()
    timeout_s: float = 3600.0
    retries: int = 0
    artifacts: tuple[str, ...] = ()
    always: bool = False
    is_idempotent: bool = False
    reports: tuple[str, ...] = ()
    results: LoadResults | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """Jobs that belong together; starts when every earlier stage ended well."""

    name: str
    kind: StageKind
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the commits come from."""

    git: str  # URL or path, as `git clone` takes it
    branch: str = "main"
    poll_s: float = 60.0


class Delivery(StrEnum):
    """Whether a release waits for a person: the one setting."""

    APPROVED = "approved"  # continuous delivery
    AUTOMATIC = "automatic"  # continuous deployment


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline as the workspace defines it; gates are already part of the stages."""

    name: str
    source: Source | None
    stages: tuple[Stage, ...]
    delivery: Delivery = Delivery.APPROVED


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the source; all text is untrusted."""

    id: str
    subject: str = ""
    author: str = ""
    at: datetime | None = None

    @property
    def short(self) -> str:
        """The first seven characters of the id."""
        return self.id[:7]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run will do, frozen."""

    pipeline: str
    stages: tuple[Stage, ...]
    commit: Commit | None = None
    source: Source | None = None

    @property
    def hash(self) -> str:
        """SHA-256 of the plan: what an approval is given for."""
        text = json.dumps(essence(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def job(self, job_id: JobId) -> Job:
        """The job of that id; KeyError when there is none."""
        stage_name, _, job_name = job_id.partition("/")
        for stage in self.stages:
            for job in stage.jobs:
                if stage.name == stage_name and job.name == job_name:
                    return job
        raise KeyError(job_id)

    @property
    def job_ids(self) -> tuple[JobId, ...]:
        """Every job, in the plan's order."""
        return tuple(JobId(f"{s.name}/{j.name}") for s in self.stages for j in s.jobs)


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a plan.

    Attributes:
        number: Counts per pipeline from 1.
        trigger: "source", "hand", "rerun of shop-3".
        why_waiting: One line that says why it is not moving; empty while it moves.
        cards: Ids of the cards that the commits name.
    """

    id: RunId
    number: int
    plan: Plan
    state: State
    created_at: datetime
    actor: str
    why: str = ""
    trigger: str = "hand"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    why_waiting: str = ""
    commits: tuple[Commit, ...] = ()
    cards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobRun:
    """One job of one run, its latest attempt.

    Attributes:
        is_reused: The outcome was taken from the run that this one repeats.
        why: Why it ended so, or waits; may hold untrusted text.
        figures: Measured values ({"tps": 212.0, "mean_ms": 38.0, "p95_ms": 71.0}).
        exit_code: Of the command that decided; None when there was none.
        report: What test and load tools reported; None when there was nothing to read.
    """

    run_id: RunId
    job_id: JobId
    state: State = State.WAITING
    attempt: int = 1
    is_reused: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    why: str = ""
    exit_code: int | None = None
    figures: Mapping[str, Json] = field(default_factory=dict)
    report: Report | None = None

    @property
    def stage(self) -> str:
        """Name of the stage."""
        return self.job_id.partition("/")[0]

    @property
    def name(self) -> str:
        """Name of the job within its stage."""
        return self.job_id.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A built file in the repository; the digest is its identity."""

    digest: Digest
    name: str
    size_bytes: int
    run_id: RunId
    job_id: JobId
    commit: str
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class Gate:
    """A question to a person.

    Attributes:
        plan_hash: What is approved; a decision holds for this plan only.
        evidence: What the person sees: digest, load figures, health (JSON).
        state: ASKING, OK (approved), FAILED (rejected), TIMED_OUT or CANCELLED.
    """

    run_id: RunId
    job_id: JobId
    state: State
    asked_at: datetime
    plan_hash: str
    evidence: Mapping[str, Json] = field(default_factory=dict)
    expires_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class LogChunk:
    """Bytes that a command wrote; (run, job, attempt, host) is one stream.

    `offset` counts from the stream's first byte; chunks of a stream have no gap.
    """

    run_id: RunId
    job_id: JobId
    attempt: int
    host: HostName
    offset: int
    data: bytes
    at: datetime
    seq: int = 0
