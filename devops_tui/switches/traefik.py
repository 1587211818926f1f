"""Traefik: a file of its file provider holds one weighted service."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from devops_tui.domain.errors import SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import TraefikConfig
from devops_tui.domain.traffic import Colour, Service
from devops_tui.ports.switch import SwitchAbilities, SwitchReading
from devops_tui.ports.transport import Transport
from devops_tui.switches.admin_http import ask_admin
from devops_tui.switches.prepared import Prepared, PreparedChanges, fence_or_zero, refuse_outcome
from devops_tui.switches.scripted import LOCKED, NEWER, run_script

_LOADS = 80  # looks for the new weights, 50 ms apart: Traefik waits up to two seconds itself

_LOOK = """
dir=${file%/*}
held() { sed -n 's/^# fence \\([0-9]*\\)$/\\1/p' "$file" 2>/dev/null | head -n 1; }
"""

_PREPARE = f"""
{LOCKED}
held=$(held)
[ "${{held:-0}}" -le "$fence" ] || {{ echo "$held" >&2; exit {NEWER}; }}
"""

# A rename: an emptied file would be read in the middle, and every request answered with 404.
_COMMIT = f"""
{_PREPARE}
printf '%s' "$text" >"$file.new" && mv -f "$file.new" "$file" || exit 1
sync "$file" 2>/dev/null || :
"""


def traefik_text(
    config: TraefikConfig, service: str, to: Colour, fence: int | str, percent: int = 100
) -> str:
    """The whole file for one colour, or for a share of it.

    Its second service passes nothing on: its weight is the number of the change, so that the
    API says which file is loaded.
    """
    given = {to: percent, to.other: 100 - percent} if percent < 100 else {to: 1, to.other: 0}
    weights = "".join(
        f"          - name: {config.backend.format(service=service, colour=colour.value)}\n"
        f"            weight: {given[colour]}\n"
        for colour in Colour
    )
    return (
        f"# fence {fence}\nhttp:\n  services:\n    {config.service}:\n"
        f"      weighted:\n        services:\n{weights}"
        f"    {_fence_name(config)}:\n      weighted:\n        services:\n"
        f"          - name: {config.backend.format(service=service, colour=to.value)}\n"
        f"            weight: {fence}\n"
    )


def _fence_name(config: TraefikConfig) -> str:
    return f"{config.service}-fence"


def traefik_plan(config: TraefikConfig, service: str, to: Colour) -> tuple[str, ...]:
    """The exact commands of a change on each balancer; needs no link."""
    file = shlex.quote(config.file)
    text = traefik_text(config, service, to, "FENCE").strip().splitlines()
    return (
        f"flock {file}.lock",
        *(f"> {file}  {line}" for line in text),
        f"GET /api/http/services/{config.service}@file on port {config.api} until it is loaded",
    )


class TraefikSwitch:
    """Points a service at one colour through a file that Traefik watches.

    The file is ours alone. The commit ends when Traefik's API shows its number and its
    weights: until then the old colour serves and the file is armed.

    Needs: the file provider with `watch`, the API on a port of 127.0.0.1, flock there.
    Cancel: harmless before commit; during commit read afterwards what serves.

    Raises:
        HostUnreachable: No link, or the API did not answer (read again).
        SwitchRefused: A newer flip was committed, or Traefik did not take the file.

    Source: Traefik documentation, "File provider", "Weighted round robin".
    """

    def __init__(self, transport: Transport, config: TraefikConfig, service: Service) -> None:
        self._transport = transport
        self._config = config
        self._service = service.name
        self._names = {
            config.backend.format(service=service.name, colour=c.value): c for c in Colour
        }
        self._changes = PreparedChanges(transport.host)

    @property
    def host(self) -> HostName:
        """The balancer."""
        return self._transport.host

    @property
    def abilities(self) -> SwitchAbilities:
        """What the configuration says of this kind."""
        return self._config.abilities

    async def read(self) -> SwitchReading:
        """What Traefik has loaded; the file tells the fence, and what it would load."""
        fence, in_file = await self._file()
        loaded = await self._loaded()
        armed = _whole(in_file) if in_file != loaded else None
        return SwitchReading(_whole(loaded), fence, armed=armed, green_percent=loaded)

    async def unwired(self) -> str | None:
        """Whether a router sends to the weighted service."""
        service = self._config.service
        answer = await ask_admin(self._transport, self._config.api, "GET", "/api/http/routers")
        try:
            routers = json.loads(answer.body)
            named = {str(router["service"]).removesuffix("@file") for router in routers}
        except (ValueError, KeyError, TypeError):
            raise SwitchRefused(
                f"{self.host}: Traefik's API said {answer.status}: {answer.text}"
            ) from None
        return None if service in named else f"no router of Traefik sends to `{service}`"

    def plan(self, to: Colour) -> tuple[str, ...]:
        """The commands; FENCE is a number that is known when it happens."""
        return traefik_plan(self._config, self._service, to)

    async def prepare(self, to: Colour, fence: int) -> str:
        """Checks that the file may be written and holds no newer change."""
        return await self.weigh(to, 100, fence)

    async def weigh(self, to: Colour, percent: int, fence: int) -> str:
        """Checks that the file may be written and holds no newer change."""
        await self._run(_PREPARE, fence=fence)
        return self._changes.add(Prepared(to, fence, percent=percent))

    async def commit(self, token: str) -> None:
        """Writes the file under its lock, then waits until Traefik has loaded it."""
        change = self._changes.take(token)
        share = change.to.green_percent(change.percent)
        text = traefik_text(self._config, self._service, change.to, change.fence, change.percent)
        await self._run(_COMMIT, fence=change.fence, text=text)
        for _ in range(_LOADS):
            # a file from before that is loaded only now may have the same weights
            if await self._loaded_fence() == change.fence and await self._loaded() == share:
                break
            await self._run("sleep 0.05\n")
        after = await self.read()
        if (after.green_percent, after.fence) != (share, change.fence):
            told = f"{after.serves or after.green_percent} (fence {after.fence})"
            raise refuse_outcome(self.host, told, change)

    async def abandon(self, token: str) -> None:
        """Forgets it; nothing was changed."""
        self._changes.forget(token)

    async def _file(self) -> tuple[int, int | None]:
        """The fence, and green's share in percent where the file is as we write it."""
        told = await self._run('cat "$file" 2>/dev/null || :\n')
        first, _, _ = told.partition("\n")
        fence = fence_or_zero(first.removeprefix("# fence "))
        for percent in range(1, 101):
            for colour in Colour:
                if told == traefik_text(self._config, self._service, colour, fence, percent):
                    return fence, colour.green_percent(percent)
        return fence, None

    async def _loaded(self) -> int | None:
        """Green's share of what Traefik passes on, in percent; None where it cannot be told."""
        weights = await self._weights(self._config.service)
        return None if weights is None else self._green_percent(weights)

    async def _loaded_fence(self) -> int | None:
        """The number of the change whose file is loaded; None where it says none."""
        weights = await self._weights(_fence_name(self._config))
        return max(weights.values(), default=None) if weights is not None else None

    async def _weights(self, service: str) -> Mapping[str, int] | None:
        """By name of the service that gets it; None where Traefik knows no such service."""
        path = f"/api/http/services/{service}@file"
        answer = await ask_admin(self._transport, self._config.api, "GET", path)
        if answer.status == 404:
            return None
        try:
            told = json.loads(answer.body)
            services = told["weighted"]["services"]
            return {str(s["name"]).split("@")[0]: int(s.get("weight", 1)) for s in services}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise SwitchRefused(
                f"{self.host}: Traefik's API said {answer.status}: {answer.text}",
                f"`{service}` must be a weighted service of the file provider.",
            ) from None

    def _green_percent(self, weights: Mapping[str, int]) -> int | None:
        given = {self._names.get(name): weight for name, weight in weights.items() if weight > 0}
        if not given or None in given:
            return None
        return round(100 * given.get(Colour.GREEN, 0) / sum(given.values()))

    async def _run(self, script: str, **values: object) -> str:
        given = {"file": self._config.file, **values}
        return await run_script(self._transport, given, f"{_LOOK}{script}")


def _whole(green_percent: int | None) -> Colour | None:
    return None if green_percent is None else {0: Colour.BLUE, 100: Colour.GREEN}.get(green_percent)
