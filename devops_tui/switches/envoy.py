"""Envoy: two runtime keys, the weights of the colours, set in one request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from devops_tui.domain.errors import SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import EnvoyConfig
from devops_tui.domain.traffic import Colour, Service
from devops_tui.ports.switch import SwitchAbilities, SwitchReading
from devops_tui.ports.transport import Transport
from devops_tui.switches import envoy_runtime
from devops_tui.switches.admin_http import ask_admin
from devops_tui.switches.prepared import (
    Prepared,
    PreparedChanges,
    fence_or_zero,
    refuse_older,
    refuse_outcome,
)

_WHOLE = 100
_LOADS, _LOAD_PAUSE_S = 60, 0.05  # Envoy looks at its disk layer when the link has moved


def _clusters(config: EnvoyConfig, service: str) -> dict[Colour, str]:
    return {c: config.cluster.format(service=service, colour=c.value) for c in Colour}


def _keys(
    config: EnvoyConfig, service: str, to: Colour, fence: int | str, percent: int = _WHOLE
) -> dict[str, int | str]:
    weights: dict[str, int | str] = {
        f"{config.key}.{cluster}": percent if colour is to else _WHOLE - percent
        for colour, cluster in _clusters(config, service).items()
    }
    return weights | {f"{config.key}.fence": fence}


def _request(keys: Mapping[str, int | str]) -> str:
    parts = [f"{quote(name, safe='')}={value}" for name, value in keys.items()]
    return "/runtime_modify?" + "&".join(parts)


def envoy_plan(config: EnvoyConfig, service: str, to: Colour) -> tuple[str, ...]:
    """The exact requests of a change on each balancer; needs no link."""
    return (
        "GET /runtime?format=json",
        f"POST {_request(_keys(config, service, to, 'FENCE'))}",
        "GET /runtime?format=json",
        *(envoy_runtime.keep_lines(config.runtime) if config.runtime else ()),
    )


class EnvoySwitch:
    """Points a service at one colour through Envoy's runtime, weights that make 100.

    The fence is a third key of the same request. Envoy compares nothing: an older change is
    refused from here, by a look right before. What was set is gone after a restart, unless
    a disk layer keeps it: then it is written there too, and Envoy must say that it has it.

    Needs: `weighted_clusters` with `runtime_key_prefix`, an `admin_layer` as the runtime's last
    layer; flock there, where a disk layer keeps the colour.
    Cancel: harmless before commit; during commit read afterwards what serves.

    Raises:
        HostUnreachable: No link, or the admin endpoint did not answer (read again).
        SwitchRefused: A newer flip was committed, or Envoy said no; nothing changed.

    Source: Envoy documentation, "Administration interface", /runtime_modify.
    """

    def __init__(self, transport: Transport, config: EnvoyConfig, service: Service) -> None:
        self._transport = transport
        self._config = config
        self._service = service.name
        self._clusters = _clusters(config, service.name)
        self._changes = PreparedChanges(transport.host)
        self._changed: dict[str, Prepared] = {}

    @property
    def host(self) -> HostName:
        """The balancer."""
        return self._transport.host

    @property
    def abilities(self) -> SwitchAbilities:
        """What the configuration says of this kind."""
        return self._config.abilities

    async def read(self) -> SwitchReading:
        """The weights, and the counters of both clusters."""
        entries = await self._runtime()
        held = {name: entry.get("final_value", "") for name, entry in entries["entries"].items()}
        green = self._green_percent(held)
        kept = self._green_percent(envoy_runtime.kept_values(entries))
        is_kept = not self._config.runtime or kept == green
        counts = await self._counts()
        return SwitchReading(
            _colour_of(green),
            fence_or_zero(held.get(f"{self._config.key}.fence", 0)),
            armed=None if is_kept else _colour_of(kept),
            in_flight={c.value: counts.get(f"{c}.upstream_rq_active", 0) for c in Colour},
            requests={c.value: counts.get(f"{c}.upstream_rq_total", 0) for c in Colour},
            errors={c.value: counts.get(f"{c}.upstream_rq_5xx", 0) for c in Colour},
            green_percent=green,
        )

    async def unwired(self) -> str | None:
        """Whether a route takes its weights from the runtime."""
        told = json.dumps(await self._json("/config_dump"), separators=(",", ":"))
        if f'"runtime_key_prefix":{json.dumps(self._config.key)}' in told:
            return None
        return f"no route of Envoy has `runtime_key_prefix: {self._config.key}`"

    def plan(self, to: Colour) -> tuple[str, ...]:
        """The requests; FENCE is a number that is known when it happens."""
        return envoy_plan(self._config, self._service, to)

    async def prepare(self, to: Colour, fence: int) -> str:
        """Looks whether the change is newer than the last; changes nothing."""
        return await self.weigh(to, _WHOLE, fence)

    async def weigh(self, to: Colour, percent: int, fence: int) -> str:
        """Looks whether the change is newer than the last; changes nothing."""
        refuse_older(self.host, (await self.read()).fence, fence)
        return self._changes.add(Prepared(to, fence, percent=percent))

    async def commit(self, token: str) -> None:
        """All three keys in one request, read back, then kept on disk."""
        await self.look_again(token)
        await self.change(token)
        await self.keep(token)

    async def look_again(self, token: str) -> None:
        """Whether no newer change came since it was prepared."""
        change = self._changes.take(token)
        refuse_older(self.host, (await self.read()).fence, change.fence)
        self._changed[token] = change

    async def change(self, token: str) -> None:
        """All three keys in one request, read back."""
        change = self._changed[token]
        to, percent = change.to, change.percent
        path = _request(_keys(self._config, self._service, to, change.fence, percent))
        answer = await ask_admin(self._transport, self._config.admin, "POST", path)
        if answer.status != 200:
            raise SwitchRefused(
                f"{self.host}: Envoy said {answer.status}: {answer.text}",
                "Give the runtime an `admin_layer: {}`: `switch init` shows it.",
            )
        after = await self.read()
        if (after.green_percent, after.fence) != (to.green_percent(percent), change.fence):
            told = f"{after.serves or after.green_percent} (fence {after.fence})"
            raise refuse_outcome(self.host, told, change)

    async def keep(self, token: str) -> None:
        """Writes the keys into the disk layer, where there is one; Envoy must have read them."""
        change = self._changed.pop(token)
        if not self._config.runtime:
            return
        keys = _keys(self._config, self._service, change.to, change.fence, change.percent)
        wanted = {name: str(value) for name, value in keys.items()}
        fence_key = f"{self._config.key}.fence"
        await envoy_runtime.keep(self._transport, self._config.runtime, wanted, fence_key)
        for _ in range(_LOADS):
            kept = envoy_runtime.kept_values(await self._runtime())
            if {name: kept.get(name) for name in wanted} == wanted:
                return
            await asyncio.sleep(_LOAD_PAUSE_S)
        raise SwitchRefused(
            f"{self.host}: Envoy does not read {self._config.runtime}: a restart would lose it",
            "Give the runtime that disk layer, before the admin layer: `switch init` shows it.",
        )

    async def abandon(self, token: str) -> None:
        """Forgets it; nothing was changed."""
        self._changes.forget(token)
        self._changed.pop(token, None)

    async def _counts(self) -> dict[str, int]:
        path = "/stats?format=json&filter=" + quote(
            r"^cluster\..*\.(upstream_rq_active|upstream_rq_total|upstream_rq_5xx)$", safe=""
        )
        stats = (await self._json(path)).get("stats", [])
        told = [stat for stat in stats if isinstance(stat, dict)]
        values = {str(stat.get("name", "")): stat.get("value", 0) for stat in told}
        found: dict[str, int] = {}
        for colour, cluster in self._clusters.items():
            for what in ("upstream_rq_active", "upstream_rq_total", "upstream_rq_5xx"):
                found[f"{colour}.{what}"] = fence_or_zero(
                    values.get(f"cluster.{cluster}.{what}", 0)
                )
        return found

    async def _runtime(self) -> Any:
        told = await self._json("/runtime?format=json")
        entries = told.get("entries")
        if not isinstance(entries, dict) or not all(isinstance(e, dict) for e in entries.values()):
            raise SwitchRefused(
                f"{self.host}: what answers on `admin` is not Envoy's runtime",
                "Name Envoy's own admin endpoint as `admin:` of the switch.",
            )
        return told

    async def _json(self, path: str) -> Any:
        answer = await ask_admin(self._transport, self._config.admin, "GET", path)
        try:
            told = json.loads(answer.body)
        except ValueError:
            told = None
        if answer.status != 200 or not isinstance(told, dict):
            raise SwitchRefused(f"{self.host}: Envoy said {answer.status}: {answer.text}")
        return told

    def _green_percent(self, held: Mapping[str, Any]) -> int | None:
        return _green_percent(
            [
                str(held.get(f"{self._config.key}.{cluster}", ""))
                for cluster in self._clusters.values()
            ]
        )


def _colour_of(green_percent: int | None) -> Colour | None:
    return {0: Colour.BLUE, _WHOLE: Colour.GREEN}.get(
        -1 if green_percent is None else green_percent
    )


def _green_percent(weights: Sequence[str]) -> int | None:
    blue, green = weights
    if not (blue.isdecimal() and green.isdecimal()) or int(blue) + int(green) != _WHOLE:
        return None
    return int(green)
