"""Watches all services for as long as the worker lives, and writes what it sees."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from devops_tui.domain.errors import DevopsError, StoreError
from devops_tui.domain.event import Event
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Balancer, Colour, ServerHealth, Service, ServiceStatus
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.switch import Switch
from devops_tui.ports.transport import Links
from devops_tui.services.balancers import Balancers
from devops_tui.services.flip_rules import running_lease
from devops_tui.services.observation import Observation, Observer
from devops_tui.services.quick_look import PATIENCE_S, changed, may_look_often, meanwhile

_WRITE_S = 5.0

log = logging.getLogger(__name__)


class HealthWatch:
    """Looks at every service each `HealthCheck.interval_s` seconds.

    Writes the fields of ServiceStatus that it owns: servers, balancers, observed_at, and
    `live` when nobody knows it yet; when something visible changed, else every 5 s.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        links: Links,
        switches: Callable[[Service], Sequence[Switch]],
        services: Mapping[str, Service],
    ) -> None:
        self._store = store
        self._clock = clock
        self._services = tuple(services.values())
        self._observers = {s.name: Observer(links, clock, switches, s) for s in self._services}
        self._known: dict[tuple[str, HostName, Colour], bool] = {}
        self._drift: dict[str, str | None] = {}
        self._switches = switches
        self._overtaken: set[str] = set()
        for service in self._services:
            self._recall(store.service_status(service.name))

    async def watch(self) -> None:
        """Looks until cancelled."""
        async with asyncio.TaskGroup() as group:
            for service in self._services:
                group.create_task(self._watch(service))

    async def look(self, service: Service) -> ServiceStatus:
        """One look at one service; what is stored afterwards.

        What balancers said while a flip went on counts for nothing: it may be older than
        the colour that serves since.

        Raises:
            StoreError: It could not be written; the next look writes it.
        """
        before = self._store.service_status(service.name)
        self._overtaken.discard(service.name)
        seen = await self._observers[service.name].look()
        with self._store.transaction():
            old = self._store.service_status(service.name)
            is_old = _is_old(before, old) or service.name in self._overtaken
            new = _merged(old, seen)
            if is_old or running_lease(self._store, self._clock, service.name) is not None:
                self._observers[service.name].forget_files()
            if is_old:
                new = replace(new, balancers=old.balancers)
            self._say_health(service, new)
            self._say_drift(service, new)
            if _is_worth_writing(old, new):
                self._store.save_service(new)
        return new

    async def _watch(self, service: Service) -> None:
        look = partial(self._look_quickly, service) if may_look_often(service) else _look_at_nothing
        while True:
            await meanwhile(self._look(service), look)
            await meanwhile(self._pause(service), look)

    async def _look(self, service: Service) -> None:
        try:
            await self.look(service)
        except StoreError as error:
            log.warning("%s was seen but not written: %s", service.name, error)

    async def _pause(self, service: Service) -> None:
        await self._clock.sleep(service.health.interval_s)

    async def _look_quickly(self, service: Service) -> None:
        """At the balancers alone; what a slower look has read before counts no more then."""
        try:
            before = self._store.service_status(service.name)
            readings = await Balancers(self._switches(service)).read(PATIENCE_S)
            with self._store.transaction():
                old = self._store.service_status(service.name)
                told = changed(old, readings, self._clock.now())
                is_busy = running_lease(self._store, self._clock, service.name) is not None
                if told is None or is_busy or _is_old(before, old):
                    return
                new = replace(old, balancers=tuple(told))
                self._overtaken.add(service.name)
                self._say_drift(service, new)
                self._store.save_service(new)
        except DevopsError as error:
            log.warning("%s was not looked at: %s", service.name, error)

    def _recall(self, status: ServiceStatus) -> None:
        """What was said before a restart is not said again."""
        for server in status.servers:
            if server.is_healthy is not None:
                self._known[(status.name, server.host, server.colour)] = server.is_healthy
        self._drift[status.name] = status.drift()

    def _say_health(self, service: Service, status: ServiceStatus) -> None:
        for server in status.servers:
            if server.is_healthy is None:
                continue
            key = (service.name, server.host, server.colour)
            before = self._known.get(key)
            self._known[key] = server.is_healthy
            if before is None and server.is_healthy:
                continue  # well from the first look on: nothing changed
            if before is not server.is_healthy:
                self._say("service.health_changed", service, server.why, _facts(server))

    def _say_drift(self, service: Service, status: ServiceStatus) -> None:
        if running_lease(self._store, self._clock, service.name) is not None:
            return  # a flip is under way: balancers differ for a moment
        drift = status.drift()
        if drift is not None and self._drift.get(service.name) is None:
            self._say("service.drifted", service, drift, {"live": status.live})
        self._drift[service.name] = drift

    def _say(self, kind: str, service: Service, why: str, data: Mapping[str, Any]) -> None:
        self._store.append(Event(kind, service.name, self._clock.now(), "health", why, dict(data)))


def _is_old(before: ServiceStatus, now: ServiceStatus) -> bool:
    """Whether a flip ended in between: what was read meanwhile counts for nothing."""
    return (now.fence, now.live, now.canary) != (before.fence, before.live, before.canary)


async def _look_at_nothing() -> None:
    return


def _merged(old: ServiceStatus, seen: Observation) -> ServiceStatus:
    earlier = {balancer.host: balancer for balancer in old.balancers}
    balancers = tuple(_with_last_answers(earlier.get(b.host), b) for b in seen.balancers)
    live = old.live if old.live is not None else seen.serves
    return replace(old, live=live, servers=seen.servers, balancers=balancers, observed_at=seen.at)


def _with_last_answers(old: Balancer | None, new: Balancer) -> Balancer:
    if old is None:
        return new
    since = new.silent_since and (old.silent_since or new.silent_since)
    told = {**old.last_answer_at, **new.last_answer_at}
    return replace(new, last_answer_at=told, silent_since=since)


def _is_worth_writing(old: ServiceStatus, new: ServiceStatus) -> bool:
    if old.observed_at is None or new.observed_at is None:
        return True
    is_old = (new.observed_at - old.observed_at).total_seconds() >= _WRITE_S
    return is_old or _visible(old) != _visible(new)


def _visible(status: ServiceStatus) -> tuple[object, ...]:
    """What a person sees change: no moments, no milliseconds."""
    servers = tuple((s.host, s.colour, s.is_healthy, s.version, s.why) for s in status.servers)
    balancers = tuple(
        (
            b.host,
            b.serves,
            dict(b.in_flight),
            {c: round(n) for c, n in b.requests_per_s.items()},
            None if b.error_ratio is None else round(b.error_ratio, 4),
            b.why,
            b.armed,
            b.green_percent,
        )
        for b in status.balancers
    )
    return (status.live, servers, balancers)


def _facts(server: ServerHealth) -> dict[str, Any]:
    return {
        "host": server.host,
        "colour": server.colour.value,
        "is_healthy": server.is_healthy,
        "version": server.version,
    }
