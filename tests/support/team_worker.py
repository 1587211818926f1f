"""A worker of a team, as a process to kill, freeze and wake: `python team_worker.py JSON`.

All of it is the real worker but the crew's outer parts: jobs are commands of this machine
that write down when they begin and end.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.processes import is_gone, process_space
from devops_tui.domain.audit import Request, Verb, Worker, WorkerState
from devops_tui.domain.event import Json
from devops_tui.domain.ids import THIS_MACHINE, JobId, RunId, ServiceName, WorkerId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run, State
from devops_tui.domain.traffic import Service
from devops_tui.domain.work import BringUp, RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.engines.walking import WalkingEngine
from devops_tui.ports.engine import Leaving
from devops_tui.ports.store import Store
from devops_tui.ports.transport import Runners
from devops_tui.services.jobs.detached import Order, see_through
from devops_tui.services.jobs.dispatch import Dispatch
from devops_tui.services.jobs.standing_runner import Standing, StandingRunners
from devops_tui.services.jobs.tools import task_id
from devops_tui.services.logs import LogWriter, Stream
from devops_tui.services.pulse import Pulse
from devops_tui.stores.postgres.store import PostgresStore
from devops_tui.transports.links import JobctlRunners, SshLinks
from devops_tui.worker.process import Reading, Tools, WorkerProcess
from support.engine_bench import team_engine_of

ENVIRONMENTS = ("north", "east", "south", "west")


@dataclass(frozen=True)
class Post:
    """Where a worker stands.

    Attributes:
        folder: Of the whole test: records of jobs.
        machine: What it takes its machine for; workers of one machine share its spool.
        hold_s: How long a job acts on an environment.
    """

    folder: str
    url: str
    name: str
    machine: str = "here"
    kind: str = "inline"
    labels: tuple[str, ...] = ()
    hold_s: float = 0.05

    @property
    def argv(self) -> list[str]:
        """Starts such a worker."""
        return [sys.executable, __file__, json.dumps(asdict(self))]

    @property
    def spool(self) -> Path:
        """Of its machine."""
        return Path(self.folder) / self.machine / "spool"


def workspace() -> Workspace:
    """One service in each environment."""
    return Workspace(
        "team",
        "/",
        services={f"s-{n}": Service(ServiceName(f"s-{n}"), n, {}) for n in ENVIRONMENTS},
    )


class Recorder:
    """An executor whose commands write down that they ran: `record.<environment>`."""

    def __init__(self, post: Post, store: Store, runners: Runners, leaving: Leaving) -> None:
        self._post = post
        self._store = store
        self._runners = runners
        self._leaving = leaving
        self._clock = SystemClock()

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """Runs a command on this machine, once, whoever asks for it again."""
        work = job.work
        if isinstance(work, BringUp):
            file = f"{self._post.folder}/record.{work.service.removeprefix('s-')}"
            say = f"printf '%s {run.id} {record.attempt}\\n'"
            script = f"{say} begin >> {file}; sleep {self._post.hold_s}; {say} end >> {file}"
        else:
            assert isinstance(work, RunCommand)
            script = work.script
        task = task_id(run, job_id, record.attempt, THIS_MACHINE)
        stream = Stream(run.id, job_id, record.attempt, THIS_MACHINE)
        runner = self._runners.on(THIS_MACHINE)
        async with LogWriter(self._store, self._clock, stream) as writer:
            order = Order(task, script)
            code = await see_through(runner, order, writer, self._clock, self._leaving)
        return replace(record, state=State.FAILED if code else State.OK, exit_code=code)


class RecordingCrew:
    """Implements worker.crew.Crew."""

    def __init__(self, post: Post, store: Store, engine: WalkingEngine, leaving: Leaving) -> None:
        self._post = post
        self._store = store
        self._engine = engine
        self._leaving = leaving

    async def recover(self) -> None:
        """Goes on with what is free."""
        await self._engine.recover()

    async def watch(self) -> None:
        """Takes up what is free later."""
        await self._engine.take_up()

    async def lead(self) -> None:
        """Writes down who leads."""
        with (Path(self._post.folder) / "leaders").open("a") as file:
            file.write(f"{self._post.name}\n")
        await asyncio.Event().wait()

    async def act(self, request: Request) -> Mapping[str, Json]:
        """Cancels."""
        assert request.verb is Verb.CANCEL
        await self._engine.cancel(RunId(request.subject))
        return {}

    @property
    def is_busy(self) -> bool:
        """Whether it walks a run."""
        return bool(self._engine.active)

    def let_go(self) -> None:
        """It was taken over."""
        self._leaving.is_on = True

    async def park(self) -> None:
        """Leaves its runs."""
        await self._engine.hand_over()


async def work(post: Post) -> int:
    """Works until it is told to stop."""
    clock = SystemClock()
    store = PostgresStore.open(post.url)
    links = SshLinks({})
    now = clock.now()
    me = Worker(
        WorkerId(post.name),
        post.machine,
        os.getpid(),
        "1",
        WorkerState.STARTING,
        now,
        now,
        engine=post.kind,
        labels=post.labels,
        place=f"{post.machine}:{post.spool}",
        processes=process_space(),
    )

    def build(found: Workspace, pulse: Pulse, worker: Worker) -> RecordingCrew:
        leaving = Leaving()
        direct = JobctlRunners(links, post.spool)
        runners = StandingRunners(direct, Standing(store, clock, worker.id))
        recorder = Recorder(post, store, runners, leaving)
        executor = Dispatch({RunCommand: recorder, BringUp: recorder})
        engine = team_engine_of(
            post.kind, post.url, store, executor, leaving, worker, changed=pulse.wait
        )
        return RecordingCrew(post, store, engine, leaving)

    reading = Reading(workspace(), (), "1")
    tools = Tools(
        store,
        clock,
        lambda: reading,
        lambda: "1",
        build,
        lambda other: is_gone(other, me),
        None,
        is_alone=False,
        labels=post.labels,
    )
    try:
        return await WorkerProcess(me, tools).run()
    finally:
        store.close()


if __name__ == "__main__":
    said = json.loads(sys.argv[1])
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    )
    sys.exit(asyncio.run(work(Post(**{**said, "labels": tuple(said["labels"])}))))
