"""What somebody asked for, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.event import Json
from devops_tui.domain.ids import RequestId, WorkerId


class Verb(StrEnum):
    """What a screen or a command may ask of the worker; the ids of the actions."""

    RUN = "pipeline.run"
    RERUN = "run.rerun"
    CANCEL = "run.cancel"
    NOTIFY = "pipeline.notify"
    RERUN_JOB = "job.rerun"
    RESOLVE = "job.resolve"
    FLIP = "traffic.flip"
    UNDO = "traffic.undo"
    CHECK_SWITCH = "switch.check"
    REPAIR = "traffic.repair"
    SERVICE_UP = "service.up"
    SERVICE_DOWN = "service.down"
    SERVICE_KEEP = "service.keep"
    NOTIFY_TEST = "notify.test"
    PROMOTE = "artifact.promote"
    PRUNE = "retention.prune"
    EXEC = "fleet.exec"
    STOP_WORKER = "worker.stop"
    HAND_OVER = "worker.hand_over"
    TAKE_OVER = "worker.take_over"


class RequestState(StrEnum):
    """Where a request stands."""

    FILED = "filed"
    CLAIMED = "claimed"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Request:
    """One wish, durable before anything acts on it.

    Attributes:
        subject: Pipeline, run or service.
        args: Further values of the verb (JSON): RUN {"commit", "parameters": {name: text}};
            RERUN {"mode": "failed" | "from" | "all" | "today", "stage"};
            RERUN_JOB {"job"}; RESOLVE {"job", "as": "ok" | "failed"}; FLIP {"to", "expected_live"};
            UNDO {"expected_live"}, which makes it count for that colour alone;
            PROMOTE {"to": environment, "pipeline"}; SERVICE_UP {"colour", "artifact",
            "batches": [hosts]}; SERVICE_DOWN {"colour"}; SERVICE_KEEP {"seconds"}.
        outcome: What came of it: RUN, RERUN {"run_id"}; NOTIFY {"run_ids"}; FLIP,
            UNDO, REPAIR {"flip_id", "live"}.
        error, hint: Why it was refused.
    """

    id: RequestId
    verb: Verb
    subject: str
    actor: str
    filed_at: datetime
    why: str = ""
    args: Mapping[str, Json] = field(default_factory=dict)
    state: RequestState = RequestState.FILED
    ended_at: datetime | None = None
    outcome: Mapping[str, Json] = field(default_factory=dict)
    error: str = ""
    hint: str = ""


class WorkerState(StrEnum):
    """Where a worker stands."""

    STARTING = "starting"
    WORKING = "working"
    HANDING_OVER = "handing over"
    STOPPED = "stopped"
    FENCED = "taken over"  # another one has its runs: nothing that it writes counts any more


WORKER_ENDS = frozenset({WorkerState.STOPPED, WorkerState.FENCED})


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that acts; `beat_at` older than 15 s means it is dead or frozen.

    Attributes:
        engine: What carries its runs: "dbos" or "inline"; empty when it never said.
        labels: What runs may ask for; see Plan.runs_on.
        place: Machine and state folder, where its checkouts, artifacts and spools lie:
            a worker of the same place can follow commands that it started there.
        processes: Names the set of process ids that `pid` belongs to; empty when unknown.
    """

    id: WorkerId
    host: str
    pid: int
    version: str
    state: WorkerState
    started_at: datetime
    beat_at: datetime
    fence: int = 0
    engine: str = ""
    labels: tuple[str, ...] = ()
    place: str = ""
    processes: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to act on something until `expires_at`; a new holder gets a higher fence."""

    name: str
    holder: str
    reason: str
    fence: int
    since: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """One command that was sent to a host: what `@` shows."""

    at: datetime
    host: str
    command: str  # first line, masked, untrusted
    exit_code: int | None
    duration_s: float
    seq: int = 0
