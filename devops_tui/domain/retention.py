"""How long what runs leave behind is kept, and what would go now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import State

DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Retention:
    """The limits; what is beyond one of them goes.

    Never: what an environment runs or could go back to, what is pinned, what belongs to a
    run that has not ended, and the newest success of each pipeline.

    Attributes:
        runs: The newest so many runs of each pipeline stay.
        age_s: Older runs go.
        artifacts: The newest so many digests of each name of a pipeline stay.
        artifacts_age_s: Older files go.
        logs_s: Older logs go, their runs stay.
        checkouts_s: Folders of ended jobs, copies of repositories that no pipeline names
            any more, and spools, when they are older.
        events_s: Older events go, except those that delivery figures and audits are made of.
    """

    runs: int = 200
    age_s: float = 90 * DAY_S
    artifacts: int = 20
    artifacts_age_s: float = 90 * DAY_S
    logs_s: float = 30 * DAY_S
    checkouts_s: float = 2 * DAY_S
    events_s: float = 365 * DAY_S


LASTING_EVENTS = frozenset(
    {
        "run.created",
        "run.finished",
        "artifact.stored",
        "artifact.pinned",
        "artifact.unpinned",
        "artifact.promoted",
        "gate.approved",
        "gate.rejected",
        "flip.asked",
        "flip.committed",
        "flip.finished",
        "flip.failed",
        "flip.reverted",
        "flip.put_right",
        "canary.moved",
        "canary.failed",
        "repair.finished",
        "repair.failed",
        "incident.opened",
        "incident.resolved",
        "card.limit_overridden",
        "retention.pruned",
    }
)
"""Kinds of events that stay for ever: delivery figures and audits are made of them."""


@dataclass(frozen=True, slots=True)
class RunMark:
    """As much of a run as retention needs to know, without its plan."""

    run_id: RunId
    pipeline: str
    number: int
    state: State
    created_at: datetime


class Rest(StrEnum):
    """The kinds of things that go."""

    ARTIFACT = "artifact"
    LOG = "log"
    RUN = "run"
    CHECKOUT = "checkout"
    MIRROR = "mirror"
    SPOOL = "spool"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Prunable:
    """One thing that would go, or went.

    Attributes:
        subject: A digest, a run, a folder, a host.
        size_bytes: On disk or in the store; None where nobody has measured.
        count: Rows, files or folders.
        why: The limit that it is beyond.
    """

    kind: Rest
    subject: str
    why: str
    size_bytes: int | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What would go, or went, and what stays although it is beyond a limit.

    Attributes:
        kept: Subject to the reason why it stays.
        errors: What could not be removed, in one line each; it is tried again.
    """

    gone: tuple[Prunable, ...] = ()
    kept: tuple[tuple[str, str], ...] = field(default_factory=tuple)
    errors: tuple[str, ...] = ()
    slowest_ms: float = 0.0
