"""A log of 100 MB: from a command at full speed into the store, and on the screen.

    python benchmarks/log.py [--json] [--check] [--megabytes N]

A real worker follows a real command of this machine that writes as fast as it can, through
jobctl, the masker of 20 secrets and the store, while a screen on a pseudo terminal shows the
log as it grows; then keys are pressed in the whole log. Wall time depends on what else the
machine does, so the bars are on memory, on bytes, on the masker's bytes a CPU second, and on
the screen's CPU time a key; `--check` ends with 1 when one is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.terminal import Terminal

from devops_tui.bootstrap.paths import paths_of
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import ENDS, State
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.transports.masker import Masker

BAR_GROWTH_MB = 50.0
BAR_KEY_CPU_MS = 16.0
BAR_MASKER_MB_S = 20.0
SECRETS = 20
JOB = JobId("build/talk")
LINE = "%08d 2026-11-02T09:30:00Z INFO request served in 12 ms by web-1 status=200 path=/cart\\n"
PATIENCE_S = 600.0
SIGN = "~"
"""A sign that stands nowhere else on the screen."""

CONFIG = """
name: bench
pipelines:
  talk:
    stages:
      - build:
          talk:
            run: |
              {python} -c "import sys
              line = '{line}'
              for i in range({lines}): sys.stdout.write(line % i)"
            secrets: {{{secrets}}}
  hush:
    stages: [build: {{run: "true"}}]
"""


def rss_mb(pid: int, what: str = "VmRSS") -> float:
    """Resident memory of a process, now or at its most."""
    for row in Path(f"/proc/{pid}/status").read_text().splitlines():
        if row.startswith(what):
            return int(row.split()[1]) / 1000
    return 0.0


def cpu_s(pid: int) -> float:
    """User and system seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def queued_s(pid: int) -> float:
    """Seconds that threads of a process could have run and had no core."""
    waited = 0
    for place in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            waited += int(place.read_text().split()[1])
    return waited / 1e9


def masker_mb_s() -> float:
    """Megabytes a CPU second that one masker of 20 secrets takes in pieces of 64 KB."""
    data = "".join(LINE.replace("\\n", "\n") % n for n in range(900)).encode()[:65536]
    masker = Masker([secret(n) for n in range(SECRETS)])
    rounds = 320
    began = time.process_time()
    for _ in range(rounds):
        masker.feed(data)
    return len(data) * rounds / 1e6 / (time.process_time() - began)


def secret(number: int) -> str:
    """A secret like those that are planted."""
    return "pw-" + hashlib.sha256(str(number).encode()).hexdigest()[:24]


def prepare(folder: Path, megabytes: int) -> dict[str, str]:
    """A workspace of one pipeline that talks; the environment that its secrets are in."""
    lines = megabytes * 1_000_000 // len(LINE.replace("\\n", "\n") % 0)
    names = ", ".join(f"S{n}: env:BENCH_SECRET_{n}" for n in range(SECRETS))
    text = CONFIG.format(
        python=sys.executable, line=LINE.replace("\\n", "\\\\n"), lines=lines, secrets=names
    )
    (folder / "devops.yaml").write_text(text)
    (folder / ".devops-tui").mkdir()
    return {f"BENCH_SECRET_{n}": secret(n) for n in range(SECRETS)}


def require(is_so: bool, otherwise: str) -> None:
    """Ends the benchmark where it measures nothing."""
    if not is_so:
        raise RuntimeError(otherwise)


def stored(store: SqliteStore, run_id: RunId) -> tuple[int, int]:
    """Bytes and lines of the job's log."""
    size = rows = after = 0
    while chunks := store.log(run_id, JOB, after, 64):
        after = chunks[-1].seq
        for chunk in chunks:
            require(chunk.offset == size, f"a gap before {chunk.offset}")
            size += len(chunk.data)
            rows += chunk.data.count(b"\n")
    return size, rows


