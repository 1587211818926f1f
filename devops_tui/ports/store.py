"""The store: the only bus between screens, commands, workers and collectors.

All calls are synchronous and short (a read costs microseconds to a few milliseconds,
a write one fsync). A store object belongs to the thread that opened it. Every call may
raise StoreLocked or StoreFull. Compare-and-set calls raise RevisionConflict when
somebody else was first; nothing is changed then.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from devops_tui.domain.audit import CommandRecord, Lease, Request, RequestState, Worker
from devops_tui.domain.board import Card
from devops_tui.domain.errors import Mistake
from devops_tui.domain.event import Event
from devops_tui.domain.ids import (
    CardId,
    Digest,
    FlipId,
    HostName,
    IncidentId,
    JobId,
    RequestId,
    RunId,
    ServiceName,
    WorkerId,
)
from devops_tui.domain.incident import Incident
from devops_tui.domain.pipeline import Artifact, Gate, JobRun, LogChunk, Run, State
from devops_tui.domain.source_state import SourceState
from devops_tui.domain.traffic import Flip, ServiceStatus
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.card_changes import CardChanges
from devops_tui.ports.event_kinds import EventKinds
from devops_tui.ports.follow_ups import FollowUps
from devops_tui.ports.marks import Marks
from devops_tui.ports.owners import Owners
from devops_tui.ports.retention import Holdings, Room
from devops_tui.ports.tracker_rows import TrackerRows


class Journal(Protocol):
    """Transactions, changes and events."""

    def transaction(self) -> AbstractContextManager[None]:
        """All writes inside become durable together or not at all; may be nested."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads inside see one moment; takes no lock that a writer waits for."""
        ...

    def version(self) -> int:
        """A number that differs after any other connection committed; microseconds."""
        ...

    def append(self, event: Event) -> Event:
        """Stores an event and returns it with its `seq`."""
        ...

    def events(
        self, after: int = 0, subject: str | None = None, limit: int = 1000, newest: bool = False
    ) -> Sequence[Event]:
        """Events with seq > after, oldest first; `newest` takes the last `limit` of them."""
        ...

    def close(self) -> None:
        """Gives the connection back; the store object is of no use afterwards."""
        ...


class Runs(Protocol):
    """Runs, jobs, gates, artifacts and logs."""

    def next_run_number(self, pipeline: str) -> int: ...

    def add_run(self, run: Run) -> None:
        """Stores a new run and a waiting JobRun for each job of its plan."""
        ...

    def save_run(self, run: Run, expected: State) -> None:
        """Replaces a run whose stored state is `expected` (compare-and-set)."""
        ...

    def run(self, run_id: RunId) -> Run:
        """Raises NotFound when there is none."""
        ...

    def runs(self, pipeline: str | None = None, limit: int = 50) -> Sequence[Run]:
        """Newest first."""
        ...

    def unfinished_runs(self) -> Sequence[Run]:
        """Runs in WAITING, RUNNING or ASKING, oldest first."""
        ...

    def latest_runs(self) -> Sequence[Run]:
        """The newest run of each pipeline."""
        ...

    def job_runs(self, run_id: RunId) -> Sequence[JobRun]:
        """One per job of the plan, in the plan's order."""
        ...

    def gates_of(self, run_ids: Sequence[RunId]) -> Sequence[Gate]:
        """As `gates`, of several runs in one question."""
        ...

    def job_run(self, run_id: RunId, job_id: JobId) -> JobRun:
        """Raises NotFound when the run has no such job."""
        ...

    def save_job(self, job: JobRun, expected: State) -> None:
        """Replaces a job whose stored state is `expected` (compare-and-set)."""
        ...

    def open_gate(self, gate: Gate) -> None: ...

    def reopen_gate(self, gate: Gate) -> None:
        """Replaces a gate that was decided by one that asks anew (compare-and-set)."""
        ...

    def gates(self, run_id: RunId) -> Sequence[Gate]: ...

    def decide_gate(self, gate: Gate) -> None:
        """Replaces a gate that is still ASKING (compare-and-set)."""
        ...

    def add_artifact(self, artifact: Artifact) -> None: ...

    def artifact(self, digest: Digest) -> Artifact: ...

    def artifacts(self, run_id: RunId) -> Sequence[Artifact]: ...

    def append_log(self, chunks: Sequence[LogChunk]) -> None:
        """Appends; a chunk whose offset was stored before is ignored (idempotent)."""
        ...

    def log_size(self, run_id: RunId, job_id: JobId, attempt: int, host: HostName) -> int:
        """Bytes of a stream that are stored: where to read on from."""
        ...

    def log(
        self, run_id: RunId, job_id: JobId | None = None, after: int = 0, limit: int = 2000
    ) -> Sequence[LogChunk]:
        """Chunks with seq > after in the order they were stored."""
        ...

    def add_baseline(self, pipeline: str, job_id: JobId, run_id: RunId, hashes: bytes) -> None:
        """Keeps the hashed, masked lines of a success (8 bytes each) for the triage."""
        ...

    def baselines(self, pipeline: str, job_id: JobId, limit: int = 5) -> Sequence[bytes]:
        """The hashes of the last successes, newest first."""
        ...

    def baseline_runs(self, pipeline: str, job_id: JobId, limit: int = 5) -> Sequence[RunId]:
        """The runs whose hashes those are, in the same order."""
        ...


