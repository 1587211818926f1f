"""What the tests of the engine share: a store, plans by the dozen, an executor of outcomes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.audit import Worker
from devops_tui.domain.event import Event
from devops_tui.domain.ids import JobId, RunId, ServiceName, WorkerId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run, Stage, StageKind, State
from devops_tui.domain.traffic import Service
from devops_tui.domain.work import BringUp, RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.engines.dbos_engine import DbosEngine
from devops_tui.engines.dbos_home import DbosPlace
from devops_tui.engines.inline import InlineEngine
from devops_tui.engines.walking import WalkingEngine
from devops_tui.ports.engine import Aftermath, JobExecutor, Leaving
from devops_tui.ports.store import Store
from support.stores import Opener

POLL_S = 0.005
KINDS = ("inline", "dbos")


class Acts:
    """An executor whose jobs do what their script says: "ok", "fail", "hang", ...

    Attributes:
        begun: How often each job was executed.
        together: The most jobs that ran at one time.
    """

    def __init__(self, leaving: Leaving) -> None:
        self.leaving = leaving
        self.begun: Counter[str] = Counter()
        self.ends: list[str] = []
        self.together = 0
        self.release = asyncio.Event()
        self.outcomes: dict[str, Callable[[JobRun], JobRun]] = {}
        self._now = 0

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        key = f"{run.id} {job_id}"
        self.begun[key] += 1
        self._now += 1
        self.together = max(self.together, self._now)
        try:
            script = job.work.script if isinstance(job.work, RunCommand) else "hang"
            if script == "hang":
                await self.release.wait()
            else:
                await asyncio.sleep(0)
            outcome = self.outcomes.get(script, _ok)
            return outcome(record)
        except asyncio.CancelledError:
            self.ends.append(f"{key} {'left' if self.leaving.is_on else 'stopped'}")
            raise
        finally:
            self._now -= 1


def _ok(record: JobRun) -> JobRun:
    return replace(record, state=State.OK)


def fail(record: JobRun) -> JobRun:
    return replace(record, state=State.FAILED, why="exit code 1", exit_code=1)


def raising(error: BaseException) -> Callable[[JobRun], JobRun]:
    def outcome(record: JobRun) -> JobRun:
        raise error

    return outcome


def job(name: str, script: str = "ok", *needs: str, **more: object) -> Job:
    return replace(Job(name, RunCommand(script), needs), **more)  # type: ignore[arg-type]


def plan(*stages: tuple[Job, ...], name: str = "shop") -> Plan:
    kinds = list(StageKind)
    return Plan(
        name,
        tuple(Stage(f"s{i}", kinds[i % len(kinds)], jobs) for i, jobs in enumerate(stages)),
    )


def deploy_plan(name: str, script: str = "ok") -> Plan:
    return Plan(
        name,
        (
            Stage("build", StageKind.BUILD, (job("make", script),)),
            Stage("deploy", StageKind.DEPLOY, (Job("up", BringUp(ServiceName("web"), "a")),)),
        ),
    )


def workspace() -> Workspace:
    return Workspace("test", "/", services={"web": Service(ServiceName("web"), "production", {})})


def engine_of(
    kind: str,
    folder: Path,
    store: Store,
    executor: JobExecutor,
    leaving: Leaving,
    *,
    worker_id: str = "w1",
    aftermath: Aftermath | None = None,
    poll_s: float = POLL_S,
    url: str = "",
) -> WalkingEngine:
    """An engine of that kind; DBOS keeps its own file below `folder`, or a schema at `url`."""
    clock = SystemClock()

    async def changed() -> None:
        await clock.sleep(poll_s)

    if kind == "inline":
        return InlineEngine(
            store,
            clock,
            executor,
            WorkerId(worker_id),
            leaving=leaving,
            aftermath=aftermath,
            changed=changed,
        )
    return DbosEngine(
        store,
        clock,
        executor,
        WorkerId(worker_id),
        replace(DbosPlace.team(url), wake_s=0.02)
        if url
        else DbosPlace.file(folder / "dbos.db", wake_s=0.02),
        leaving=leaving,
        aftermath=aftermath,
        changed=changed,
    )


class Bench:
    """One store with engines of one kind on it, each as of another worker.

    Args:
        url: Of a team's store; files in `folder` when left out.
    """

    def __init__(self, folder: Path, kind: str = "inline", url: str = "") -> None:
        self.url = url
        self.folder = folder
        self.kind = kind
        self.clock = SystemClock()
        self.store: Store = Opener(folder, url).store()
        self.leaving = Leaving()
        self.acts = Acts(self.leaving)
        self._workers = 0
        self.engine = self.another_engine()

    def another_engine(self) -> WalkingEngine:
        self.leaving = Leaving()
        self.acts.leaving = self.leaving
        self._workers += 1
        self.engine = engine_of(
            self.kind,
            self.folder,
            self.store,
            self.acts,
            self.leaving,
            worker_id=f"w{self._workers}",
            url=self.url,
        )
        return self.engine

    async def close(self) -> None:
        """Ends what hangs and gives everything back."""
        self.acts.release.set()
        await self.engine.hand_over()
        self.store.close()

    def add(self, a_plan: Plan, number: int = 1) -> RunId:
        run_id = RunId(f"{a_plan.pipeline}-{number}")
        self.store.add_run(Run(run_id, number, a_plan, State.WAITING, datetime.now(UTC), "jun"))
        return run_id

    async def to_end(self, a_plan: Plan) -> RunId:
        run_id = self.add(a_plan)
        await self.engine.submit(run_id)
        await self.until(lambda: not self.engine.active)
        return run_id

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits, for 20 s at most, for something that the loop is about to do."""
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - a row in a store gives no event
                await asyncio.sleep(POLL_S)

    def states(self, run_id: RunId) -> Mapping[str, State]:
        return {r.job_id: r.state for r in self.store.job_runs(run_id)}

    def record(self, run_id: RunId, job_id: str) -> JobRun:
        return next(r for r in self.store.job_runs(run_id) if r.job_id == job_id)

    def events(self, run_id: RunId) -> list[Event]:
        return list(self.store.events(subject=run_id))

    def kinds(self, run_id: RunId) -> list[str]:
        return [e.kind for e in self.events(run_id)]


def team_engine_of(
    kind: str,
    url: str,
    store: Store,
    executor: JobExecutor,
    leaving: Leaving,
    worker: Worker,
    *,
    changed: Callable[[], Awaitable[None]],
) -> WalkingEngine:
    """An engine of that kind on a team's store; DBOS keeps its own schema beside it."""
    clock = SystemClock()
    if kind == "inline":
        return InlineEngine(
            store,
            clock,
            executor,
            worker.id,
            leaving=leaving,
            changed=changed,
            place=worker.place,
            labels=worker.labels,
        )
    return DbosEngine(
        store,
        clock,
        executor,
        worker.id,
        DbosPlace.team(url),
        leaving=leaving,
        changed=changed,
        place_of_worker=worker.place,
        labels=worker.labels,
    )