def forget_most(pid: int) -> float:
    """Lets the greatest resident memory begin anew; what it is now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return rss_mb(pid)


def follow(store: SqliteStore, screen: Terminal, run_id: RunId) -> list[float]:
    """Types while the log grows, until the run ended; ms from each key to its sign on screen."""
    end = time.monotonic() + PATIENCE_S
    waits: list[float] = []
    screen.read(0.5)
    screen.press(":")
    screen.read(0.5)
    while store.run(run_id).state not in ENDS:
        require(time.monotonic() < end, "the run does not end")
        screen.read(0.1)
        screen.forget()
        start = time.perf_counter()
        screen.press(SIGN)
        while SIGN.encode() not in screen.raw and time.perf_counter() - start < 10:
            screen.read(0.005)
        waits.append((time.perf_counter() - start) * 1000)
        require(waits[-1] < 10_000, f"key {len(waits)} is never shown: {screen.text}")
    screen.press("\x1b")
    screen.read(0.5)
    return waits


def one_key(screen: Terminal, key: str, quiet_s: float = 0.05) -> tuple[float, float]:
    """Milliseconds from a key to the first byte of its repaint, and without a core before that."""
    pid = screen.process.pid
    while select.select([screen.fileno()], [], [], 0.02)[0]:
        screen.read(0.02)
    screen.forget()
    queued = queued_before = queued_s(pid)
    start = first = time.perf_counter()
    screen.press(key)
    if select.select([screen.fileno()], [], [], 1.0)[0]:
        first, queued = time.perf_counter(), queued_s(pid)
    while select.select([screen.fileno()], [], [], quiet_s)[0]:
        screen.read(0.0)
    return (first - start) * 1000, (queued - queued_before) * 1000


def measure(megabytes: int) -> dict[str, float]:
    """The figures of one run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = os.environ | prepare(folder, megabytes)
        command = [sys.executable, "-m", "devops_tui"]
        worker = subprocess.Popen(
            [*command, "worker", "--stay", "-W", name],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        screen: Terminal | None = None
        try:
            subprocess.run([*command, "check", "-W", name], check=True, stdout=subprocess.DEVNULL)
            store = SqliteStore.open(paths_of(folder / "devops.yaml").store)
            until = time.monotonic() + 60
            while store.workspace() is None and time.monotonic() < until:
                time.sleep(0.1)
            # what a worker loads at its first job is none of the log's doing
            warm_up = [*command, "run", "hush", "--wait", "-W", name]
            subprocess.run(warm_up, check=True, stdout=subprocess.DEVNULL)
            screen = Terminal([*command, name], columns=120, rows=40)
            screen.wait_for("Pipelines")
            least = forget_most(worker.pid)
            began = time.monotonic()
            subprocess.run(
                [*command, "run", "talk", "-W", name], check=True, stdout=subprocess.DEVNULL
            )
            run_id = RunId("talk-1")
            screen.forget()
            screen.press("2")
            screen.wait_for("d changed", "#1")
            screen.press("\r")
            live_cpu = cpu_s(screen.process.pid)
            worker_cpu = cpu_s(worker.pid)
            live_waits = sorted(follow(store, screen, run_id))
            most = rss_mb(worker.pid, "VmHWM")
            took = time.monotonic() - began
            worker_cpu = cpu_s(worker.pid) - worker_cpu
            live_cpu = cpu_s(screen.process.pid) - live_cpu
            require(store.run(run_id).state is State.OK, f"{store.job_runs(run_id)}")
            size, rows = stored(store, run_id)
            store.close()
            waits, own_waits, cpu_ms = press_keys(screen, rows)
            screen_mb = rss_mb(screen.process.pid)
        finally:
            if screen is not None:
                screen.close()
            worker.terminate()
            worker.wait(30)
    waits.sort()
    own_waits.sort()
    return {
        "megabytes": round(size / 1e6, 1),
        "lines": rows,
        "is_whole": float(size == expected_bytes(megabytes)),
        "into_store_mb_s": round(size / 1e6 / took, 1),
        "worker_cpu_s": round(worker_cpu, 2),
        "worker_growth_mb": round(most - least, 1),
        "screen_mb": round(screen_mb, 1),
        "screen_live_cpu_s": round(live_cpu, 2),
        "key_cpu_ms": round(cpu_ms, 2),
        "key_wall_ms_median": round(statistics.median(waits), 2),
        "key_wall_ms_p95": round(waits[int(len(waits) * 0.95)], 2),
        "key_own_ms_median": round(statistics.median(own_waits), 2),
        "key_own_ms_p95": round(own_waits[int(len(own_waits) * 0.95)], 2),
        "live_key_wall_ms_median": round(statistics.median(live_waits), 2),
        "live_key_wall_ms_p95": round(live_waits[int(len(live_waits) * 0.95)], 2),
        "load": os.getloadavg()[0],
        "masker_mb_s": round(masker_mb_s(), 1),
    }


def expected_bytes(megabytes: int) -> int:
    """What the command wrote."""
    width = len(LINE.replace("\\n", "\n") % 0)
    return megabytes * 1_000_000 // width * width


def press_keys(
    screen: Terminal, rows: int, keys: int = 80
) -> tuple[list[float], list[float], float]:
    """Waits in ms, without the time in which no core was free, and CPU ms of the screen a key."""
    screen.wait_for(f"{rows}  ")
    screen.press("\r")
    screen.read(0.5)
    wanted = "gGk\x04\x15jk"  # first, last, up, half a page down and up, down, up
    pid = screen.process.pid
    before = cpu_s(pid)
    found = [one_key(screen, wanted[number % len(wanted)]) for number in range(keys)]
    waits = [wait for wait, _ in found]
    own = [max(0.0, wait - queued) for wait, queued in found]
    return waits, own, (cpu_s(pid) - before) / keys * 1000


def main() -> int:
    """Prints the figures; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--megabytes", type=int, default=100)
    words = parser.parse_args()
    found = measure(words.megabytes)
    is_met = (
        bool(found["is_whole"])
        and found["worker_growth_mb"] < BAR_GROWTH_MB
        and found["key_cpu_ms"] <= BAR_KEY_CPU_MS
        and found["masker_mb_s"] >= BAR_MASKER_MB_S
    )
    if words.json:
        print(json.dumps({**found, "is_met": is_met}))
    else:
        whole = "nothing dropped" if found["is_whole"] else "NOT WHOLE"
        print(f"log              {found['megabytes']:8.1f} MB   {found['lines']} lines, {whole}")
        print(f"into the store   {found['into_store_mb_s']:8.1f} MB/s wall, from `run` to its end")
        print(f"worker grew      {found['worker_growth_mb']:8.1f} MB   bar {BAR_GROWTH_MB:.0f} MB")
        print(
            f"worker           {found['worker_cpu_s']:8.2f} s    CPU, what follows the end included"
        )
        print(f"masker           {found['masker_mb_s']:8.1f} MB/s bar {BAR_MASKER_MB_S:.0f} MB/s")
        print(f"screen           {found['screen_mb']:8.1f} MB   resident, the log open")
        print(f"CPU a key        {found['key_cpu_ms']:8.2f} ms   bar {BAR_KEY_CPU_MS:.0f} ms")
        print(f"key to repaint   {found['key_wall_ms_median']:8.2f} ms   wall, median, bar 16")
        print(f"                 {found['key_wall_ms_p95']:8.2f} ms   wall, p95, bar 16")
        print(f"  with a core    {found['key_own_ms_median']:8.2f} ms   median, no core: left out")
        print(f"                 {found['key_own_ms_p95']:8.2f} ms   p95, load {found['load']:.1f}")
        print(f"while it grows   {found['live_key_wall_ms_median']:8.2f} ms   wall, median")
        print(f"                 {found['live_key_wall_ms_p95']:8.2f} ms   wall, p95")
        print(f"screen, live     {found['screen_live_cpu_s']:8.2f} s    CPU while the log grew")
    return 1 if words.check and not is_met else 0


if __name__ == "__main__":
    sys.exit(main())
