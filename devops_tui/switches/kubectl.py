"""Runs kubectl on the host that has it, and tells its errors in our words."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from devops_tui.domain.cloud_switching import KubernetesConfig
from devops_tui.domain.errors import (
    CommandFailed,
    CommandTimedOut,
    DevopsError,
    HostUnreachable,
    LoginRefused,
    SwitchRefused,
)
from devops_tui.domain.ids import HostName
from devops_tui.ports.transport import Transport

_REASON = re.compile(r"Error from server \((\w+)\)")
_NO_PROGRAM = 127
_TIMEOUT_S = 10.0
_ANSWER_S = 5
_LIMIT_BYTES = 8 << 20
_LOOK = "It may have done what it was told: look."
_BUSY = frozenset({"InternalError", "ServerTimeout", "ServiceUnavailable", "Timeout"})
_UNREACHED = (
    "Unable to connect to the server",
    "was refused - did you specify",
    "net/http",
    "i/o timeout",
    "context deadline exceeded",
    "EOF",
    "TLS handshake",
)


class Kubectl:
    """One context and namespace of one kubeconfig.

    The kubeconfig stays where it is, and so do its credentials: only names and what is
    asked for are in the words of a command.

    Cancel: ends the program; what the API server does with its request is then unknown.
    """

    def __init__(self, transport: Transport, config: KubernetesConfig, host: HostName) -> None:
        self._transport = transport
        self._host = host
        self._program = config.kubectl
        self._common = ("--context", config.clusters[host], "--namespace", config.namespace)

    def line(self, *words: str) -> str:
        """The command as it is sent."""
        return f"{self._program} {shlex.join((*self._common, *words))}"

    async def json(self, *words: str) -> Mapping[str, Any]:
        """The object that it prints; raises as `text` does."""
        told = await self.text(*words, "--output", "json")
        try:
            found = json.loads(told)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise HostUnreachable(f"{self._host}: kubectl did not print an object", _LOOK)
        return found

    async def may(self, verb: str, resource: str) -> bool:
        """Whether the API server would let us."""
        answer = await self._run("auth", "can-i", verb, resource)
        told = answer[1].strip()
        if told not in ("yes", "no"):
            raise self._failure(*answer)
        return told == "yes"

    async def text(self, *words: str) -> str:
        """What it prints.

        Raises:
            HostUnreachable: No link, or the API server does not answer: it may be done.
            LoginRefused: No credentials, or they do not allow it: not done.
            SwitchRefused: The API server or kubectl said no: not done.
            CommandFailed: It ended badly in a way that is not known.
        """
        code, out, said = await self._run(*words)
        if code != 0:
            raise self._failure(code, out, said)
        return out

    async def _run(self, *words: str) -> tuple[int | None, str, str]:
        asked = self.line(*words, f"--request-timeout={_ANSWER_S}s")
        try:
            done = await self._transport.run(
                f"exec {asked}\n", timeout_s=_TIMEOUT_S, limit_bytes=_LIMIT_BYTES
            )
        except CommandTimedOut as error:
            raise HostUnreachable(f"{self._host}: {error.title}", _LOOK) from None
        return done.exit_code, _text(done.stdout), _text(done.stderr)

    def _failure(self, code: int | None, _out: str, said: str) -> DevopsError:
        lines = [line for line in said.strip().splitlines() if line.strip()]
        last = lines[-1][:300] if lines else "it said nothing"
        told = f"{self._host}: {last}"
        found = _REASON.search(said)
        reason = found[1] if found else ""
        if code is None:
            return HostUnreachable(f"{self._host}: the link broke", _LOOK)
        if code == _NO_PROGRAM:
            return SwitchRefused(
                f"{self._transport.host} has no `{self._program}`",
                "Install kubectl there, or name it as `kubectl:` of the switch.",
            )
        if reason == "Conflict":
            return SwitchRefused(
                f"{self._host}: somebody else changed the Service in this moment",
                "Look at what serves now, then flip again.",
            )
        if reason in ("Forbidden", "Unauthorized") or "You must be logged in" in said:
            return LoginRefused(told, "`devops-tui switch init` prints the role that is needed.")
        if reason == "TooManyRequests":
            return HostUnreachable(told, "Nothing was done: try again.")
        if reason in _BUSY or any(words in said for words in _UNREACHED):
            return HostUnreachable(told, _LOOK)
        if reason or last.startswith(("error:", "Error in configuration", "The Service")):
            return SwitchRefused(told, "Look at `switch:` in devops.yaml, and at `switch check`.")
        return CommandFailed(told, code)


def items(found: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The objects of a list."""
    listed: Sequence[Mapping[str, Any]] = found.get("items") or ()
    return listed


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
