"""What 10,000 past runs cost the pipelines screen: from a job's change to the rows that show it.

    python benchmarks/past_runs.py --json --check

Runs of twelve jobs in five pipelines, on SQLite and, where its server is installed, on
PostgreSQL. The screen is the real app over a real session, without a terminal. Another
connection changes why the newest run waits; measured is the CPU of this whole process (reading,
decoding and drawing) until the text stands on the screen, without what the same process
takes when nothing changes. The wall time holds the wait for the next look at the store.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.postgres import binaries, postgres_server

from devops_tui import __version__
from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.paths import WorkspacePaths, paths_of
from devops_tui.bootstrap.session import Session
from devops_tui.bootstrap.stores import open_store
from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.ids import JobId, RunId, WorkerId
from devops_tui.domain.pipeline import Job, JobRun, Pipeline, Plan, Run, Stage, StageKind, State
from devops_tui.domain.work import RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.store import Store
from devops_tui.tui.app import DevopsApp

BAR_CPU_MS = 50.0
PIPELINES = 5
NEWEST = RunId("p0-last")
_PATIENCE_S = 15.0
_LOOK_S = 0.02
_STAGES = tuple(
    Stage(
        kind.value,
        kind,
        tuple(Job(f"{kind.value}-{n}", RunCommand(f"make {kind.value}")) for n in range(2)),
    )
    for kind in (StageKind.CODE, StageKind.BUILD, StageKind.TEST, StageKind.DEPLOY,
                 StageKind.RELEASE, StageKind.MONITOR)
)  # fmt: skip


def main() -> int:
    """Measures, prints, and with --check fails where the bar is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    words = parser.parse_args()
    found: dict[str, float] = {"runs": float(words.runs)}
    for store in ("sqlite", "postgresql") if binaries() else ("sqlite",):
        found |= measure(store, words.runs, words.changes)
    bars = {name: BAR_CPU_MS for name in found if name.endswith("cpu_ms_median")}
    if words.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        for name, value in found.items():
            bar = f"  (bar {bars[name]:g})" if name in bars else ""
            sys.stdout.write(f"{name:28} {value:9.1f}{bar}\n")
    missed = [name for name, bar in bars.items() if found[name] > bar]
    if words.check and missed:
        sys.stderr.write(f"over the bar: {', '.join(missed)}\n")
        return 1
    return 0


def measure(kind: str, runs: int, changes: int) -> dict[str, float]:
    """The figures of one store."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(postgres_server()).url if kind == "postgresql" else ""
        paths = _workspace(folder, url)
        store = open_store(paths)
        stack.callback(store.close)
        _fill(store, runs)
        cpu, wall = asyncio.run(_redraws(paths, store, changes))
    return {
        f"{kind}_cpu_ms_median": statistics.median(cpu),
        f"{kind}_cpu_ms_p95": sorted(cpu)[int(len(cpu) * 0.95) - 1],
        f"{kind}_wall_ms_median": statistics.median(wall),
    }


def _workspace(folder: Path, url: str) -> WorkspacePaths:
    (folder / ".devops-tui").mkdir(mode=0o700)
    line = f"store: {url}\n" if url else ""
    (folder / "devops.yaml").write_text(f"name: shop\n{line}")
    return paths_of(folder / "devops.yaml")


def _fill(store: Store, count: int) -> None:
    now = SystemClock().now()
    later = now + timedelta(hours=1)  # it seems alive all the time, so that none is started
    me = Worker(WorkerId("w"), "elsewhere", 1, __version__, WorkerState.WORKING, now, later)
    store.save_worker(me)
    names = [f"p{n}" for n in range(PIPELINES)]
    pipelines = {name: Pipeline(name, None, _STAGES) for name in names}
    store.save_workspace(Workspace("shop", "/x", pipelines=pipelines), (), "1")
    with store.transaction():
        for number in range(count):
            name = names[number % PIPELINES]
            at = now - timedelta(minutes=count - number)
            run_id = RunId(f"{name}-{number}")
            run = Run(run_id, number // PIPELINES + 1, Plan(name, _STAGES), State.OK, at, "jun")
            _add(store, replace(run, started_at=at, ended_at=at + timedelta(seconds=50)), State.OK)
        last = Run(NEWEST, count, Plan("p0", _STAGES), State.WAITING, now, "jun")
        _add(store, last, State.WAITING)


def _add(store: Store, run: Run, state: State) -> None:
    store.add_run(run)
    if state is State.WAITING:
        return
    for stage in run.plan.stages:
        for job in stage.jobs:
            job_id = JobId(f"{stage.name}/{job.name}")
            done = JobRun(run.id, job_id, state, started_at=run.started_at, ended_at=run.ended_at)
            store.save_job(done, State.WAITING)


async def _redraws(
    paths: WorkspacePaths, store: Store, changes: int
) -> tuple[list[float], list[float]]:
    app = DevopsApp(lambda: Session(paths, "jun"))
    cpu, wall = [], []
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("2")
        await _until_shown(app, NEWEST)
        idle_ratio = await _idle(app)
        run = store.run(NEWEST)
        for number in range(changes):
            said = f"waits for change {number} of many"
            run = replace(run, why_waiting=said)
            before, begun = time.process_time(), time.perf_counter()
            store.save_run(run, State.WAITING)
            await _until_shown(app, f"change {number} ")
            took = time.perf_counter() - begun
            wall.append(took * 1000)
            cpu.append((time.process_time() - before - idle_ratio * took) * 1000)
            await asyncio.sleep(0.3)  # what this redraw has left to do is not the next one's
    return cpu, wall


async def _idle(app: DevopsApp) -> float:
    """CPU seconds a second while nothing changes, with this file's own looking."""
    await asyncio.sleep(2)
    before, begun = time.process_time(), time.perf_counter()
    while time.perf_counter() - begun < 3:
        _text(app)
        await asyncio.sleep(_LOOK_S)
    return (time.process_time() - before) / (time.perf_counter() - begun)


async def _until_shown(app: DevopsApp, text: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while text not in _text(app):
        if time.monotonic() > end:
            raise TimeoutError(f"{text} was never shown:\n{_text(app)}")
        await asyncio.sleep(_LOOK_S)


def _text(app: DevopsApp) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


if __name__ == "__main__":
    sys.exit(main())
