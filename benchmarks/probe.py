"""What one sample of one host costs, in CPU time: here to parse, there to make.

--json prints the figures as one JSON object, --check ends with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from devops_tui.domain.fleet import Frame, LinkState, Scope
from devops_tui.domain.ids import HostName
from devops_tui.domain.probe_record import ProbeStream, counters_of
from devops_tui.services.live_frame import LiveFrame
from devops_tui.stores.sqlite.frames import SqliteFrames
from devops_tui.transports.probe import probe_script

MARK = "0123abcd"
PARSE_BAR_US = 60.0
ROUNDS = 5_000
TICKS = 300
HOSTS = 1_000
RECORD = (
    b"{0123abcd r u 1749.40 c 825200 0 396200 33586900 60900 0 10600 16400 k 16 "
    b"m 24684084 24315996 1048576 1048000 l 0.19 0.10 0.02 p 960 d sda 4519418 1284456 9900 "
    b"d sdb 4519418 1284456 9900 n eth0 93557723 170842 n eth1 93557723 170842 "
    b"pc 8269594 pm 0 pi 5728295}0123abcd\n"
)


class StandingClock:
    """A clock for frames whose time does not matter."""

    def now(self) -> datetime:
        """Always the same."""
        return datetime(2026, 3, 1, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        """Nothing waits here."""


def cpu_us(act: Callable[[], object], rounds: int) -> float:
    """CPU microseconds of one call, the best of three series."""
    series = []
    for _ in range(3):
        start = time.process_time()
        for _ in range(rounds):
            act()
        series.append((time.process_time() - start) / rounds * 1e6)
    return min(series)


def parse_us() -> float:
    """From bytes to Counters."""
    stream = ProbeStream(MARK)
    return cpu_us(lambda: [counters_of(text) for text in stream.feed(RECORD)], ROUNDS)


def frame_us() -> float:
    """From Counters to a Frame with rates and trend."""
    live = LiveFrame(HostName("web-1"), StandingClock(), lambda _: None)
    counters = counters_of(ProbeStream(MARK).feed(RECORD)[0])
    made = iter(
        [
            replace(
                counters,
                uptime_s=counters.uptime_s + n,
                cpu=tuple(value + 100 * n for value in counters.cpu),
            )
            for n in range(3 * ROUNDS)
        ]
    )
    return cpu_us(lambda: live.take(next(made)), ROUNDS)


def remote_us(scope: Scope, awk: str, folder: Path) -> tuple[float, float]:
    """(CPU microseconds, bytes) of one record on a host with this awk; "" for none."""
    place = folder / f"{scope.value}-{awk or 'sh'}"
    place.mkdir()
    for tool in filter(None, ("cat", "getconf", awk)):
        (place / ("awk" if tool == awk else tool)).symlink_to(shutil.which(tool) or tool)
    script = probe_script(scope, MARK).encode()

    def spend(ticks: int) -> tuple[float, int]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with subprocess.Popen(
            ["/bin/sh", "-s"],
            env={"PATH": str(place)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdin is not None  # noqa: S101 - both are pipes
            assert process.stdout is not None  # noqa: S101 - both are pipes
            process.stdin.write(script)
            process.stdin.flush()
            process.stdout.readline()  # hello
            size = 0
            for _ in range(ticks):
                process.stdin.write(b"t\n")
                process.stdin.flush()
                size += len(process.stdout.readline())
            process.stdin.close()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return spent * 1e6, size

    start_us, _ = spend(1)
    whole_us, size = spend(TICKS)
    return (whole_us - start_us) / (TICKS - 1), size / TICKS


def store_ms(folder: Path) -> tuple[float, float]:
    """CPU milliseconds to save and to read the frames of a thousand hosts."""
    live = LiveFrame(HostName("web-1"), StandingClock(), lambda _: None)
    counters = counters_of(ProbeStream(MARK).feed(RECORD)[0])
    for n in range(70):
        cpu = tuple(value + 100 * n for value in counters.cpu)
        live.take(replace(counters, uptime_s=counters.uptime_s + n, cpu=cpu))
    frames = [
        Frame(HostName(f"web-{n}"), LinkState.LIVE, live.frame.at, live.frame.sample, trend)
        for n in range(HOSTS)
        for trend in [live.frame.cpu_trend]
    ]
    writer, reader = SqliteFrames(folder / "metrics.db"), SqliteFrames(folder / "metrics.db")
    saves, reads = [], []
    for _ in range(3):
        start = time.process_time()
        writer.save_frames(frames)
        middle = time.process_time()
        reader.frames()
        saves.append(middle - start)
        reads.append(time.process_time() - middle)
    writer.close()
    reader.close()
    return min(saves) * 1e3, min(reads) * 1e3


def measure() -> dict[str, float]:
    """All figures by name, the unit in the name."""
    figures = {"parse_us": parse_us(), "frame_us": frame_us()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures["save_1000_ms"], figures["read_1000_ms"] = store_ms(folder)
        for awk in ("mawk", "gawk", "busybox", ""):
            if awk and shutil.which(awk) is None:
                continue
            kind = awk or "sh"
            spent, size = remote_us(Scope.MACHINE, awk, folder)
            figures[f"remote_{kind}_us"], figures[f"record_{kind}_bytes"] = spent, size
            if awk:
                figures[f"remote_tree_{kind}_us"], _ = remote_us(Scope.TREE, awk, folder)
    return {name: round(value, 1) for name, value in figures.items()}


def main() -> int:
    """Measures and prints; 1 when asked to check and a bar is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()
    figures = measure()
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value:10.1f}")
    is_slow = figures["parse_us"] > PARSE_BAR_US
    if is_slow:
        print(f"parse_us {figures['parse_us']} is over {PARSE_BAR_US}", file=sys.stderr)
    return 1 if options.check and is_slow else 0


if __name__ == "__main__":
    sys.exit(main())
