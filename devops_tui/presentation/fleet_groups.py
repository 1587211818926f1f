"""The fleet by groups: one row a group, with what is worst in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from devops_tui.domain.fleet import Frame, Host
from devops_tui.presentation import units
from devops_tui.presentation.fleet import high
from devops_tui.presentation.host import CPU_HIGH, MEM_HIGH, Condition
from devops_tui.presentation.layout import Field, Grid, Part
from devops_tui.presentation.line import Role
from devops_tui.presentation.rows import Row, heading

NO_GROUP = "(no group)"

FIELDS = (
    Field("name", "group", 16, keep=0),
    Field("hosts", "hosts", 6, keep=1, align="right"),
    Field("state", "worst", 14, keep=1),
    Field("wrong", "wrong", 6, keep=2, align="right"),
    Field("cpu", "cpu", 5, keep=2, align="right"),
    Field("cpu_max", "max", 5, keep=3, align="right"),
    Field("mem", "mem", 5, keep=3, align="right"),
    Field("mem_max", "max", 5, keep=4, align="right"),
    Field("why", "", 20, keep=5, grows=True),
)


@dataclass(slots=True)
class Group:
    """What is known of the hosts of one group; figures only of those that are live.

    Attributes:
        worst: The host that is worst off.
    """

    name: str
    hosts: int = 0
    wrong: int = 0
    worst: Condition | None = None
    worst_host: str = ""
    cpu: list[float] = field(default_factory=list)
    mem: list[float] = field(default_factory=list)

    def add(self, frame: Frame, how: Condition) -> None:
        """One host more."""
        self.hosts += 1
        self.wrong += how.rank < 4
        if self.worst is None or how.rank < self.worst.rank:
            self.worst, self.worst_host = how, frame.host
        if frame.sample is not None and how.rank in (1, 4):
            self.cpu.append(frame.sample.cpu_ratio)
            self.mem.append(frame.sample.mem_ratio)


def groups(
    frames: Iterable[Frame], hosts: Mapping[str, Host], how: Mapping[str, Condition]
) -> list[Group]:
    """The groups, what is worst first; a host of two groups counts in both."""
    found: dict[str, Group] = {}
    for frame in frames:
        host = hosts.get(frame.host)
        for name in (host.groups if host is not None else ()) or (NO_GROUP,):
            found.setdefault(name, Group(name)).add(frame, how[frame.host])
    return sorted(found.values(), key=lambda g: (g.worst.rank if g.worst else 9, g.name))


def rows(found: Iterable[Group], cells: int) -> list[Row]:
    """One row a group below the titles."""
    columns = Grid(FIELDS, cells)
    made = [Row(group.name, columns.row(_cells(group))) for group in found]
    return [heading(columns.heading()), *made] if made else []


def _cells(group: Group) -> dict[str, Part]:
    cells: dict[str, Part] = {
        "name": (group.name, "accent"),
        "hosts": f"{group.hosts:,}",
        "wrong": (f"{group.wrong:,}", "failed" if group.wrong else "muted"),
    }
    if group.worst is not None:
        cells["state"] = (group.worst.mark.full,)
        if group.worst.rank < 4:
            cells["why"] = (f"{group.worst_host} {group.worst.why}".strip(), group.worst.mark.role)
    for name, told, limit in (("cpu", group.cpu, CPU_HIGH), ("mem", group.mem, MEM_HIGH)):
        mean = sum(told) / len(told) if told else None
        most = max(told, default=None)
        cells[name] = (units.percent(mean), _role(mean, limit))
        cells[f"{name}_max"] = (units.percent(most), _role(most, limit))
    return cells


def _role(value: float | None, limit: float) -> Role:
    return high(value, limit)
