"""Caddy: a `vars` handler of the running configuration says which upstreams answer."""

from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from devops_tui.domain.errors import HostUnreachable, SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import CaddyConfig
from devops_tui.domain.traffic import Colour
from devops_tui.ports.switch import SwitchAbilities, SwitchReading
from devops_tui.ports.transport import Transport
from devops_tui.switches.admin_http import AdminAnswer, ask_admin
from devops_tui.switches.prepared import (
    Prepared,
    PreparedChanges,
    colour_or_none,
    fence_or_zero,
    refuse_older,
    refuse_outcome,
)

_LOST = 412  # somebody else changed it since it was read
_LIMIT_BYTES = 16 << 20
_LOOKS = 5  # Caddy replaces its admin endpoint at each change: a look may meet the old one


def caddy_plan(config: CaddyConfig, to: Colour) -> tuple[str, ...]:
    """The exact requests of a change on each balancer; needs no link."""
    body = f'{{"@id": "{config.id}", "handler": "vars", "colour": "{to}", "fence": "FENCE"}}'
    lines = (
        f"GET /id/{config.id}  (gives ETAG)",
        f"PATCH /id/{config.id}  If-Match: ETAG  {body}",
        f"GET /id/{config.id}",
    )
    if not config.file:
        return lines
    return (*lines, f"write {config.file}  (GET /config/; a start from it keeps {to})")


class CaddySwitch:
    """Points a service at one colour through one handler, changed in one request.

    The handler holds colour and fence together, so that If-Match keeps both from being
    overwritten by a change that was prepared before. Every other field of it is kept.

    Needs: Caddy >= 2.6 with a `vars` handler that has the `@id`; `--resume`, or `file`.
    Cancel: harmless before commit; during commit read afterwards what serves.

    Raises:
        HostUnreachable: No link, or the admin endpoint did not answer (read again).
        SwitchRefused: A newer flip was committed, or Caddy said no; nothing changed.

    Source: Caddy documentation, API, "Concurrent config changes", "Using @id in JSON".
    """

    def __init__(self, transport: Transport, config: CaddyConfig) -> None:
        self._transport = transport
        self._config = config
        self._path = f"/id/{config.id}"
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
        """What the running configuration says."""
        _, handler = await self._handler()
        return SwitchReading(
            colour_or_none(handler.get("colour")), fence_or_zero(handler.get("fence", 0))
        )

    async def unwired(self) -> str | None:
        """Whether a route looks at the colour that the handler holds."""
        answer = await self._look("/config/")
        self._check(answer)
        if b"http.vars.colour" in answer.body:
            return None
        return "no route of Caddy looks at {http.vars.colour}"

    async def armed(self) -> Colour | None:
        """The colour of the file that Caddy starts from, where it runs with another one."""
        if not self._config.file:
            return None
        asked = f"cat {shlex.quote(self._config.file)}\n"
        done = await self._transport.run(asked, timeout_s=10.0, limit_bytes=_LIMIT_BYTES)
        if done.exit_code != 0 or done.is_cut:
            return None  # it is not there, or not for us: `switch check` says so
        try:
            found = _handler_in(json.loads(done.stdout), self._config.id)
        except (ValueError, RecursionError):
            return None
        colour = colour_or_none(found.get("colour")) if found is not None else None
        _, running = await self._handler()
        return colour if colour is not colour_or_none(running.get("colour")) else None

    def plan(self, to: Colour) -> tuple[str, ...]:
        """The requests; ETAG and FENCE are known when it happens."""
        return caddy_plan(self._config, to)

    async def prepare(self, to: Colour, fence: int) -> str:
        """Reads the handler with its Etag; changes nothing."""
        etag, handler = await self._handler()
        refuse_older(self.host, fence_or_zero(handler.get("fence", 0)), fence)
        return self._changes.add(Prepared(to, fence, json.dumps([etag, handler])))

    async def commit(self, token: str) -> None:
        """One PATCH with If-Match; the handler is read back, the file is written."""
        change = self._changes.take(token)
        etag, handler = json.loads(change.base)
        wanted = {**handler, "colour": change.to.value, "fence": str(change.fence)}
        try:
            self._check(await self._patch(etag, wanted))
        except HostUnreachable:  # its answer may be lost though it was done
            _, after = await self._handler()
            if after != wanted:
                raise
        _, after = await self._handler()
        if after != wanted:
            raise refuse_outcome(self.host, _told(after), change)
        await self._write_file()

    async def abandon(self, token: str) -> None:
        """Forgets it; nothing was changed."""
        self._changes.forget(token)

    async def _handler(self) -> tuple[str, Mapping[str, Any]]:
        answer = await self._look(self._path)
        self._check(answer)
        try:
            handler = json.loads(answer.body)
        except ValueError:
            handler = None
        if not isinstance(handler, dict) or handler.get("handler") != "vars":
            raise SwitchRefused(
                f"{self.host}: `{self._config.id}` is no `vars` handler of Caddy",
                "Give the handler that holds the colour this @id: `switch init` shows it.",
            )
        return answer.headers.get("etag", ""), handler

    async def _patch(self, etag: str, handler: Mapping[str, Any]) -> AdminAnswer:
        body = json.dumps(handler).encode()
        return await self._ask("PATCH", self._path, body, {"If-Match": etag})

    async def _write_file(self) -> None:
        if not self._config.file:
            return
        answer = await self._look("/config/")
        self._check(answer)
        source = _temporary(answer.body)
        try:
            await self._transport.put(source, self._config.file, 0o640)
        finally:
            source.unlink(missing_ok=True)

    async def _look(self, path: str) -> AdminAnswer:
        for _ in range(_LOOKS):
            with suppress(HostUnreachable):
                return await self._ask("GET", path)
            await self._transport.connect()  # a link that is gone says so here
        return await self._ask("GET", path)

    async def _ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> AdminAnswer:
        return await ask_admin(
            self._transport, self._config.admin, method, path, body=body, headers=headers
        )

    def _check(self, answer: AdminAnswer) -> None:
        if answer.status == 200:
            return
        hint = "Look at what Caddy logged." if answer.status >= 500 else "Look at `switch check`."
        if answer.status == _LOST:
            hint = "Another flip was committed first: look at what serves now."
        if "unknown object ID" in answer.text:
            hint = "Give the handler that holds the colour this @id: `switch init` shows it."
        raise SwitchRefused(f"{self.host}: Caddy said {answer.status}: {answer.text}", hint)


def _handler_in(config: object, name: str) -> Mapping[str, Any] | None:
    """The object of a configuration that bears this @id."""
    inner: list[object] = []
    if isinstance(config, dict):
        if config.get("@id") == name:
            return config
        inner = list(config.values())
    elif isinstance(config, list):
        inner = config
    found = (_handler_in(part, name) for part in inner)
    return next((handler for handler in found if handler is not None), None)


def _told(handler: Mapping[str, Any]) -> str:
    return f"{handler.get('colour')} (fence {handler.get('fence')})"


def _temporary(data: bytes) -> Path:
    with tempfile.NamedTemporaryFile("wb", delete=False) as file:
        file.write(data)
    return Path(file.name)
