"""Canaries: a new colour gets its requests share by share, each watched before the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.ids import RunId
from devops_tui.domain.traffic import Colour, Flip, FlipState, Service
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.switch import Switch
from devops_tui.ports.transport import Links
from devops_tui.services.flips import Flips
from devops_tui.services.observation import Observer
from devops_tui.services.watch_signs import Signs
from devops_tui.services.watch_verdict import WatchVerdict

HEALTH = "health"
_MAX_ERROR_RATIO = 0.01
_MOST_INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True)
class CanaryEnd:
    """How far a canary came.

    Attributes:
        flip: The last change that was made for it; None when none was.
        held: Why it stands where it is and asks a person; empty when it ended.
        went_back: Why its colour was left again; empty when it was not.
    """

    flip: Flip | None
    held: str = ""
    went_back: str = ""


class Canaries:
    """Walks the shares of a service's `canary`; the last one is an ordinary flip.

    Between two shares nothing is unfinished: every balancer gives the named share, and
    anybody may go back. Called again it goes on after the share that is given.

    Cancel: a share that is being given is brought to its end; it stays as it is.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        links: Links,
        switches: Callable[[Service], Sequence[Switch]],
        services: Mapping[str, Service],
        flips: Flips,
        signs: Signs | None = None,
    ) -> None:
        self._signs = signs
        self._store = store
        self._clock = clock
        self._links = links
        self._switches = switches
        self._services = services
        self._flips = flips

    def has(self, name: str) -> bool:
        """Whether the service is released share by share."""
        service = self._services.get(name)
        return service is not None and bool(service.canary)

    async def walk(
        self,
        name: str,
        actor: str,
        why: str,
        *,
        run_id: RunId | None = None,
        glass: str = "",
        bake_s: float = 0.0,
    ) -> CanaryEnd:
        """Gives share after share; back to the serving colour by itself where one is not well.

        `bake_s` is for the last share: see `Flips.flip`.

        Raises:
            NotFound: There is no such service.
            Refused: It has no canary, or a change may not begin.
        """
        service = self._service(name)
        status = self._store.service_status(service.name)
        if status.live is None:
            raise Refused("nobody knows which colour serves", "Wait until it was read.")
        to, held = status.live.other, status.canary
        flip: Flip | None = None
        if held:  # whoever walked it before is gone: it is watched again before it goes on
            ended = await self._watch(service, to, held)
            if ended is not None:
                return ended
        for percent in service.canary:
            if percent <= held:
                continue
            if percent == 100:
                flip = await self._flips.flip(
                    name,
                    to,
                    actor,
                    why,
                    run_id=run_id,
                    glass=glass,
                    expected_live=to.other,
                    bake_s=bake_s,
                )
                self._show_until(service, None)
                return CanaryEnd(flip)
            flip = await self._flips.weigh(
                name, percent, actor, why, held=held, run_id=run_id, glass=glass
            )
            if flip.state is not FlipState.DONE:
                self._show_until(service, None)
                return CanaryEnd(flip)
            held = percent
            ended = await self._watch(service, to, held)
            if ended is not None:
                return replace(ended, flip=ended.flip or flip)
        return CanaryEnd(flip)

    async def _watch(self, service: Service, to: Colour, percent: int) -> CanaryEnd | None:
        """Looks at the new colour for a while; None when the next share may be given."""
        until = self._clock.now() + timedelta(seconds=service.canary_step_s)
        self._show_until(service, until)
        is_over = True
        try:
            verdict = await self._look(service, to, percent, until)
            is_over = verdict is None or bool(verdict.broken or verdict.in_doubt)
        finally:
            if is_over:  # else the next share follows at once
                self._show_until(service, None)
        if verdict is None:
            return CanaryEnd(None, went_back="somebody changed it while it was watched")
        if verdict.broken:
            return await self._go_back(service, f"canary at {percent} %: {verdict.broken}")
        if verdict.in_doubt:
            return CanaryEnd(None, held=f"it stays at {percent} %: {verdict.in_doubt}")
        return None

    async def _look(
        self, service: Service, to: Colour, percent: int, until: datetime
    ) -> WatchVerdict | None:
        version = self._store.service_status(service.name).versions.get(to, "")
        verdict = WatchVerdict(to, _MAX_ERROR_RATIO, version)
        observer = Observer(self._links, self._clock, self._switches, service)
        began = self._clock.now()
        while True:
            seen = await observer.look()
            if self._signs is not None:
                seen = replace(seen, signs=await self._signs.look(service, to, began))
            verdict.take(seen)
            status = self._store.service_status(service.name)
            if (status.live, status.canary) != (to.other, percent):
                return None
            is_over = self._clock.now() >= until and not verdict.is_doubtful
            if verdict.broken or is_over:
                return verdict
            await self._clock.sleep(min(service.health.interval_s, _MOST_INTERVAL_S))

    async def _go_back(self, service: Service, why: str) -> CanaryEnd:
        back = await self._flips.undo(service.name, HEALTH, why)
        now = self._clock.now()
        data = {"flip": back.id, "to": back.to_colour.value}
        self._store.append(Event("flip.reverted", service.name, now, HEALTH, why, data))
        return CanaryEnd(back, went_back=why)

    def _show_until(self, service: Service, until: datetime | None) -> None:
        with self._store.transaction():
            status = self._store.service_status(service.name)
            if status.watching_until != until:
                self._store.save_service(replace(status, watching_until=until))

    def _service(self, name: str) -> Service:
        service = self._services.get(name)
        if service is None:
            raise NotFound(f"no service {name}", "Look at the workspace's services.")
        if not service.canary:
            raise Refused(
                f"{name} has no canary", "Write `canary: [1, 5, 25, 50, 100]` in the service."
            )
        return service