class Traffic(Protocol):
    """Services and flips."""

    def service_status(self, name: ServiceName) -> ServiceStatus:
        """What is known; an empty status when nothing is."""
        ...

    def service_statuses(self) -> Sequence[ServiceStatus]: ...

    def save_service(self, status: ServiceStatus) -> None: ...

    def add_flip(self, flip: Flip) -> None: ...

    def save_flip(self, flip: Flip) -> None: ...

    def flip(self, flip_id: FlipId) -> Flip: ...

    def flips(self, service: ServiceName | None = None, limit: int = 20) -> Sequence[Flip]:
        """Newest first."""
        ...


class Cards(Protocol):
    """The board."""

    def next_card_number(self) -> int: ...

    def add_card(self, card: Card) -> None: ...

    def card(self, card_id: CardId) -> Card: ...

    def cards(self) -> Sequence[Card]:
        """All cards that are on the board, by column and rank; those archived are not."""
        ...

    def archived_cards(self) -> Sequence[Card]:
        """Those that were taken from the board, by when they were, the last ones last."""
        ...

    def save_card(self, card: Card, expected_rev: int) -> None:
        """Replaces a card whose stored rev is `expected_rev`; `card.rev` is the new one."""
        ...

    def card_by_fingerprint(self, fingerprint: str) -> Card | None: ...


class Incidents(Protocol):
    """Problems."""

    def next_incident_number(self) -> int: ...

    def add_incident(self, incident: Incident) -> None: ...

    def save_incident(self, incident: Incident) -> None: ...

    def incident(self, incident_id: IncidentId) -> Incident: ...

    def incidents(self, open_only: bool = False, limit: int = 100) -> Sequence[Incident]:
        """Newest first."""
        ...

    def open_incident(self, fingerprint: str) -> Incident | None: ...


class Desk(Protocol):
    """Requests, leases, workers and clients: how processes find one another."""

    def file_request(self, request: Request) -> None: ...

    def request(self, request_id: RequestId) -> Request: ...

    def requests(self, state: RequestState | None = None, limit: int = 50) -> Sequence[Request]:
        """Oldest first when a state is given, else newest first."""
        ...

    def claim_request(self, request_id: RequestId, worker_id: str = "") -> bool:
        """FILED to CLAIMED by a worker; False when somebody else was first."""
        ...

    def end_request(self, request: Request) -> None: ...

    def take_lease(
        self, name: str, holder: str, reason: str, now: datetime, ttl_s: float
    ) -> Lease | None:
        """Takes or renews a lease; None while another holder's has not expired.

        A new holder gets a fence higher than any before; a renewal keeps its fence.
        """
        ...

    def lease(self, name: str) -> Lease | None: ...

    def release_lease(self, name: str, holder: str) -> None: ...

    def save_worker(self, worker: Worker) -> None: ...

    def workers(self) -> Sequence[Worker]:
        """Those that neither stopped nor were taken over, newest first."""
        ...

    def worker(self, worker_id: WorkerId) -> Worker | None: ...

    def beat_client(self, client_id: str, view: str, at: datetime) -> None:
        """A screen says that it is open and what it looks at."""
        ...

    def clients(self, since: datetime) -> Sequence[tuple[str, str]]:
        """(client id, view) of the screens that have beaten since then."""
        ...

    def record_command(self, record: CommandRecord) -> None: ...

    def command_records(self, limit: int = 200) -> Sequence[CommandRecord]:
        """Newest first."""
        ...


class Settings(Protocol):
    """The configuration as the worker compiled it."""

    def workspace(self) -> Workspace | None:
        """The last one without mistakes; None before the first."""
        ...

    def workspace_mistakes(self) -> Sequence[Mistake]:
        """Those of the files as the worker saw them last."""
        ...

    def workspace_hash(self) -> str:
        """Of the files that were read last, with or without mistakes; empty before."""
        ...

    def save_workspace(
        self, workspace: Workspace | None, mistakes: Sequence[Mistake], file_hash: str
    ) -> None:
        """Stores the outcome of reading the files; None keeps the last good one."""
        ...


class SourceRows(Protocol):
    """What is known of what starts pipelines."""

    def source_state(self, pipeline: str) -> SourceState | None:
        """None before anybody looked."""
        ...

    def source_states(self) -> Sequence[SourceState]: ...

    def save_source_state(self, state: SourceState) -> None: ...


class Store(
    Journal,
    EventKinds,
    Runs,
    FollowUps,
    Traffic,
    Cards,
    CardChanges,
    Incidents,
    Desk,
    Owners,
    Marks,
    Settings,
    Holdings,
    Room,
    SourceRows,
    TrackerRows,
    Protocol,
):
    """Everything of one workspace."""
