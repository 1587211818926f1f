"""What one person on call tells the next, and the facts of a post-mortem; all from the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from devops_tui.domain.diagnosis import Diagnosis
from devops_tui.domain.event import Event
from devops_tui.domain.incident import Incident
from devops_tui.domain.storm import Storm


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A line that somebody marked as the cause; all text is untrusted."""

    job: str
    text: str
    actor: str
    at: datetime
    why: str = ""
    incident: str = ""


@dataclass(frozen=True, slots=True)
class HandOver:
    """A shift in short; text is untrusted unless it is an id.

    Attributes:
        since: From when on events are told.
        open: Problems that nobody resolved, the newest first.
        deeds: What happened, oldest first; as the event log has it.
        left_out: Deeds before those that are told.
        hypotheses: Marked causes of problems that are open, or were marked in the shift.
        on_call: Who is, until when, and who is next; empty without a rota.
        watch: What the next one should look at, one line each.
    """

    workspace: str
    actor: str
    at: datetime
    since: datetime
    open: tuple[Incident, ...] = ()
    storms: tuple[Storm, ...] = ()
    deeds: tuple[Event, ...] = ()
    left_out: int = 0
    hypotheses: tuple[Hypothesis, ...] = ()
    watch: tuple[str, ...] = ()
    on_call: str = ""


@dataclass(frozen=True, slots=True)
class PostMortem:
    """The facts of one problem, for a draft that people finish."""

    workspace: str
    at: datetime
    incident: Incident
    known: Diagnosis = field(default_factory=Diagnosis)
    deeds: tuple[Event, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
