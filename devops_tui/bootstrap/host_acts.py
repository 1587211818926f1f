"""What the worker does on hosts when an operator asks by hand."""

from __future__ import annotations

from collections.abc import Mapping

from devops_tui.bootstrap.repair_acts import Act
from devops_tui.domain.audit import Request, Verb
from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Json
from devops_tui.domain.host_command import HostCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.engine import Engine
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services import host_commands


class HostActs:
    """Carries out EXEC."""

    def __init__(self, store: Store, clock: Clock, workspace: Workspace, engine: Engine) -> None:
        self._store = store
        self._clock = clock
        self._workspace = workspace
        self._engine = engine

    @property
    def table(self) -> Mapping[Verb, Act]:
        """The verbs with what does them."""
        return {Verb.EXEC: self._exec}

    async def _exec(self, request: Request) -> Mapping[str, Json]:
        try:
            command = HostCommand.of(request.args)
        except ValueError as error:
            raise Refused(f"this request is no command: {error}") from None
        armed = request.args.get("armed")
        run = host_commands.start(
            self._store,
            self._clock,
            self._workspace,
            command,
            request.actor,
            request.why,
            [str(name) for name in armed] if isinstance(armed, list) else [],
        )
        await self._engine.submit(run.id)
        return {"run_id": run.id}
