"""A double of ports.front.Front: an overview that a test sets, and calls it remembers.

No store and no worker stand behind it; what it shows is invented for the test.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from fake_artifacts import FakeArtifacts
from fake_board import FakeBoard
from fake_columns import FakeColumns
from fake_figures import FakeFigures
from fake_history import FakeHistory
from fake_shells import FakeShells
from fake_silence import FakeSilence
from fake_survey import FakeSurvey
from fake_tools import FakeTools
from fake_tracker import FakeTracker
from fake_triage import FakeTriage

from devops_tui.domain.audit import CommandRecord, Request, RequestState, Verb
from devops_tui.domain.board import Card, CardKind, Column, Place, put
from devops_tui.domain.change import Changes
from devops_tui.domain.errors import DevopsError, NotFound
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import CardId, IncidentId, JobId, RequestId, RunId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.pipeline import Artifact, Gate, LogChunk, Run, State
from devops_tui.domain.stream import ValueStream
from devops_tui.domain.view import Overview, RunView


class FakeFront(
    FakeArtifacts,
    FakeBoard,
    FakeShells,
    FakeHistory,
    FakeColumns,
    FakeSilence,
    FakeSurvey,
    FakeTracker,
    FakeFigures,
    FakeTriage,
    FakeTools,
):
    """Remembers what was asked of it in `calls`; raises `refusal` at the next act."""

    def __init__(self, overview: Overview) -> None:
        self._lock = threading.Lock()
        self._overview = overview
        self._version = 1
        self.calls: list[tuple[object, ...]] = []
        self.decided: list[tuple[JobId | None, str]] = []  # the gate that was named, what was seen
        self.beats: list[str] = []
        self.reasons: dict[tuple[Verb, str], str] = {}
        self.plan: tuple[str, ...] = ("lb-1  set map shop green", "lb-1  read back")
        self.refusal: DevopsError | None = None
        self.trouble: DevopsError | None = None
        self.records: tuple[CommandRecord, ...] = ()
        self.chunks: tuple[LogChunk, ...] = ()
        self.stream = ValueStream("")
        self.changes = Changes("", RunId(""))
        self.is_closed = False
        self.has_ensured_worker = False

    @property
    def actor(self) -> str:
        return "jun"

    def set(self, overview: Overview) -> None:
        """What the next reading finds."""
        with self._lock:
            self._version += 1
            self._overview = replace(overview, version=self._version)

    def version(self) -> int:
        if self.trouble is not None:
            raise self.trouble
        return self._version

    def frames_version(self) -> int:
        return 0

    def overview(self) -> Overview:
        with self._lock:
            return replace(self._overview, at=datetime.now(UTC))

    def run(self, run_id: RunId) -> RunView:
        found = self._overview.run(run_id)
        if found is None:
            raise NotFound(f"no run {run_id}")
        return found

    def runs(self, pipeline: str | None = None, limit: int = 50) -> Sequence[RunView]:
        return [r for r in self._overview.runs if pipeline in (None, r.run.plan.pipeline)][:limit]

    def value_stream(self, pipeline: str) -> ValueStream:
        return replace(self.stream, pipeline=pipeline)

    def what_changed(self, run_id: RunId, since: str = "last-success") -> Changes:
        self.calls.append(("what_changed", run_id, since))
        return replace(self.changes, now=run_id, since=since)

    def artifacts(self, run_id: RunId) -> Sequence[Artifact]:
        return [a for a in self.built if a.run_id == run_id]

    def log(
        self, run_id: RunId, job_id: JobId | None = None, after: int = 0, limit: int = 2000
    ) -> Sequence[LogChunk]:
        return [
            c
            for c in self.chunks
            if c.run_id == run_id and job_id in (None, c.job_id) and c.seq > after
        ][:limit]

    def events(
        self, after: int = 0, subject: str | None = None, limit: int = 200, newest: bool = True
    ) -> Sequence[Event]:
        found = [e for e in self._overview.events if e.seq > after]
        return [e for e in found if subject in (None, e.subject)][-limit:]

    def command_records(self, limit: int = 200) -> Sequence[CommandRecord]:
        return self.records[:limit]

    def why_not(self, verb: Verb, subject: str) -> str | None:
        return self.reasons.get((verb, subject))

    def plan_of_flip(self, service: str) -> Sequence[str]:
        return self.plan

    def _act(self, *call: object) -> None:
        self.calls.append(call)
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal

    def file(
        self, verb: Verb, subject: str, why: str = "", args: Mapping[str, Json] | None = None
    ) -> Request:
        self._act("file", verb, subject, why, dict(args or {}))
        made = RequestId(f"req-{len(self.calls)}")
        return Request(made, verb, subject, self.actor, datetime.now(UTC), why)

    def request(self, request_id: RequestId) -> Request:
        return next(r for r in self._overview.requests if r.id == request_id)

    def end_request(
        self, number: int, state: RequestState, error: str = "", hint: str = ""
    ) -> None:
        """The request of the n-th call (from 1) ends, as a worker would end it."""
        _, verb, subject, why, _ = self.calls[number - 1]
        assert isinstance(verb, Verb)
        ended = Request(
            RequestId(f"req-{number}"), verb, str(subject), self.actor, datetime.now(UTC),
            str(why), state=state, error=error, hint=hint,
        )  # fmt: skip
        self.set(replace(self._overview, requests=(ended,)))

    def _gate(self, run_id: RunId) -> Gate:
        view = self.run(run_id)
        return replace(view.gates[0], state=State.OK, decided_by=self.actor)

    def approve(self, run_id: RunId, why: str, job_id: JobId | None = None, seen: str = "") -> Gate:
        self._act("approve", run_id, why)
        self.decided.append((job_id, seen))
        return self._gate(run_id)

    def reject(self, run_id: RunId, why: str, job_id: JobId | None = None) -> Gate:
        self._act("reject", run_id, why)
        self.decided.append((job_id, ""))
        return self._gate(run_id)

    def break_glass(self, run_id: RunId, why: str) -> Run:
        self._act("break_glass", run_id, why)
        return replace(self.run(run_id).run, glass=f"{self.actor}: {why}")

    def add_card(
        self,
        title: str,
        kind: CardKind = CardKind.REQUEST,
        text: str = "",
        column: Column = Column.BACKLOG,
    ) -> Card:
        self._act("add_card", title)
        now = datetime.now(UTC)
        return Card(CardId("SHOP-999"), title, kind, column, 1.0, 1, now, now)

    def card(self, card_id: CardId) -> Card:
        return next(c for c in self._overview.cards if c.id == card_id)

    def move_card(
        self,
        card_id: CardId,
        to: Place,
        expected_rev: int | None = None,
        before: CardId | None = None,
        override_why: str = "",
    ) -> Card:
        self._act("move_card", card_id, to, before, *([override_why] if override_why else []))
        return put(self.card(card_id), to)

    def _incident(self, incident_id: IncidentId) -> Incident:
        return next(i for i in self._overview.incidents if i.id == incident_id)

    def acknowledge(self, incident_id: IncidentId, why: str) -> Incident:
        self._act("acknowledge", incident_id, why)
        return replace(self._incident(incident_id), state=IncidentState.ACKNOWLEDGED)

    def resolve(self, incident_id: IncidentId, why: str) -> Incident:
        self._act("resolve", incident_id, why)
        return replace(self._incident(incident_id), state=IncidentState.RESOLVED)

    def beat(self, view: str) -> None:
        self.beats.append(view)

    def ensure_worker(self) -> None:
        self.has_ensured_worker = True

    def close(self) -> None:
        self.is_closed = True
