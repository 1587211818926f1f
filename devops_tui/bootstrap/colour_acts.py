"""What the worker does with a colour when it is asked to: up, down, warm for longer."""

from __future__ import annotations

from collections.abc import Mapping

from devops_tui.bootstrap.repair_acts import Act
from devops_tui.bootstrap.wished import wished_colour
from devops_tui.domain.audit import Request, Verb
from devops_tui.domain.batches import HostCount
from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Json
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.engine import Engine
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services import colour_runs


class ColourActs:
    """Carries out SERVICE_UP, SERVICE_DOWN and SERVICE_KEEP."""

    def __init__(self, store: Store, clock: Clock, workspace: Workspace, engine: Engine) -> None:
        self._store = store
        self._clock = clock
        self._workspace = workspace
        self._engine = engine

    @property
    def table(self) -> Mapping[Verb, Act]:
        """The verbs with what does them."""
        return {
            Verb.SERVICE_UP: self._up,
            Verb.SERVICE_DOWN: self._down,
            Verb.SERVICE_KEEP: self._keep,
        }

    async def _up(self, request: Request) -> Mapping[str, Json]:
        run = colour_runs.bring_up(
            self._store,
            self._clock,
            self._workspace,
            request.subject,
            wished_colour(request.args.get("colour")),
            str(request.args.get("artifact") or ""),
            _batches(request.args.get("batches")),
            request.actor,
            request.why,
        )
        await self._engine.submit(run.id)
        return {"run_id": run.id}

    async def _down(self, request: Request) -> Mapping[str, Json]:
        run = colour_runs.take_down(
            self._store,
            self._clock,
            self._workspace,
            request.subject,
            wished_colour(request.args.get("colour")),
            request.actor,
            request.why,
        )
        await self._engine.submit(run.id)
        return {"run_id": run.id}

    async def _keep(self, request: Request) -> Mapping[str, Json]:
        seconds = request.args.get("seconds")
        service = self._workspace.service(request.subject)
        chosen = float(seconds) if isinstance(seconds, int | float) else service.keep_warm_s
        kept = colour_runs.keep(
            self._store,
            self._clock,
            self._workspace,
            request.subject,
            chosen,
            request.actor,
            request.why,
        )
        until = kept.warm_until
        return {"warm_until": until.isoformat() if until is not None else ""}


def _batches(value: Json) -> tuple[HostCount, ...]:
    """Raises Refused where it is no list of numbers of hosts."""
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(n, int) and n > 0 for n in value):
        raise Refused("no sizes of batches", "Give numbers of hosts, from 1.")
    return tuple(HostCount(size) for size in value)
