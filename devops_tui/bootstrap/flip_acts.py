"""What the worker does with the traffic of a service when it is asked to."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from devops_tui.bootstrap.canary_acts import flip_by_canary
from devops_tui.bootstrap.repair_acts import Act
from devops_tui.bootstrap.wished import wished_colour
from devops_tui.domain.audit import Request, Verb
from devops_tui.domain.codec import encode
from devops_tui.domain.errors import DevopsError
from devops_tui.domain.event import Json
from devops_tui.domain.ids import FlipId, ServiceName
from devops_tui.domain.traffic import Flip
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.canaries import Canaries
from devops_tui.services.flip_bakes import FlipBakes
from devops_tui.services.flip_rules import refuse_forward
from devops_tui.services.flips import Flips
from devops_tui.services.glass import admit_flip

log = logging.getLogger(__name__)


class FlipActs:
    """Flips, goes back, and looks at the switches, by one version of the configuration."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        workspace: Workspace,
        flips: Flips,
        canaries: Canaries,
        bakes: FlipBakes,
    ) -> None:
        self._store = store
        self._clock = clock
        self._workspace = workspace
        self._flips = flips
        self._canaries = canaries
        self._bakes = bakes

    @property
    def table(self) -> Mapping[Verb, Act]:
        """The verbs with what does them."""
        return {
            Verb.FLIP: self._flip,
            Verb.UNDO: self._undo,
            Verb.CHECK_SWITCH: self._check_switch,
            Verb.REPAIR: self._repair,
        }

    async def _flip(self, request: Request) -> Mapping[str, Json]:
        glass = admit_flip(
            self._store,
            self._clock,
            self._workspace,
            request.subject,
            request.actor,
            request.why,
            breaks_glass=request.args.get("break_glass") is True,
        )
        is_watched = request.args.get("no_bake") is not True
        bake_s = self._workspace.service(request.subject).bake_s if is_watched else 0.0
        if request.args.get("canary") is True:
            told = await flip_by_canary(self._canaries, request, glass, bake_s)
            return {**told, **await self._bake(str(told["flip_id"]))}
        flip = await self._flips.flip(
            request.subject,
            wished_colour(request.args.get("to")),
            request.actor,
            request.why,
            expected_live=wished_colour(request.args.get("expected_live")),
            glass=glass,
            without=_names(request.args.get("without")),
            bake_s=bake_s,
        )
        return {**_outcome(flip), **await self._bake(flip.id)}

    async def _bake(self, flip_id: str) -> Mapping[str, Json]:
        """The run that watches the flip; where none could be begun, the leading worker does it."""
        try:
            run_id = await self._bakes.begin(FlipId(flip_id))
        except DevopsError as error:
            log.warning("%s is not watched yet: %s", flip_id, error)
            return {}
        return {} if run_id is None else {"bake_run": run_id}

    async def _undo(self, request: Request) -> Mapping[str, Json]:
        live = wished_colour(request.args.get("expected_live"))
        status = self._store.service_status(ServiceName(request.subject))
        if status.last_flip is not None:
            refused = refuse_forward(status, self._store.flip(status.last_flip))
            if refused is not None:
                raise refused
        return _outcome(
            await self._flips.undo(request.subject, request.actor, request.why, expected_live=live)
        )

    async def _repair(self, request: Request) -> Mapping[str, Json]:
        return _outcome(await self._flips.repair(request.subject, request.actor, request.why))

    async def _check_switch(self, request: Request) -> Mapping[str, Json]:
        return {"findings": encode(await self._flips.check(request.subject))}


def _names(value: Json) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list) else ()


def _outcome(flip: Flip) -> Mapping[str, Json]:
    return {"flip_id": flip.id, "state": flip.state.value, "live": flip.to_colour.value}
