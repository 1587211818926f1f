"""Which columns the fleet's table has: those that an operator chose, or the usual ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from devops_tui.domain.errors import Refused
from devops_tui.domain.metric import Sample
from devops_tui.presentation import units
from devops_tui.presentation.layout import Field

Shown = Callable[[Sample], str]


def _count(value: float | None) -> str:
    return units.UNKNOWN if value is None else f"{value:,.0f}"


MORE: Mapping[str, tuple[Field, Shown]] = {
    field.name: (field, shown)
    for field, shown in (
        (Field("swap", "swap", 5, keep=20, align="right"), lambda s: units.percent(s.swap_ratio)),
        (Field("steal", "steal", 5, keep=20, align="right"),
         lambda s: units.percent(s.steal_ratio)),
        (Field("busy", "busy", 5, keep=20, align="right"),
         lambda s: units.percent(s.disk_busy_ratio)),
        (Field("inodes", "inode", 5, keep=20, align="right"),
         lambda s: units.percent(s.inode_used_ratio)),
        (Field("gpu", "gpu", 5, keep=20, align="right"),
         lambda s: units.percent(s.gpu_used_ratio)),
        (Field("temp", "°C", 4, keep=20, align="right"), lambda s: _count(s.temperature_c)),
        (Field("units", "units", 5, keep=20, align="right"), lambda s: _count(s.failed_units)),
        (Field("updates", "upd", 5, keep=20, align="right"), lambda s: _count(s.updates)),
        (Field("security", "sec", 5, keep=20, align="right"),
         lambda s: _count(s.security_updates)),
        (Field("cert", "cert", 5, keep=20, align="right"), lambda s: _count(s.cert_days)),
        (Field("procs", "procs", 6, keep=20, align="right"), lambda s: _count(s.processes)),
        (Field("cores", "cores", 5, keep=20, align="right"), lambda s: _count(s.cores)),
        (Field("up", "up", 9, keep=20, align="right"), lambda s: units.duration(s.uptime_s)),
    )
}  # fmt: skip
"""Columns beside the usual ones, by the word that chooses them."""


def chosen(names: Sequence[str], usual: Sequence[Field]) -> tuple[Field, ...]:
    """The columns in the order of their names, the first ones kept longest; none: the usual.

    The host's name always stands first.
    """
    known = {field.name: field for field in usual} | {n: f for n, (f, _) in MORE.items()}
    wanted = [name for name in dict.fromkeys(names) if name in known and name != "name"]
    if not wanted:
        return tuple(usual)
    return (
        replace(known["name"], keep=0),
        *(replace(known[name], keep=index + 1) for index, name in enumerate(wanted)),
    )


def checked(text: str, usual: Sequence[Field]) -> tuple[str, ...]:
    """The names that a text lists; none for an empty one.

    Raises:
        Refused: A column is not known; the hint lists all.
    """
    names = tuple(dict.fromkeys(text.replace(",", " ").lower().split()))
    known = [*(field.name for field in usual), *MORE]
    for name in names:
        if name not in known:
            raise Refused(f"no column {name[:40]}", f"There are: {', '.join(known)}.")
    return names
