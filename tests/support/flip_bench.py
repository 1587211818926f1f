"""One run with a flip and a watch over a shop, and what executes its jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.pipeline import Commit, Job, JobRun, Plan, Run, Stage, StageKind, State
from devops_tui.domain.work import FlipTraffic, WatchHealth
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.engine import JobExecutor, Leaving
from devops_tui.ports.transport import Runner
from devops_tui.services.jobs.flip import FlipJobs
from devops_tui.services.jobs.tools import JobTools
from devops_tui.services.jobs.watch import WatchJobs
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.transports.masker import Masker
from support.traffic import BLUE, SHOP, RealClock, Shop

RUN = RunId("shop-1")
VERSION = "1.1"  # what the green servers of a Shop say that they are


class NoRunners:
    """These jobs run no commands."""

    def on(self, host: HostName) -> Runner:
        raise AssertionError(f"a command on {host}")


class NoSecrets:
    """These jobs need no secrets."""

    async def resolve(self, reference: str) -> str:
        raise AssertionError(reference)


class Bench:
    """One run with a flip and a watch, and what executes them."""

    def __init__(self, shop: Shop, store: SqliteStore, watch: WatchHealth) -> None:
        self.shop = shop
        self.store = store
        jobs = (Job("flip", FlipTraffic(SHOP)), Job("watch", watch))
        self.plan = Plan(
            "shop",
            tuple(Stage(j.name, StageKind.RELEASE, (j,)) for j in jobs),
            Commit(VERSION, "totals", "sora"),
        )
        self.run = Run(RUN, 1, self.plan, State.RUNNING, datetime.now(UTC), "jun", "sprint 14")
        store.add_run(self.run)
        self.tools = JobTools(
            store, RealClock(), NoRunners(), shop.links, NoSecrets(), Masker, Leaving()
        )
        flips = shop.flips(store)
        workspace = Workspace("test", "/", services={SHOP: shop.service})
        self.flips = flips
        self.flip_jobs = FlipJobs(self.tools, flips)
        self.watch_jobs = WatchJobs(self.tools, flips, shop.switches, lambda: workspace)

    def brought_up(self) -> None:
        status = self.store.service_status(SHOP)
        self.store.save_service(replace(status, live=BLUE, versions={"green": VERSION}))

    async def flip(self, began: datetime | None = None) -> JobRun:
        return await self._execute(self.flip_jobs, "flip", began)

    async def watch(self, began: datetime | None = None) -> JobRun:
        return await self._execute(self.watch_jobs, "watch", began)

    async def _execute(self, jobs: JobExecutor, name: str, began: datetime | None) -> JobRun:
        job_id = JobId(f"{name}/{name}")
        job = self.plan.job(job_id)
        record = JobRun(RUN, job_id, State.RUNNING, started_at=began or datetime.now(UTC))
        return await jobs.execute(self.run, self.plan, job_id, job, record)

    def log(self) -> str:
        return b"".join(c.data for c in self.store.log(RUN, JobId("watch/watch"))).decode()

    def kinds(self) -> list[str]:
        return [event.kind for event in self.store.events(subject=SHOP)]
