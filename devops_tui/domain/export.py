"""Where figures of hosts go besides this program's own files."""

from __future__ import annotations

from dataclasses import dataclass, field

from devops_tui.domain.history import Metric, Unit


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are for another program; password and token are references to secrets."""

    user: str = ""
    password: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class FigureSource:
    """Where charts are read back from; no URL means the figures kept on this machine."""

    url: str = ""
    credentials: Credentials = field(default_factory=Credentials)


@dataclass(frozen=True, slots=True)
class Export:
    """Both ways are off until they are written.

    Attributes:
        address, port: Where Prometheus may fetch figures; no port means nowhere.
        write_url: Prometheus remote write; empty means nowhere.
        write_every_s: How often.
    """

    address: str = "127.0.0.1"
    port: int = 0
    write_url: str = ""
    write_every_s: float = 15.0
    write_as: Credentials = field(default_factory=Credentials)


@dataclass(frozen=True, slots=True)
class Series:
    """One figure of one host over a while.

    Attributes:
        labels: (name, value), sorted by name; `__name__` is the figure's.
        points: (milliseconds since 1970, value), rising in time.
    """

    labels: tuple[tuple[str, str], ...]
    points: tuple[tuple[int, float], ...]


_SUFFIX = {Unit.RATIO: "_ratio", Unit.BYTES_S: "_bytes_per_second", Unit.COUNT: ""}
UP = "devops_tui_host_up"


def suffix_of(metric: Metric) -> str:
    """The unit at the end of an exported name, with its underscore; empty for a count."""
    return _SUFFIX[metric.unit]


def name_of(metric: Metric) -> str:
    """The name of a figure wherever it goes: "devops_tui_host_cpu_ratio"."""
    return f"devops_tui_host_{metric.name}{suffix_of(metric)}"
