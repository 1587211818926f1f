"""Figures of hosts over time: what is kept, how long, and what a chart is drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from devops_tui.domain.ids import HostName

HOUR_S = 3600
DAY_S = 86400


class Unit(StrEnum):
    """What a figure counts; a ratio is 0 to 1."""

    RATIO = "ratio"
    BYTES_S = "bytes/s"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure that is kept.

    Attributes:
        name: Its word on the command line, in alerts, and in exports.
        field: Of domain.metric.Sample.
        about: One line, for help and exports.
    """

    name: str
    field: str
    unit: Unit
    about: str


METRICS: tuple[Metric, ...] = (
    Metric("cpu", "cpu_ratio", Unit.RATIO, "processor time in use"),
    Metric("memory", "mem_ratio", Unit.RATIO, "memory in use"),
    Metric("swap", "swap_ratio", Unit.RATIO, "swap in use"),
    Metric("load", "load_1m", Unit.COUNT, "load average of one minute"),
    Metric("iowait", "iowait_ratio", Unit.RATIO, "processor time that waits for disks"),
    Metric("steal", "steal_ratio", Unit.RATIO, "processor time that the hypervisor took"),
    Metric("disk", "disk_used_ratio", Unit.RATIO, "use of the fullest local file system"),
    Metric("disk_busy", "disk_busy_ratio", Unit.RATIO, "time in which the busiest disk worked"),
    Metric("disk_read", "disk_read_bytes_s", Unit.BYTES_S, "read from disks"),
    Metric("disk_write", "disk_write_bytes_s", Unit.BYTES_S, "written to disks"),
    Metric("net_in", "net_in_bytes_s", Unit.BYTES_S, "received from networks"),
    Metric("net_out", "net_out_bytes_s", Unit.BYTES_S, "sent to networks"),
    Metric("psi_cpu", "pressure_cpu_ratio", Unit.RATIO, "time in which work waited for processors"),
    Metric("psi_mem", "pressure_mem_ratio", Unit.RATIO, "time in which work waited for memory"),
    Metric("psi_io", "pressure_io_ratio", Unit.RATIO, "time in which work waited for disks"),
    Metric("processes", "processes", Unit.COUNT, "processes and threads"),
    Metric("inodes", "inode_used_ratio", Unit.RATIO, "inode use of the file system with fewest"),
    Metric("disk_hours_left", "disk_hours_left", Unit.COUNT, "hours until a file system is full"),
    Metric("failed_units", "failed_units", Unit.COUNT, "systemd units that failed"),
    Metric("oom_kills", "oom_kills", Unit.COUNT, "kills for want of memory in the last hour"),
    Metric("reboot_required", "reboot_required", Unit.COUNT, "1 when a restart is due"),
    Metric("clock_offset", "clock_offset_s", Unit.COUNT, "seconds that the clock is off"),
    Metric("cert_days", "cert_days", Unit.COUNT, "days until the next certificate ends"),
    Metric("containers_down", "containers_down", Unit.COUNT, "containers that failed"),
    Metric("worst_check", "worst_check", Unit.COUNT, "0 ok, 1 warning, 2 critical, 3 unknown"),
    Metric("temperature", "temperature_c", Unit.COUNT, "degrees Celsius of the hottest sensor"),
    Metric("gpu", "gpu_used_ratio", Unit.RATIO, "use of the busiest graphics processor"),
    Metric("updates", "updates", Unit.COUNT, "packages with a newer version"),
    Metric("security_updates", "security_updates", Unit.COUNT, "those of them for security"),
    Metric("worst_database", "worst_database", Unit.COUNT, "0 ok, 1 warning, 2 critical"),
)
"""In the order of the stored columns: only ever added to at the end."""

BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}


class Step(StrEnum):
    """How fine a kept figure is; the coarser, the longer it stays."""

    SAMPLE = "samples"
    TEN_SECONDS = "ten_seconds"
    MINUTE = "minutes"
    HOUR = "hours"

    @property
    def seconds(self) -> int:
        """Between two points; 0 for samples, which come as they come."""
        return {"samples": 0, "ten_seconds": 10, "minutes": 60, "hours": HOUR_S}[self.value]


ROLL_UPS = (Step.TEN_SECONDS, Step.MINUTE, Step.HOUR)


@dataclass(frozen=True, slots=True)
class HistoryKeep:
    """How long figures stay, in seconds; what is older goes by itself."""

    samples_s: float = HOUR_S
    ten_seconds_s: float = DAY_S
    minutes_s: float = 30 * DAY_S
    hours_s: float = 365 * DAY_S

    def of(self, step: Step) -> float:
        """The limit of one fineness."""
        return {
            Step.SAMPLE: self.samples_s,
            Step.TEN_SECONDS: self.ten_seconds_s,
            Step.MINUTE: self.minutes_s,
            Step.HOUR: self.hours_s,
        }[step]


Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Block:
    """Figures of one host over a minute (samples) or an hour (roll-ups).

    Attributes:
        at_ms: Time of each point, in milliseconds since 1970, rising.
        counts: Samples in each point; empty for samples themselves.
        columns: Samples: one column a metric, in the order of METRICS. Roll-ups: three,
            lowest, mean, highest. None where nobody knows; an empty column knows nothing.
    """

    host: HostName
    step: Step
    at_ms: Sequence[int]
    columns: Sequence[Values]
    counts: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one column of a chart stands for."""

    lowest: float
    mean: float
    highest: float


Series = tuple[Bucket | None, ...]
"""One bucket after the other, oldest first; None where nothing was seen: a gap."""


@dataclass(frozen=True, slots=True)
class HostHistory:
    """Figures of one host over a span of time, in equal buckets.

    Attributes:
        start, end: The first moment, and the first one after.
        series: By the name of the metric.
        is_whole: False while it is still fetched from elsewhere: ask again soon.
        why: Why it is not from where it should be; untrusted text.
        has_store: False where nobody keeps figures on this machine.
    """

    host: HostName
    start: datetime
    end: datetime
    series: Mapping[str, Series] = field(default_factory=dict)
    has_store: bool = True
    is_whole: bool = True
    why: str = ""

    @property
    def bucket_s(self) -> float:
        """Seconds that one bucket covers."""
        count = max((len(s) for s in self.series.values()), default=0)
        return (self.end - self.start).total_seconds() / count if count else 0.0

    def at(self, index: int) -> datetime:
        """The middle of a bucket."""
        return self.start + timedelta(seconds=(index + 0.5) * self.bucket_s)


SPANS: Mapping[str, float] = {
    "5m": 300.0,
    "1h": float(HOUR_S),
    "24h": float(DAY_S),
    "7d": 7.0 * DAY_S,
    "30d": 30.0 * DAY_S,
}
"""What a chart may cover, by its word."""
