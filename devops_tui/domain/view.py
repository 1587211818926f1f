"""What a screen or a command shows at one moment: rows read from the store in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from devops_tui.domain.audit import Lease, Request, Worker
from devops_tui.domain.board import Card
from devops_tui.domain.errors import Mistake
from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Frame
from devops_tui.domain.ids import CardId, JobId, RunId
from devops_tui.domain.incident import Incident
from devops_tui.domain.pipeline import Gate, JobRun, Run
from devops_tui.domain.silence import Silence
from devops_tui.domain.source_state import SourceState
from devops_tui.domain.sprint import Sprint
from devops_tui.domain.tracker import Tracked
from devops_tui.domain.traffic import Flip, ServiceStatus
from devops_tui.domain.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its jobs and gates."""

    run: Run
    jobs: Mapping[JobId, JobRun]
    gates: tuple[Gate, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that Home shows.

    Attributes:
        workspace: None until the worker has read the configuration for the first time.
        mistakes: Of the configuration as it is on disk now.
        runs: Newest first; at least the latest run of each pipeline.
        frames: By host, in the workspace's order.
        version: The store's change counter; equal versions mean equal rows.
        worker: Whoever was heard last.
        workers: All that neither stopped nor were taken over, newest first.
        owners: Which worker walks which unfinished run.
        sprint: The one that runs.
        tracked: What Jira has of the cards; None where there is no Jira.
        holds: By service, who changes its traffic, or changed it last.
        silences: Those that people wrote, ended ones left out, planned ones with them.
        sources: By pipeline; of those that something starts and that were looked at.
    """

    at: datetime
    version: int
    workspace: Workspace | None = None
    mistakes: tuple[Mistake, ...] = ()
    worker: Worker | None = None
    runs: tuple[RunView, ...] = ()
    services: Mapping[str, ServiceStatus] = field(default_factory=dict)
    flips: tuple[Flip, ...] = ()
    cards: tuple[Card, ...] = ()
    frames: Mapping[str, Frame] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    requests: tuple[Request, ...] = ()
    events: tuple[Event, ...] = ()
    workers: tuple[Worker, ...] = ()
    owners: Mapping[RunId, str] = field(default_factory=dict)
    sources: Mapping[str, SourceState] = field(default_factory=dict)
    sprint: Sprint | None = None
    tracked: Mapping[CardId, Tracked] | None = None
    silences: tuple[Silence, ...] = ()
    holds: Mapping[str, Lease] = field(default_factory=dict)

    def run(self, run_id: RunId) -> RunView | None:
        """The run of that id, if it is among those read."""
        return next((r for r in self.runs if r.run.id == run_id), None)
