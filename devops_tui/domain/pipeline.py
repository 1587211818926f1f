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

from devops_tui.domain.approval import Approval
from devops_tui.domain.artifact import Fetch, JobInput, PlannedArtifact
from devops_tui.domain.backoff import Backoff
from devops_tui.domain.codec import essence
from devops_tui.domain.event import Json
from devops_tui.domain.hours import Hours
from devops_tui.domain.ids import Digest, HostName, JobId, RunId
from devops_tui.domain.parameter import Given, Parameter
from devops_tui.domain.report import Report
from devops_tui.domain.schedule import Schedule
from devops_tui.domain.state import BAD_ENDS as BAD_ENDS
from devops_tui.domain.state import ENDS as ENDS
from devops_tui.domain.state import TRANSITIONS as TRANSITIONS
from devops_tui.domain.state import StageKind as StageKind
from devops_tui.domain.state import State as State
from devops_tui.domain.work import LoadResults, Work


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
        backoff: Pauses between attempts, and after which codes; None tries again at once.
        fetch: Artifacts that are put into its folder before it begins.
        env: Plain variables of its pipeline, its stage and its place in a matrix; those
            of its own work win over them.
        condition: When it is wanted, in the language of domain.condition; empty: always.
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
    backoff: Backoff | None = None
    fetch: tuple[Fetch, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """Jobs that belong together; starts when every earlier stage ended well."""

    name: str
    kind: StageKind
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the commits come from.

    Attributes:
        git: URL or path, as `git clone` takes it.
        branch: Name or pattern; empty when only tags start runs.
        more_branches: Further names and patterns.
        tags: Patterns of the tags of which a new one starts a run.
    """

    git: str
    branch: str = "main"
    poll_s: float = 60.0
    more_branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def branches(self) -> tuple[str, ...]:
        """Every name and pattern of a branch."""
        return tuple(name for name in (self.branch, *self.more_branches) if name)


class Delivery(StrEnum):
    """Whether a release waits for a person: the one setting."""

    APPROVED = "approved"  # continuous delivery
    AUTOMATIC = "automatic"  # continuous deployment


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline as the workspace defines it; gates are already part of the stages.

    Attributes:
        upstream: Pipelines whose successes of the same revision start this one; it has no
            source of its own then.
        schedule: When the clock starts it; None for never.
        hours: When its deployments and flips may act.
    """

    name: str
    source: Source | None
    stages: tuple[Stage, ...]
    delivery: Delivery = Delivery.APPROVED
    runs_on: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    upstream: tuple[str, ...] = ()
    schedule: Schedule | None = None
    hours: Hours = field(default_factory=Hours)


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
class RunInput:
    """A run of an upstream pipeline that a run stands on.

    Attributes:
        commit: What that run built; empty when it had no source.
        roots: Repository to commit, of that run and of all that went into it.
    """

    pipeline: str
    run_id: RunId
    commit: str = ""
    roots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run will do, frozen.

    Attributes:
        runs_on: Labels that the one worker which walks it must have, all of them.
        artifacts: What a promotion brings: these bytes and no others, never built again.
        parameters: What the run was asked for with, defaults included.
        branch, tag: Where the commit was found; empty when it was named by its id.
        inputs: Runs of the upstream pipelines, one of each.
    """

    pipeline: str
    stages: tuple[Stage, ...]
    commit: Commit | None = None
    source: Source | None = None
    artifacts: tuple[PlannedArtifact, ...] = ()
    parameters: tuple[Given, ...] = ()
    runs_on: tuple[str, ...] = ()
    branch: str = ""
    tag: str = ""
    inputs: tuple[RunInput, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 of the plan: what an approval is given for."""
        text = json.dumps(essence(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def job(self, job_id: JobId) -> Job:
        """The job of that id; KeyError when there is none."""
        for stage in self.stages:
            if job_id.startswith(stage.name):
                for job in stage.jobs:
                    if f"{stage.name}/{job.name}" == job_id:
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
        trigger: "source", "schedule", "upstream", "hand", "rerun of shop-3".
        why_waiting: One line that says why it is not moving; empty while it moves.
        cards: Ids of the cards that the commits name.
        log_pruned_at: When retention removed its logs; None while they are there.
        glass: Who let it act outside of its hours, and why; empty while nobody did.
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
    log_pruned_at: datetime | None = None
    glass: str = ""


@dataclass(frozen=True, slots=True)
class HostOutcome:
    """How a job stands on one of its hosts.

    Attributes:
        batch: Counts from 1.
        attempt: The job's attempt in which this was so; 0 when taken from an earlier run.
        exit_code: Of the command there; None while it runs, and when it never ended.
        why: Why it ended so; may hold untrusted text.
        silent_since: Since when the host owes an answer; None while it answers.
        next_try_at: When it is tried again; None when that is now.
        is_unreached: It could not be reached, so that nothing was begun there.
    """

    host: HostName
    state: State = State.WAITING
    batch: int = 1
    attempt: int = 1
    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    why: str = ""
    silent_since: datetime | None = None
    next_try_at: datetime | None = None
    is_unreached: bool = False


@dataclass(frozen=True, slots=True)
class JobRun:
    """One job of one run, its latest attempt.

    Attributes:
        is_reused: The outcome was taken from the run that this one repeats.
        why: Why it ended so, or waits; may hold untrusted text.
        figures: Measured values ({"tps": 212.0, "mean_ms": 38.0, "p95_ms": 71.0}).
        exit_code: Of the command that decided; None when there was none.
        report: What test and load tools reported; None when there was nothing to read.
        hosts: One for each host of a job that runs on hosts, in the plan's order.
        retry_at: When this attempt begins, while it waits after one that failed.
        deadline_at: When this attempt is ended at the latest; None before it began.
        first_attempt: The attempt from which the job's retries count.
        inputs: What it fetched, once that is decided: a restart takes the same.
        place: Of the worker that started this attempt; see audit.Worker.
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
    hosts: tuple[HostOutcome, ...] = ()
    retry_at: datetime | None = None
    deadline_at: datetime | None = None
    first_attempt: int = 1
    inputs: tuple[JobInput, ...] = ()
    place: str = ""

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
    """A built file in the repository; the digest is its identity.

    Attributes:
        run_id: The run that has it: it built it, repeats the run that did, or promotes it.
        job_id: The job that built it.
        origin: The run that built it, where that is another one.
        plan_hash: Of the plan by which it was built.
        attempt: Of the job.
        worker: Id of the worker that stored it.
        inputs: Digests of what the job was given, so of what it may be made of.
    """

    digest: Digest
    name: str
    size_bytes: int
    run_id: RunId
    job_id: JobId
    commit: str
    stored_at: datetime
    origin: RunId | None = None
    plan_hash: str = ""
    attempt: int = 1
    worker: str = ""
    inputs: tuple[Digest, ...] = ()

    @property
    def built_by(self) -> RunId:
        """The run that built it."""
        return self.origin or self.run_id


@dataclass(frozen=True, slots=True)
class Gate:
    """A question to a person.

    Attributes:
        plan_hash: What is approved; a decision holds for this plan only.
        evidence: What the person sees: digest, load figures, health (JSON).
        state: ASKING, OK (approved), FAILED (rejected), TIMED_OUT or CANCELLED.
        approvals: Those given so far, for this plan and this evidence; a gate may need several.
        evidence_hash: Of the evidence that the decision was made on; empty before it.
        changes: What changed when the evidence was read again last, a line each.
        reminded_at: When people were reminded last.
        attempt: Of the job that asks.
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
    approvals: tuple[Approval, ...] = ()
    evidence_hash: str = ""
    changes: tuple[str, ...] = ()
    reminded_at: datetime | None = None
    attempt: int = 1


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
