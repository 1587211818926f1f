"""What is known about a problem beside its log: whether it is new, who fixed it before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.history import HostHistory
from devops_tui.domain.ids import IncidentId, RunId
from devops_tui.domain.pipeline import Commit
from devops_tui.domain.remark import Remarks


class Kind(StrEnum):
    """What sort of problem it is, as far as the facts say."""

    NEW = "NEW"
    SEEN = "SEEN"
    FLAKY = "FLAKY"  # the same plan of the same commit ended well, too
    INFRA = "INFRA"  # a host, the network, a disk: not what was built


INFRA_RULES = frozenset(
    {
        "Ansible cannot reach a host",
        "Docker is not there",
        "PostgreSQL cannot be reached",
        "SSH cannot connect",
        "SSH host key changed",
        "apt cannot fetch",
        "apt or dpkg is locked",
        "connection broke off",
        "file system is read-only",
        "killed by the kernel or a limit",
        "name cannot be resolved",
        "no space left",
        "too many open files",
    }
)
"""Rules of the catalogue that tell of the surroundings, never of what was built."""

HIGH: Mapping[str, float] = {
    "cpu": 0.90,
    "memory": 0.92,
    "disk": 0.90,
    "swap": 0.50,
    "iowait": 0.25,
    "steal": 0.20,
}
"""Ratios from which on a host's figure is said to be over its limit, unless `triage:` says so."""


@dataclass(frozen=True, slots=True)
class PastCase:
    """An earlier problem with the same fingerprint, and how it ended.

    Attributes:
        by: Who fixed it: a person, or the author of the commit that did; may be empty.
        how: The reason that was given, or that commit; untrusted.
    """

    id: IncidentId
    ended_at: datetime
    minutes: float
    by: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A commit since the last success; `files` are those of the trace that it changed."""

    commit: Commit
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contrast:
    """A field in which the failing run differs from all of the successes before it."""

    field: str
    now: str
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """A figure of a host that went over its limit; ratios of 0 to 1."""

    metric: str
    highest: float
    limit: float
    at: datetime


@dataclass(frozen=True, slots=True)
class HostAround:
    """The figures of a host from ten minutes before a failure to five after.

    Attributes:
        history: In equal buckets.
        failed_at: Where in it the failure was.
    """

    history: HostHistory
    failed_at: datetime
    crossed: tuple[Crossing, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the store knows about one problem at one moment.

    Attributes:
        why: What the kind was concluded from.
        seen: Times that it happened before, in this problem and in earlier ones.
        past: Earlier problems of its kind that are over, newest first.
        streak: Successes of the job in a row directly before the first failure.
        last_success: The newest one before the failing run; None when there was none.
        baselines: The successes that the log was compared with.
        suspects: Commits since the last success, those that touch files of the trace first.
        said: How grave people say it is, whose it is, their notes.
        is_compared: Whether there were successes to compare the fields of the runs with.
    """

    kind: Kind = Kind.NEW
    why: str = ""
    seen: int = 0
    past: tuple[PastCase, ...] = ()
    streak: int = 0
    last_success: RunId | None = None
    baselines: tuple[RunId, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    is_compared: bool = False
    hosts: tuple[HostAround, ...] = ()
    said: Remarks = field(default_factory=Remarks)
