"""One operator in front of one workspace: implements ports.front.Front.

Imports neither SSH nor the configuration's libraries: a screen stands on this.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from datetime import timedelta

from devops_tui.bootstrap.actor import operator
from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.bootstrap.session_artifacts import ArtifactSession
from devops_tui.bootstrap.session_board import BoardSession
from devops_tui.bootstrap.session_board_file import BoardFileSession
from devops_tui.bootstrap.session_columns import ColumnSession
from devops_tui.bootstrap.session_desk import DeskSession
from devops_tui.bootstrap.session_figures import FigureSession
from devops_tui.bootstrap.session_history import HistorySession
from devops_tui.bootstrap.session_incidents import IncidentSession
from devops_tui.bootstrap.session_shell import ShellSession
from devops_tui.bootstrap.session_silence import SilenceSession
from devops_tui.bootstrap.session_survey import SurveySession
from devops_tui.bootstrap.session_tools import ToolSession
from devops_tui.bootstrap.session_tracker import TrackerSession
from devops_tui.bootstrap.session_triage import TriageSession
from devops_tui.bootstrap.spawn import WorkerSpawner
from devops_tui.bootstrap.stores import chosen_store, open_frames, open_store, refuse_moved
from devops_tui.bootstrap.written_words import refuse_secrets
from devops_tui.domain.audit import CommandRecord, Request, Verb
from devops_tui.domain.board import Card, CardKind, Column, Place
from devops_tui.domain.change import Changes
from devops_tui.domain.errors import Refused, StoreError
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import CardId, IncidentId, JobId, RequestId, RunId, ServiceName
from devops_tui.domain.incident import Incident
from devops_tui.domain.pipeline import Artifact, Gate, LogChunk, Run
from devops_tui.domain.stream import ValueStream
from devops_tui.domain.view import Overview, RunView
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.front import Front
from devops_tui.ports.store import Store
from devops_tui.services import access, changes, gates, glass
from devops_tui.services.incidents import Incidents
from devops_tui.services.overview import (
    read_overview,
    view_run,
    view_runs,
    with_frames,
    with_same_frames,
)
from devops_tui.services.requests import file_request
from devops_tui.services.streams import read_stream


def open_session(paths: WorkspacePaths, actor: str = "") -> Front:
    """Opens a workspace for an operator; belongs to the calling thread.

    Raises:
        StoreError: The state folder, or the team's database, cannot be used.
        ConfigError: The configuration never said properly which store it is.
    """
    return Session(paths, actor or operator())


class Session(
    IncidentSession,
    ArtifactSession,
    BoardSession,
    ShellSession,
    HistorySession,
    SurveySession,
    SilenceSession,
    ColumnSession,
    FigureSession,
    TrackerSession,
    TriageSession,
    BoardFileSession,
    DeskSession,
    ToolSession,
):
    """Implements ports.front.Front over the store of a workspace."""

    def __init__(self, paths: WorkspacePaths, actor: str) -> None:
        self._paths = paths
        self._actor = actor
        self._clock = SystemClock()
        self._chosen = chosen_store(paths)
        self._store: Store = open_store(paths, self._chosen)
        self._frames = open_frames(paths, self._chosen)
        self._client = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._has_beaten = False
        self._last: tuple[int, Overview] | None = None  # figures come often, rows seldom
        self._spawner = WorkerSpawner(
            paths, self._store, self._clock, is_team=bool(self._chosen.url)
        )

    @property
    def actor(self) -> str:
        """Login of the operator."""
        return self._actor

    @property
    def store(self) -> Store:
        """The store below, for the demo's seeding and for tests."""
        return self._store

    def version(self) -> int:
        """Changes whenever the durable store does."""
        return self._store.version()

    def frames_version(self) -> int:
        """Changes whenever live figures do."""
        return self._frames.version()

    def overview(self) -> Overview:
        """What Home shows."""
        version = self._store.version()
        last = self._last
        if last is None or last[0] != version:
            read = read_overview(self._store, self._frames, self._clock)
            if last is not None:
                read = with_same_frames(last[1], read)
            self._last = (version, read)
            return read
        return with_frames(last[1], self._frames, self._clock)

    def run(self, run_id: RunId) -> RunView:
        """Raises NotFound."""
        return view_run(self._store, self._store.run(run_id))

    def runs(self, pipeline: str | None = None, limit: int = 50) -> Sequence[RunView]:
        """Newest first."""
        return list(view_runs(self._store, self._store.runs(pipeline, limit)))

    def value_stream(self, pipeline: str) -> ValueStream:
        """The ways of its last commits to production."""
        return read_stream(self._store, self._clock, pipeline)

    def what_changed(self, run_id: RunId, since: str = changes.LAST_SUCCESS) -> Changes:
        """What a run has that another had not."""
        return changes.what_changed(self._store, run_id, since)

    def artifacts(self, run_id: RunId) -> Sequence[Artifact]:
        """What the run built, or took from the run that it repeats."""
        return self._store.artifacts(run_id)

    def log(
        self, run_id: RunId, job_id: JobId | None = None, after: int = 0, limit: int = 2000
    ) -> Sequence[LogChunk]:
        """Chunks with seq > after."""
        return self._store.log(run_id, job_id, after, limit)

    def events(
        self, after: int = 0, subject: str | None = None, limit: int = 200, newest: bool = True
    ) -> Sequence[Event]:
        """What happened."""
        return self._store.events(after, subject, limit, newest)

    def command_records(self, limit: int = 200) -> Sequence[CommandRecord]:
        """What was sent to hosts, newest first."""
        return self._store.command_records(limit)

    def why_not(self, verb: Verb, subject: str) -> str | None:
        """Why the verb cannot be done now."""
        return access.why_not(self._store, self._clock, verb, subject)

    def plan_of_flip(self, service: str) -> Sequence[str]:
        """The exact commands that a flip would send."""
        from devops_tui.bootstrap.switches import commands_of

        defined = self._workspace().service(service)
        live = self._store.service_status(ServiceName(service)).live
        if defined.switch is None or live is None:
            return []
        return [
            f"{host}: {command}"
            for host in defined.switch.hosts
            for command in commands_of(defined.switch, service, live.other, host)
        ]

    def file(
        self, verb: Verb, subject: str, why: str = "", args: Mapping[str, Json] | None = None
    ) -> Request:
        """Makes a wish durable; a worker is started if none is alive."""
        if why or args:
            refuse_secrets(self._store.workspace(), [why, dict(args or {})])
        request = file_request(self._store, self._clock, verb, subject, self._actor, why, args)
        self.ensure_worker()
        return request

    def request(self, request_id: RequestId) -> Request:
        """Where a wish stands."""
        return self._store.request(request_id)

    def approve(self, run_id: RunId, why: str, job_id: JobId | None = None, seen: str = "") -> Gate:
        """Says yes at the gate that the run waits at."""
        refuse_secrets(self._store.workspace(), why)
        gate = gates.approve(
            self._store, self._clock, self._workspace(), run_id, self._actor, why, job_id, seen
        )
        self.ensure_worker()
        return gate

    def reject(self, run_id: RunId, why: str, job_id: JobId | None = None) -> Gate:
        """Closes the gate that the run waits at."""
        refuse_secrets(self._store.workspace(), why)
        gate = gates.reject(
            self._store, self._clock, self._workspace(), run_id, self._actor, why, job_id
        )
        self.ensure_worker()
        return gate

    def break_glass(self, run_id: RunId, why: str) -> Run:
        """Lets a run act outside of its windows, and in a freeze, until it ends."""
        refuse_secrets(self._store.workspace(), why)
        run = glass.break_glass(
            self._store, self._clock, self._workspace(), run_id, self._actor, why
        )
        self.ensure_worker()
        return run

    def add_card(
        self,
        title: str,
        kind: CardKind = CardKind.REQUEST,
        text: str = "",
        column: Column = Column.BACKLOG,
    ) -> Card:
        """Files a card."""
        return self._boards().add(title, self._actor, kind, text=text, column=column)

    def card(self, card_id: CardId) -> Card:
        """Raises NotFound."""
        return self._store.card(card_id)

    def move_card(
        self,
        card_id: CardId,
        to: Place,
        expected_rev: int | None = None,
        before: CardId | None = None,
        override_why: str = "",
    ) -> Card:
        """Moves a card."""
        return self._boards().move(
            card_id,
            to,
            self._actor,
            expected_rev=expected_rev,
            before=before,
            override_why=override_why,
        )

    def acknowledge(self, incident_id: IncidentId, why: str) -> Incident:
        """Takes a problem."""
        refuse_secrets(self._store.workspace(), why)
        return self._incidents().acknowledge(incident_id, self._actor, why)

    def resolve(self, incident_id: IncidentId, why: str) -> Incident:
        """Ends a problem."""
        refuse_secrets(self._store.workspace(), why)
        return self._incidents().resolve(incident_id, self._actor, why)

    def beat(self, view: str) -> None:
        """Says that a screen is open, and starts a worker when it finds none alive."""
        self._store.beat_client(self._client, view, self._clock.now())
        self._has_beaten = True
        self.ensure_worker()

    def ensure_worker(self) -> None:
        """Starts a worker when none is alive, or asks an older version to hand over.

        Raises:
            Refused: The workspace went to another store meanwhile: no worker looks here.
        """
        refuse_moved(self._paths, self._chosen)
        self._spawner.ensure()

    def close(self) -> None:
        """Says that the screen is gone, if there was one, and gives the files back."""
        if self._has_beaten:
            past = self._clock.now() - timedelta(days=1)
            with contextlib.suppress(StoreError):  # its last beat grows old by itself
                self._store.beat_client(self._client, "closed", past)
        self._store.close()
        self._frames.close()
        self.close_history()

    def _workspace(self) -> Workspace:
        workspace = self._store.workspace()
        if workspace is None:
            raise Refused(
                "the configuration was not read yet", "`devops-tui check` says what is wrong."
            )
        return workspace

    def _incidents(self) -> Incidents:
        return Incidents(self._store, self._clock, self._boards())
