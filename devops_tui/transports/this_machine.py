"""The machine that we run on, read by psutil: no SSH, no process started."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import psutil

from devops_tui.domain.file_system import FileSystem, fullest
from devops_tui.domain.metric import Counters

_HZ = 100  # psutil gives seconds; counters are jiffies
_SECTOR_BYTES = 512
_KINDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_PRESSURE = {"cpu": "cpu", "mem": "memory", "io": "io"}
_NO_DISKS = ("loop", "ram", "zram", "sr", "fd", "dm-", "md", "drbd", "bcache")
_VIRTUAL_NETS = ("veth", "docker", "br-", "virbr", "vnet", "cni", "cali", "flannel", "dummy", "ifb")


class PsutilMachine:
    """Implements ports/probe.py `ThisMachine` by the same rules as the probe on hosts.

    Args:
        proc, sys: Where the kernel shows itself; other folders in tests.
    """

    def __init__(self, proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> None:
        self._proc = proc
        self._sys = sys

    def counters(self) -> Counters:
        """What the kernel counts now.

        Raises:
            OSError: The kernel did not say.
        """
        try:
            return self._counters()
        except psutil.Error as error:
            raise OSError(str(error)) from error

    def fullest(self) -> FileSystem | None:
        """The fullest file system on a disk of our own; raises OSError."""
        return fullest(self._file_systems())

    def _counters(self) -> Counters:
        times = psutil.cpu_times()
        memory = psutil.virtual_memory()
        swap = psutil.swap_memory()
        return Counters(
            uptime_s=_uptime_s(),
            cpu=tuple(round(getattr(times, kind, 0.0) * _HZ) for kind in _KINDS),
            cores=psutil.cpu_count() or 1,
            mem_total_kb=memory.total // 1024,
            mem_available_kb=memory.available // 1024,
            swap_total_kb=swap.total // 1024,
            swap_free_kb=swap.free // 1024,
            load=os.getloadavg(),
            processes=self._tasks(),
            disks=self._disks(),
            nets=self._nets(),
            pressure_us=self._pressure(),
        )

    def _file_systems(self) -> list[FileSystem]:
        found = []
        for part in psutil.disk_partitions(all=False):
            if part.device.startswith(("/dev/loop", "/dev/sr")):
                continue
            with contextlib.suppress(OSError):  # one that we may not see hides no other
                usage = psutil.disk_usage(part.mountpoint)
                found.append(FileSystem(part.mountpoint, usage.percent / 100))
        return found

    def _tasks(self) -> int:
        """Threads included, as /proc/loadavg counts for the other hosts."""
        try:
            return int((self._proc / "loadavg").read_text().split()[3].partition("/")[2])
        except (OSError, ValueError, IndexError):
            return len(psutil.pids())

    def _disks(self) -> dict[str, tuple[int, int, int]]:
        found = {}
        for name, now in (psutil.disk_io_counters(perdisk=True, nowrap=False) or {}).items():
            is_part = (self._sys / "block").is_dir() and not (self._sys / "block" / name).exists()
            if is_part or name.startswith(_NO_DISKS) or now.read_count + now.write_count == 0:
                continue
            busy_ms = getattr(now, "busy_time", 0)
            found[name] = (
                now.read_bytes // _SECTOR_BYTES,
                now.write_bytes // _SECTOR_BYTES,
                busy_ms,
            )
        return found

    def _nets(self) -> dict[str, tuple[int, int]]:
        cards, others = {}, {}
        for name, now in psutil.net_io_counters(pernic=True, nowrap=False).items():
            figures = (now.bytes_recv, now.bytes_sent)
            if name.startswith("lo") or figures == (0, 0):
                continue
            if (self._sys / "class" / "net" / name / "device").exists():
                cards[name] = figures
            elif not name.startswith(_VIRTUAL_NETS):
                others[name] = figures
        return cards or others

    def _pressure(self) -> dict[str, int]:
        found = {}
        for kind, file in _PRESSURE.items():
            with contextlib.suppress(OSError, ValueError):  # kernels without it, or psi=0
                some = (self._proc / "pressure" / file).read_text().partition("\n")[0]
                found[kind] = int(some.rpartition("total=")[2])
        return found


def _uptime_s() -> float:
    """Seconds that never run backwards; with sleep counted where the system can say so."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)
