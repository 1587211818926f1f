"""Asks for what a watch looks at beside health: alerts of its hosts, and PromQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.incident import Incident
from devops_tui.domain.traffic import Colour, Service
from devops_tui.domain.watching import MetricQuery, Sign
from devops_tui.ports.store import Store

Ask = Callable[[MetricQuery], Awaitable[Sequence[float]]]

_OPENED_BY = ("alert:", "tool:")
_PATIENCE_S = 5.0
_INCIDENTS = 1000


class Signs:
    """Looks once for a service; what cannot be asked is unknown, never well."""

    def __init__(self, store: Store, ask: Ask) -> None:
        self._store = store
        self._ask = ask

    async def look(self, service: Service, colour: Colour, since: datetime) -> tuple[Sign, ...]:
        """The signs of `colour`; alerts count that opened after `since`."""
        asked = await asyncio.gather(*map(self._answer, service.watch.queries))
        if not service.watch.alerts:
            return tuple(asked)
        return (*self._alerts(service, colour, since), *asked)

    def _alerts(self, service: Service, colour: Colour, since: datetime) -> list[Sign]:
        hosts = frozenset(map(str, service.colours[colour].hosts))
        found = self._store.incidents(open_only=True, limit=_INCIDENTS)
        return [
            Sign(i.fingerprint, True, f"{i.title} ({i.id})", is_certain=True)
            for i in found
            if _is_alert(i) and i.host in hosts and i.opened_at >= since
        ]

    async def _answer(self, query: MetricQuery) -> Sign:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return query.judge(await self._ask(query))
        except TimeoutError:
            why = f"{query.tool} did not answer within {_PATIENCE_S:g} s"
        except DevopsError as error:
            why = f"{query.tool}: {error.title}"
        return Sign(query.query, None, why)


def _is_alert(incident: Incident) -> bool:
    return incident.fingerprint.startswith(_OPENED_BY)
