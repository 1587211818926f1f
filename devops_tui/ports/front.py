"""What a screen or a command may ask of the house: all of it, and nothing else.

Calls are synchronous and belong to one thread (a screen keeps a thread for them and
never calls on its event loop). None of them waits for a worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from devops_tui.domain.audit import CommandRecord, Request, Verb
from devops_tui.domain.board import Card, CardKind, Column, Place
from devops_tui.domain.change import Changes
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import CardId, IncidentId, JobId, RequestId, RunId
from devops_tui.domain.incident import Incident
from devops_tui.domain.pipeline import Artifact, Gate, LogChunk, Run
from devops_tui.domain.stream import ValueStream
from devops_tui.domain.view import Overview, RunView
from devops_tui.ports.front_artifacts import ArtifactFront
from devops_tui.ports.front_board import BoardFront
from devops_tui.ports.front_board_file import BoardFileFront
from devops_tui.ports.front_columns import ColumnFront
from devops_tui.ports.front_desk import DeskFront
from devops_tui.ports.front_figures import FigureFront
from devops_tui.ports.front_history import HistoryFront
from devops_tui.ports.front_incidents import IncidentFront
from devops_tui.ports.front_shell import ShellFront
from devops_tui.ports.front_silence import SilenceFront
from devops_tui.ports.front_survey import SurveyFront
from devops_tui.ports.front_tools import ToolFront
from devops_tui.ports.front_tracker import TrackerFront
from devops_tui.ports.front_triage import TriageFront


class Front(
    ArtifactFront,
    BoardFront,
    ShellFront,
    HistoryFront,
    SurveyFront,
    SilenceFront,
    ColumnFront,
    FigureFront,
    TrackerFront,
    TriageFront,
    IncidentFront,
    BoardFileFront,
    DeskFront,
    ToolFront,
    Protocol,
):
    """One workspace, opened by one operator.

    Every call may raise DevopsError; Refused and its children say why and what to do.
    """

    @property
    def actor(self) -> str:
        """Login of the operator, as audit and approvals name it."""
        ...

    def version(self) -> int:
        """Changes whenever the durable store does; costs microseconds."""
        ...

    def frames_version(self) -> int:
        """Changes whenever live figures do; costs microseconds."""
        ...

    def overview(self) -> Overview:
        """What Home shows, read in one transaction; milliseconds."""
        ...

    def run(self, run_id: RunId) -> RunView:
        """Raises NotFound."""
        ...

    def runs(self, pipeline: str | None = None, limit: int = 50) -> Sequence[RunView]:
        """Newest first."""
        ...

    def what_changed(self, run_id: RunId, since: str = "last-success") -> Changes:
        """What a run has that another had not: "last-success", "production", or a run's id.

        Raises:
            NotFound: There is no such run.
            Refused: Nothing of this pipeline is in production.
        """
        ...

    def value_stream(self, pipeline: str) -> ValueStream:
        """The ways of its last commits to production; raises NotFound."""
        ...

    def artifacts(self, run_id: RunId) -> Sequence[Artifact]: ...

    def log(
        self, run_id: RunId, job_id: JobId | None = None, after: int = 0, limit: int = 2000
    ) -> Sequence[LogChunk]:
        """Chunks with seq > after; raw bytes from hosts, already masked of secrets."""
        ...

    def events(
        self, after: int = 0, subject: str | None = None, limit: int = 200, newest: bool = True
    ) -> Sequence[Event]: ...

    def command_records(self, limit: int = 200) -> Sequence[CommandRecord]: ...

    def why_not(self, verb: Verb, subject: str) -> str | None:
        """Why the verb cannot be done now, in one line; None when it can."""
        ...

    def plan_of_flip(self, service: str) -> Sequence[str]:
        """The exact commands that a flip of the service would send, one a line."""
        ...

    def file(
        self, verb: Verb, subject: str, why: str = "", args: Mapping[str, Json] | None = None
    ) -> Request:
        """Makes a wish durable and returns; a worker is started if none is alive."""
        ...

    def request(self, request_id: RequestId) -> Request:
        """Where a wish stands."""
        ...

    def approve(self, run_id: RunId, why: str, job_id: JobId | None = None, seen: str = "") -> Gate:
        """Says yes at the gate that the run waits at; it may need more people than one.

        `job_id` names the gate where several wait; `seen` is the hash of the evidence that
        was shown (domain.approval.evidence_hash), or its beginning.

        Raises:
            Refused: No gate waits, several do and none is named, the reason is empty, the
                plan or the evidence is another one now, or what it guards has failed.
            NotAllowed: The actor may not approve.
        """
        ...

    def reject(self, run_id: RunId, why: str, job_id: JobId | None = None) -> Gate: ...

    def break_glass(self, run_id: RunId, why: str) -> Run:
        """Lets a run act outside of its windows, and in a freeze, until it ends.

        Raises:
            Refused: It has ended, changes no service, or the reason is empty.
            NotAllowed: The actor may not.
        """
        ...

    def add_card(
        self,
        title: str,
        kind: CardKind = CardKind.REQUEST,
        text: str = "",
        column: Column = Column.BACKLOG,
    ) -> Card: ...

    def card(self, card_id: CardId) -> Card: ...

    def move_card(
        self,
        card_id: CardId,
        to: Place,
        expected_rev: int | None = None,
        before: CardId | None = None,
        override_why: str = "",
    ) -> Card:
        """Moves to a column (or within it, above `before`); last place by default.

        Raises:
            LimitReached, NotAllowed: The board's rules say no; the hint says who could.
            RevisionConflict: Somebody moved it since `expected_rev`.
        """
        ...

    def acknowledge(self, incident_id: IncidentId, why: str) -> Incident: ...

    def resolve(self, incident_id: IncidentId, why: str) -> Incident: ...

    def beat(self, view: str) -> None:
        """Says that a screen is open and what it looks at; call it every 5 s."""
        ...

    def ensure_worker(self) -> None:
        """Starts a worker when none is alive, or asks an older version to hand over."""
        ...

    def close(self) -> None: ...
