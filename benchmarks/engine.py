"""What an engine costs: a step, the way from a wish to its start, from a yes to going on, idling.

    python benchmarks/engine.py --json --check

A real worker process's life (claims, pulse, heart) with jobs that do nothing; the wishes
and the approvals come over a connection of their own, as those of a screen do. CPU is
that of the whole process with all its threads. Wall times of a shared machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.audit import Request, Verb, Worker, WorkerState
from devops_tui.domain.event import Json
from devops_tui.domain.ids import JobId, RunId, WorkerId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run, Stage, StageKind, State
from devops_tui.domain.work import AskApproval, RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.engines.dbos_engine import DbosEngine
from devops_tui.engines.dbos_home import REST_S, DbosPlace
from devops_tui.engines.inline import InlineEngine
from devops_tui.engines.walking import WalkingEngine
from devops_tui.ports.engine import Leaving
from devops_tui.ports.store import Store
from devops_tui.services.jobs.dispatch import Dispatch
from devops_tui.services.jobs.gate import GateJobs
from devops_tui.services.jobs.question import Questions
from devops_tui.services.pulse import Pulse
from devops_tui.services.requests import file_request
from devops_tui.worker.process import Reading, Tools, WorkerProcess

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

if TYPE_CHECKING:
    from support.stores import Opener

BARS = {
    "step_cpu_ms": 15.0,
    "approval_ms_p50": 150.0,
    "cancel_ms_p95": 2000.0,
    "idle_cpu_ratio": 0.01,
}
_CLOCK = SystemClock()
_PATIENCE_S = 60.0


@dataclass
class Nothing:
    """An executor of jobs that do nothing, and remembers when each began."""

    began: dict[tuple[str, str], float] = field(default_factory=dict)

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """Ends well at once, or never."""
        self.began[run.id, job_id] = time.monotonic()
        if isinstance(job.work, RunCommand) and job.work.script == "hang":
            await asyncio.Event().wait()
        return replace(record, state=State.OK)


class BenchCrew:
    """A crew with an engine and nothing else; implements worker.crew.Crew."""

    def __init__(self, store: Store, engine: WalkingEngine) -> None:
        self._store = store
        self._engine = engine

    async def recover(self) -> None:
        """Nothing is left over."""
        await self._engine.recover()

    async def watch(self) -> None:
        """Takes up what nobody walks."""
        await self._engine.take_up()

    async def lead(self) -> None:
        """Leads nobody."""
        await asyncio.Event().wait()

    def let_go(self) -> None:
        """Nothing runs."""

    async def act(self, request: Request) -> Mapping[str, Json]:
        """Starts, or cancels, the run that the request names."""
        if request.verb is Verb.CANCEL:
            await self._engine.cancel(RunId(request.subject))
        else:
            await self._engine.submit(RunId(request.subject))
        return {"run_id": request.subject}

    @property
    def is_busy(self) -> bool:
        """Whether a run is walked."""
        return bool(self._engine.active)

    async def park(self) -> None:
        """Stops."""
        await self._engine.hand_over()


@dataclass(frozen=True)
class Kind:
    """An engine and the store it stands on."""

    open: Callable[[], Store]
    make: Callable[..., WalkingEngine]


class Subject:
    """One worker with one kind of engine, and a screen's connection to its store."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.nothing = Nothing()
        self.store = kind.open()
        self.desk = kind.open()
        now = _CLOCK.now()
        me = Worker(WorkerId("bench"), "here", 1, "1", WorkerState.STARTING, now, now)
        reading = Reading(Workspace("bench", str(folder)), (), "1")

        def build(workspace: Workspace, pulse: Pulse, worker: Worker) -> BenchCrew:
            leaving = Leaving()
            questions = Questions(self.store, _CLOCK, leaving, pulse.wait)
            gates = GateJobs(self.store, _CLOCK, questions)
            dispatch = Dispatch({RunCommand: self.nothing, AskApproval: gates})
            engine = kind.make(
                self.store, _CLOCK, dispatch, worker.id, leaving=leaving, changed=pulse.wait
            )
            return BenchCrew(self.store, engine)

        tools = Tools(
            self.store, _CLOCK, lambda: reading, lambda: "1", build, lambda other: False, None
        )
        self.worker = WorkerProcess(me, tools)
        self._numbers = max((r.number for r in self.desk.runs(limit=1)), default=0)

    def ask(self, *stages: tuple[Job, ...]) -> tuple[Run, float]:
        """Files a wish for a run; returns the run, and when it was filed."""
        self._numbers += 1
        kinds = list(StageKind)
        made = tuple(Stage(f"s{i}", kinds[i % 6], jobs) for i, jobs in enumerate(stages))
        run_id = RunId(f"bench-{self._numbers}")
        plan = Plan("bench", made)
        run = Run(run_id, self._numbers, plan, State.WAITING, datetime.now(UTC), "benchmark")
        self.desk.add_run(run)
        file_request(self.desk, _CLOCK, Verb.RUN, run_id, "benchmark")
        return run, time.monotonic()

    async def until(self, run: Run, *states: State) -> None:
        """Waits until the run is in one of the states."""
        async with asyncio.timeout(_PATIENCE_S):
            while self.desk.run(run.id).state not in states:  # noqa: ASYNC110 - rows give no event
                await asyncio.sleep(0.01)

    def close(self) -> None:
        """Gives the connections back."""
        self.desk.close()
        self.store.close()


def _job(name: str) -> Job:
    return Job(name, RunCommand("true"))


