"""What a host answers to slow questions: disks, units, certificates, checks and their like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.ids import HostName

DISKS, SYSTEM, PORTS, UNITS = "disks", "system", "ports", "units"
CONTAINERS, CERTIFICATES, CHECK = "containers", "certificates", "check"
PROCESSES, LOG = "processes", "log"
GPU, TEMPERATURES, UPDATES, DATABASE = "gpu", "temperatures", "updates", "database"
ON_DEMAND = (PROCESSES, LOG)
"""Asked only while somebody looks at the host."""


class Level(StrEnum):
    """How bad a reading is, in the words of the Nagios plugin protocol."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of an answer.

    Attributes:
        name: What it is of: a mount, a unit, a port, a file; untrusted text.
        text: What the host said of it; untrusted text.
        figures: By name; the unit is the last part of the name: "used_ratio", "left_days".
    """

    name: str
    text: str = ""
    level: Level = Level.OK
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host said last to one kind of question.

    Attributes:
        kind: DISKS, UNITS, ...; a check is "check:NAME", a database "database:NAME".
        at: When the readings were taken; of the first try when there are none yet.
        problem: Why there is nothing newer; empty when the last question was answered.
            Untrusted text.
    """

    kind: str
    at: datetime
    readings: tuple[Reading, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """All answers of one host, in the order of the questions."""

    host: HostName
    answers: tuple[Answer, ...] = ()

    def of(self, kind: str) -> Answer | None:
        """The answer to one kind of question."""
        return next((answer for answer in self.answers if answer.kind == kind), None)


_CHECK_VALUES = {Level.OK: 0.0, Level.WARNING: 1.0, Level.CRITICAL: 2.0, Level.UNKNOWN: 3.0}


def figures_of(answers: Iterable[Answer]) -> dict[str, float | str | None]:
    """What the answers say, by the fields of domain.metric.Sample.

    An answer with a problem says nothing: what is old is never told as if it were new.
    """
    known = [answer for answer in answers if not answer.problem]
    of = {answer.kind: answer.readings for answer in known}
    checks = [r for answer in known if answer.kind.startswith(f"{CHECK}:") for r in answer.readings]
    databases = [
        r for answer in known if answer.kind.startswith(f"{DATABASE}:") for r in answer.readings
    ]
    fullest = max(of.get(DISKS, ()), key=_fullness, default=None)
    failed_units, containers = of.get(UNITS), of.get(CONTAINERS)
    return {
        "disk_used_ratio": fullest.figures.get("used_ratio") if fullest else None,
        "disk_used_mount": fullest.name if fullest else "",
        "inode_used_ratio": _most(of.get(DISKS), "inodes_ratio"),
        "disk_hours_left": _least(of.get(DISKS), "left_hours"),
        "failed_units": None if failed_units is None else float(_bad(failed_units)),
        "oom_kills": _most(of.get(SYSTEM), "oom_kills"),
        "reboot_required": _most(of.get(SYSTEM), "reboot_required"),
        "clock_offset_s": _most(of.get(SYSTEM), "offset_s"),
        "cert_days": _least(of.get(CERTIFICATES), "left_days"),
        "containers_down": None if containers is None else float(_bad(containers)),
        "temperature_c": _most((*of.get(TEMPERATURES, ()), *of.get(GPU, ())), "temperature_c"),
        "gpu_used_ratio": _most(of.get(GPU), "used_ratio"),
        "updates": _most(of.get(UPDATES), "updates"),
        "security_updates": _most(of.get(UPDATES), "security_updates"),
        "worst_database": max((_CHECK_VALUES[r.level] for r in databases), default=None),
        "worst_check": max((_CHECK_VALUES[r.level] for r in checks), default=None),
    }


def _fullness(reading: Reading) -> tuple[float, int]:
    return reading.figures.get("used_ratio", 0.0), -len(reading.name)


def _values(readings: Iterable[Reading] | None, name: str) -> list[float]:
    return [r.figures[name] for r in readings or () if name in r.figures]


def _most(readings: Iterable[Reading] | None, name: str) -> float | None:
    return max(_values(readings, name), default=None)


def _least(readings: Iterable[Reading] | None, name: str) -> float | None:
    return min(_values(readings, name), default=None)


def _bad(readings: Iterable[Reading]) -> int:
    return sum(1 for r in readings if r.level in (Level.WARNING, Level.CRITICAL))
