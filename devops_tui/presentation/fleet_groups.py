"""The fleet by groups: one row a group, with what is worst in it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from devops_tui.domain.fleet import Frame, Host
from devops_tui.presentation import units
from devops_tui.presentation.fleet import high
from devops_tui.presentation.glyphs import SILENT, STALE
from devops_tui.presentation.host import CPU_HIGH, MEM_HIGH, Condition
from devops_tui.presentation.layout import Field, Grid, Part
from devops_tui.presentation.line import Role
from devops_tui.presentation.rows import Row, heading

NO_GROUP = "(no group)"

FIELDS = (
    Field("name", "group", 14, keep=0),
    Field("hosts", "hosts", 6, keep=1, align="right"),
    Field("state", "worst", 13, keep=1),
    Field("wrong", "wrong", 6, keep=2, align="right"),
    Field("silent", "no news", 11, keep=2),
    Field("cpu", "cpu", 5, keep=2, align="right"),
    Field("cpu_max", "max", 5, keep=3, align="right"),
    Field("mem", "mem", 5, keep=3, align="right"),
    Field("quiet", "quiet", 5, keep=4),
    Field("mem_max", "max", 5, keep=5, align="right"),
    Field("why", "", 20, keep=6, grows=True),
)


@dataclass(slots=True)
class Group:
    """What is known of the hosts of one group; figures only of those that are live.

    Attributes:
        worst: The host that is worst off.
        silent: Hosts of which there is nothing but old figures, or none.
        oldest_s: Age of the oldest figures among those, as far as it is told.
        quiet: Hosts all of whose alerts are kept quiet.
    """

    name: str
    hosts: int = 0
    wrong: int = 0
    worst: Condition | None = None
    worst_host: str = ""
    silent: int = 0
    oldest_s: float = 0.0
    quiet: int = 0
    cpu: list[float] = field(default_factory=list)
    mem: list[float] = field(default_factory=list)

    def add(self, frame: Frame, how: Condition, *, is_quiet: bool = False) -> None:
        """One host more."""
        self.hosts += 1
        self.wrong += how.rank < 4
        self.silent += how.is_stale
        self.oldest_s = max(self.oldest_s, how.age_s)
        self.quiet += is_quiet
        if self.worst is None or how.rank < self.worst.rank:
            self.worst, self.worst_host = how, frame.host
        if frame.sample is not None and how.rank in (1, 4):
            self.cpu.append(frame.sample.cpu_ratio)
            self.mem.append(frame.sample.mem_ratio)


def groups(
    frames: Iterable[Frame],
    hosts: Mapping[str, Host],
    how: Mapping[str, Condition],
    quiet: Container[str] = (),
) -> list[Group]:
    """The groups, what is worst first; a host of two groups counts in both."""
    found: dict[str, Group] = {}
    for frame in frames:
        host = hosts.get(frame.host)
        for name in (host.groups if host is not None else ()) or (NO_GROUP,):
            found.setdefault(name, Group(name)).add(
                frame, how[frame.host], is_quiet=frame.host in quiet
            )
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
    if group.silent:
        cells["silent"] = (_silent(group), "stale")
    if group.quiet:
        cells["quiet"] = (f"{SILENT} {group.quiet:,}", "waits")
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


def _silent(group: Group) -> str:
    """How many hosts, and how old the oldest figures are in one unit: "~ 3 · 14 m"."""
    age = " ".join(units.duration(group.oldest_s).split()[:2])
    return f"{STALE.glyph} {group.silent:,}" + (f" · {age}" if group.oldest_s else "")


def _role(value: float | None, limit: float) -> Role:
    return high(value, limit)
