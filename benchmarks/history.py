"""Figures over time: bytes a point, CPU time to keep them, time to read charts.

    python benchmarks/history.py [--json] [--check] [--hosts N] [--minutes N]

Samples of hosts at 1 Hz, noisy ones, go through the recorder into a real file, an hour of
some is rolled up, and charts of a day are read. Points a second at one core follow from CPU
time; `--check` ends with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.history import METRICS
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.presentation.host_charts import SHOWN
from devops_tui.services.history import HistoryRecorder
from devops_tui.stores.sqlite.history import SqliteHistory

START = datetime(2026, 3, 1, tzinfo=UTC)
RATE = 15_000
BARS = {"bytes_a_point": 3.0, "cpu_share": 0.01, "chart_24h_ms": 50.0, "rollup_read_ms": 5.0}


def sample(chance: Random, base: float) -> Sample:
    """A host that is busy in an ordinary way."""
    cpu = min(1.0, max(0.0, chance.gauss(base, 0.05)))
    return Sample(
        1.0, cpu, 0.6 + chance.gauss(0, 0.002), base * 4 + chance.gauss(0, 0.05), 4,
        iowait_ratio=abs(chance.gauss(0, 0.01)), steal_ratio=0.0, swap_ratio=0.1,
        disk_read_bytes_s=abs(chance.gauss(0, 50_000)),
        disk_write_bytes_s=abs(chance.gauss(200_000, 80_000)),
        disk_busy_ratio=abs(chance.gauss(0.05, 0.02)),
        net_in_bytes_s=abs(chance.gauss(1e6, 2e5)), net_out_bytes_s=abs(chance.gauss(3e6, 5e5)),
        pressure_cpu_ratio=abs(chance.gauss(0.02, 0.01)), pressure_mem_ratio=0.0,
        pressure_io_ratio=abs(chance.gauss(0.01, 0.005)),
        processes=int(chance.gauss(180, 3)), disk_used_ratio=0.71,
    )  # fmt: skip


KNOWN = sum(getattr(sample(Random(1), 0.5), metric.field) is not None for metric in METRICS)  # noqa: S311
"""Figures of a sample that somebody knows: what nobody knows is no point."""


def frames(chance: Random, host: int, start: datetime, count: int) -> list[Frame]:
    """So many seconds of one host."""
    name = HostName(f"host-{host:04d}")
    base = chance.uniform(0.1, 0.7)
    return [
        Frame(name, LinkState.LIVE, start + timedelta(seconds=n), sample(chance, base))
        for n in range(count)
    ]


def measure(folder: Path, hosts: int, minutes: int) -> dict[str, float]:
    """All figures."""
    chance = Random(7)  # noqa: S311 - the same noise in every run
    history = SqliteHistory(folder / "history.db")
    cpu_s = 0.0
    for minute in range(minutes):
        recorder = HistoryRecorder()
        at = START + timedelta(minutes=minute)
        seen = [frames(chance, host, at, 60) for host in range(hosts)]
        began = time.process_time()
        for second in zip(*seen, strict=True):
            recorder.take(second)
        while blocks := recorder.closed(at + timedelta(minutes=1)):
            history.save_blocks(blocks)
        cpu_s += time.process_time() - began
    points = hosts * minutes * 60 * KNOWN
    body = history._db.row("SELECT SUM(LENGTH(body)) FROM block")
    rolled_s = _day(history, chance)
    history.roll_up(START)
    size = float(body[0]) if body else 0.0
    per_point = cpu_s / points + rolled_s / (24 * 3600 * KNOWN)
    chart_ms = _read_ms(history, list(SHOWN), 280)
    rollup_ms = _read_ms(history, ["cpu"], 24 * 60)  # a day of one-minute roll-ups, each one drawn
    history.close()
    return {
        "points": points,
        "bytes_a_point": size / points,
        "cpu_us_a_point": per_point * 1e6,
        "cpu_share": per_point * RATE,
        "roll_hour_ms": rolled_s / 24 * 1000,
        "chart_24h_ms": chart_ms,
        "rollup_read_ms": rollup_ms,
    }


def _day(history: SqliteHistory, chance: Random) -> float:
    """A day of one host is kept; the CPU seconds that its roll-ups took."""
    day = START + timedelta(days=1)
    recorder = HistoryRecorder()
    rolled_s = 0.0
    for hour in range(24):
        at = day + timedelta(hours=hour)
        recorder.take(frames(chance, 9999, at, 3600))
        history.save_blocks(recorder.rest())
        began = time.process_time()
        history._roll_hour(HostName("host-9999"), int(at.timestamp() * 1000))
        rolled_s += time.process_time() - began
    return rolled_s


def _read_ms(history: SqliteHistory, names: list[str], count: int) -> float:
    day = START + timedelta(days=1)
    best = 1e9
    for _ in range(5):
        began = time.process_time()
        found = history.read(HostName("host-9999"), names, day, day + timedelta(days=1), count)
        best = min(best, time.process_time() - began)
        if None in found.series[names[0]]:
            raise SystemExit("a day that was kept has gaps")
    return best * 1000


def main() -> int:
    """Measures, prints, and with --check compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--minutes", type=int, default=3)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), words.hosts, words.minutes)
    if words.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        for name, value in found.items():
            bar = f"  (bar {BARS[name]:g})" if name in BARS else ""
            sys.stdout.write(f"{name:<16} {value:>12,.3f}{bar}\n")
    missed = [name for name, bar in BARS.items() if found[name] > bar]
    if words.check and missed:
        sys.stderr.write(f"missed: {', '.join(missed)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
