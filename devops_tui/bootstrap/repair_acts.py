"""What the worker does about jobs that went wrong, when an operator asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from devops_tui.domain.audit import Request, Verb
from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Json
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.engine import Engine
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services import repairs, reruns

Act = Callable[[Request], Awaitable[Mapping[str, Json]]]


class RepairActs:
    """Carries out RERUN_JOB, RESOLVE, and a rerun by today's definition."""

    def __init__(self, store: Store, clock: Clock, workspace: Workspace, engine: Engine) -> None:
        self._store = store
        self._clock = clock
        self._workspace = workspace
        self._engine = engine

    @property
    def table(self) -> Mapping[Verb, Act]:
        """The verbs with what does them."""
        return {Verb.RERUN_JOB: self._rerun_job, Verb.RESOLVE: self._resolve}

    async def rerun_today(self, request: Request) -> Mapping[str, Json]:
        """See services.reruns.rerun_today."""
        run_id = RunId(request.subject)
        run = reruns.rerun_today(
            self._store, self._clock, self._workspace, run_id, request.actor, request.why
        )
        await self._engine.submit(run.id)
        return {"run_id": run.id}

    async def _rerun_job(self, request: Request) -> Mapping[str, Json]:
        run_id = RunId(request.subject)
        job_id = JobId(str(request.args.get("job") or ""))
        run = repairs.rerun_job(
            self._store, self._clock, run_id, job_id, request.actor, request.why
        )
        await self._engine.submit(run.id)
        return {"run_id": run.id}

    async def _resolve(self, request: Request) -> Mapping[str, Json]:
        verdict = str(request.args.get("as") or "")
        if verdict not in ("ok", "failed"):
            raise Refused(f"no verdict {verdict!r}", "There are: ok, failed.")
        run = repairs.resolve_lost(
            self._store,
            self._clock,
            self._workspace,
            RunId(request.subject),
            JobId(str(request.args.get("job") or "")),
            request.actor,
            request.why,
            is_ok=verdict == "ok",
        )
        await self._engine.submit(run.id)
        return {"run_id": run.id, "state": run.state.value}