async def steps(subject: Subject, count: int) -> float:
    """CPU milliseconds of one of `count` jobs in stages of ten."""
    stages = [tuple(_job(f"j{i}") for i in range(10)) for _ in range(count // 10)]
    before = time.process_time()
    run, _ = subject.ask(*stages)
    while subject.desk.run(run.id).state is not State.OK:  # noqa: ASYNC110 - rows give no event
        await asyncio.sleep(0.25)
    return 1000 * (time.process_time() - before) / count


async def start(subject: Subject) -> float:
    """Milliseconds from a wish to the beginning of the first job."""
    run, asked = subject.ask((_job("a"),))
    await subject.until(run, State.OK)
    return 1000 * (subject.nothing.began[run.id, "s0/a"] - asked)


async def approval(subject: Subject) -> float:
    """Milliseconds from a yes to the beginning of what the gate guards."""
    run, _ = subject.ask((Job("gate", AskApproval()),), (_job("b"),))
    await subject.until(run, State.ASKING)
    (gate,) = subject.desk.gates(run.id)
    yes = replace(gate, state=State.OK, decided_at=_CLOCK.now(), decided_by="jun", why="yes")
    said = time.monotonic()
    subject.desk.decide_gate(yes)
    await subject.until(run, State.OK)
    return 1000 * (subject.nothing.began[run.id, "s1/b"] - said)


async def cancel(subject: Subject) -> float:
    """Milliseconds from a wish to cancel to the end of the run; its job hangs."""
    run, _ = subject.ask((Job("a", RunCommand("hang")),))
    async with asyncio.timeout(_PATIENCE_S):
        while (run.id, "s0/a") not in subject.nothing.began:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    file_request(subject.desk, _CLOCK, Verb.CANCEL, run.id, "benchmark")
    asked = time.monotonic()
    await subject.until(run, State.CANCELLED)
    return 1000 * (time.monotonic() - asked)


async def cpu_ratio(seconds: float) -> float:
    """Share of a core that this process takes while nobody asks for anything."""
    before, at = time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    return (time.process_time() - before) / (time.monotonic() - at)


async def measure(kind: Kind, folder: Path, options: argparse.Namespace) -> dict[str, float]:
    """All figures of one engine."""
    subject = Subject(kind, folder)
    life = asyncio.create_task(subject.worker.run())
    try:
        first = await start(subject)
        cost = await steps(subject, options.steps)
        starts = [await start(subject) for _ in range(options.times)]
        goes = [await approval(subject) for _ in range(options.times)]
        cancels = [await cancel(subject) for _ in range(options.times)]
        run, _ = subject.ask((Job("gate", AskApproval()),))
        await subject.until(run, State.ASKING)
        waiting = await cpu_ratio(options.idle_s)
        (gate,) = subject.desk.gates(run.id)
        no = replace(gate, state=State.FAILED, decided_at=_CLOCK.now(), decided_by="jun", why="no")
        subject.desk.decide_gate(no)
        await subject.until(run, State.FAILED)
        await asyncio.sleep(REST_S + 2)
        idle = await cpu_ratio(options.idle_s)
    finally:
        subject.worker.stop("the benchmark is over")
        await life
        subject.close()
    return {
        "step_cpu_ms": round(cost, 2),
        "first_start_ms": round(first, 1),
        **_quantiles("start", starts),
        **_quantiles("approval", goes),
        **_quantiles("cancel", cancels),
        "waiting_cpu_ratio": round(waiting, 4),
        "idle_cpu_ratio": round(idle, 4),
    }


def _quantiles(name: str, values: Sequence[float]) -> dict[str, float]:
    p95 = statistics.quantiles(values, n=20)[-1]
    return {
        f"{name}_ms_p50": round(statistics.median(values), 1),
        f"{name}_ms_p95": round(p95, 1),
    }


def _kinds(folder: Path, stack: contextlib.ExitStack) -> dict[str, Kind]:
    from support.postgres import binaries, postgres_server
    from support.stores import Opener

    def over(place: DbosPlace) -> Callable[..., WalkingEngine]:
        return partial(DbosEngine, place=place)

    def pair(store: str, opener: Opener, place: DbosPlace) -> dict[str, Kind]:
        return {
            f"inline, {store}": Kind(opener.store, InlineEngine),
            f"dbos, {store}": Kind(opener.store, over(place)),
        }

    place = DbosPlace.file(folder / "dbos.db")
    found = pair("SQLite", Opener(folder), place)
    if binaries() is not None:
        url = stack.enter_context(postgres_server()).url
        found |= pair("PostgreSQL", Opener(folder, url), DbosPlace.team(url))
    return found


def main() -> int:
    """Prints the figures; with --check exit code 1 when one is over its bar."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--only", default="", help="only those whose name holds this")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--idle-s", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    figures: dict[str, dict[str, Any]] = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name, kind in _kinds(folder, stack).items():
            if options.only in name:
                figures[name] = asyncio.run(measure(kind, folder, options))
    if options.json:
        print(json.dumps(figures))
    else:
        for name, values in figures.items():
            print(name)
            for key, value in values.items():
                bar = f"   bar {BARS[key]:g}" if key in BARS else ""
                print(f"  {key:20} {value:>10}{bar}")
    over = [
        f"{name}: {key} {values[key]:g} is over {bar:g}"
        for name, values in figures.items()
        for key, bar in BARS.items()
        if values[key] > bar
    ]
    for line in over:
        print(line, file=sys.stderr)
    return 1 if options.check and over else 0


if __name__ == "__main__":
    sys.exit(main())
