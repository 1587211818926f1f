"""What people are told of an event, outside of the screens: how bad it is, in one line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.event import Event

LINE = 300
"""Characters of a told line; what untrusted text has more is cut."""


class Topic(StrEnum):
    """What a notice is about; a channel names those that it wants."""

    APPROVAL = "approval"  # a person is asked, reminded, or did not answer in time
    DECISION = "decision"  # somebody approved or rejected
    RUN = "run"
    TRAFFIC = "traffic"
    INCIDENT = "incident"
    HOST = "host"
    BOARD = "board"  # a scrum master is wanted
    BREAK_GLASS = "break_glass"
    NOTIFY = "notify"  # another channel gave notices up


class Severity(StrEnum):
    """How bad it is; a channel tells from its own on."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Notice:
    """One event as it is told; all text is one printable line, still untrusted.

    Attributes:
        seq: Of the event.
        environments, pipeline: What it belongs to, as far as that is known.
    """

    seq: int
    kind: str
    topic: Topic
    severity: Severity
    subject: str
    title: str
    why: str
    actor: str
    at: datetime
    environments: tuple[str, ...] = ()
    pipeline: str = ""

    def __str__(self) -> str:
        """Title and reason in one line."""
        return f"{self.title}: {self.why}" if self.why else self.title


@dataclass(frozen=True, slots=True)
class _Words:
    topic: Topic
    severity: Severity
    title: str  # with {subject}, {actor} and the names of the event's data


_I, _W, _E = Severity.INFO, Severity.WARNING, Severity.ERROR

_TABLE: Mapping[str, _Words] = {
    "gate.opened": _Words(Topic.APPROVAL, _W, "{subject} waits for approval at {job}"),
    "gate.reminded": _Words(Topic.APPROVAL, _W, "{subject} still waits for approval at {job}"),
    "gate.signed": _Words(Topic.APPROVAL, _W, "{actor} approved {subject}, more people have to"),
    "gate.evidence_changed": _Words(
        Topic.APPROVAL, _W, "{subject} asks anew: its evidence changed"
    ),
    "gate.expired": _Words(Topic.APPROVAL, _E, "nobody approved {subject} in time"),
    "gate.approved": _Words(Topic.DECISION, _I, "{actor} approved {subject}"),
    "gate.rejected": _Words(Topic.DECISION, _W, "{actor} rejected {subject}"),
    "run.finished": _Words(Topic.RUN, _I, "{subject} ended {state}"),
    "flip.finished": _Words(Topic.TRAFFIC, _I, "{subject} flipped from {from} to {to}"),
    "flip.failed": _Words(Topic.TRAFFIC, _E, "{subject} did not flip to {to}"),
    "flip.reverted": _Words(Topic.TRAFFIC, _E, "{subject} went back by itself"),
    "canary.failed": _Words(Topic.TRAFFIC, _E, "{subject} did not give {to} {percent} %"),
    "repair.finished": _Words(Topic.TRAFFIC, _I, "{subject} serves {to} everywhere again"),
    "repair.failed": _Words(Topic.TRAFFIC, _E, "{subject} was not brought back to {to}"),
    "service.drifted": _Words(Topic.TRAFFIC, _E, "{subject} serves another colour than it should"),
    "incident.opened": _Words(Topic.INCIDENT, _E, "{subject} opened"),
    "incident.storm": _Words(Topic.INCIDENT, _E, "{count} problems at once, from {subject} on"),
    "incident.escalated": _Words(
        Topic.INCIDENT, _E, "{to}, please: nobody has {subject} after {minutes} min"
    ),
    "incident.resolved": _Words(Topic.INCIDENT, _I, "{subject} is over"),
    "host.state_changed": _Words(Topic.HOST, _W, "{subject} went from {from} to {to}"),
    "board.limit_breached": _Words(
        Topic.BOARD, _W, "{to}, please: {subject} holds {count} cards, {limit} are allowed"
    ),
    "card.idle": _Words(
        Topic.BOARD, _W, "{to}, please: {subject} stands in {column} for {days} days"
    ),
    "automation.refused": _Words(Topic.BOARD, _W, "a rule of the board did not change {subject}"),
    "glass.broken": _Words(Topic.BREAK_GLASS, _E, "{actor} broke the glass for {subject}"),
    "notice.dropped": _Words(Topic.NOTIFY, _E, "{subject} gave {count} notices up"),
}

_FIELD = re.compile(r"\{(\w+)\}")


def notice_of(
    event: Event, environments: tuple[str, ...] = (), pipeline: str = ""
) -> Notice | None:
    """How an event is told; None for one that nobody is told of."""
    words = _TABLE.get(event.kind)
    if words is None or (event.kind == "incident.opened" and event.data.get("storm")):
        return None  # the storm that it belongs to was told
    if words.topic is Topic.BOARD and event.data.get("to") == "":
        return None  # a rule acts on it, and nobody is asked
    facts = {**event.data, "subject": event.subject, "actor": event.actor}
    title = _FIELD.sub(lambda found: str(facts.get(found[1], "?")), words.title)
    severity = words.severity
    if event.kind == "run.finished" and event.data.get("state") != "ok":
        is_wanted = event.data.get("state") in ("cancelled", "skipped")
        severity = Severity.WARNING if is_wanted else Severity.ERROR
    return Notice(
        event.seq,
        event.kind,
        words.topic,
        severity,
        one_line(event.subject),
        one_line(title),
        one_line(event.why),
        one_line(event.actor),
        event.at,
        environments,
        pipeline,
    )


def one_line(text: str, limit: int = LINE) -> str:
    """Untrusted text as one line in which nothing acts on whoever prints it.

    Controls, line ends, marks that turn the direction of text or take no room: each
    becomes a space; what is too long ends with an ellipsis.
    """
    clean = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text[: 4 * limit])
    short = " ".join(clean.split())
    return short if len(short) <= limit else f"{short[: limit - 1]}…"
