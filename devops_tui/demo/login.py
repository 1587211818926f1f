"""A login on a demo host for the maker of the world: runs scripts and copies files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh

from devops_tui.demo.plan import LOOPBACK, WorldPlan
from devops_tui.domain.errors import CommandFailed


class Login:
    """One connection, with the host's key checked and the operator's key shown."""

    def __init__(self, host: str, connection: asyncssh.SSHClientConnection) -> None:
        self._host = host
        self._connection = connection

    async def run(self, script: str) -> bytes:
        """Runs POSIX sh and returns what it printed.

        Raises:
            CommandFailed: The exit code was not 0; the hint is the end of stderr.
        """
        ended = await self._connection.run(
            "exec sh -s", input=script.encode() + b"\n", encoding=None, timeout=60
        )
        output, errors = _raw(ended.stdout), _raw(ended.stderr)
        if ended.exit_status != 0:
            code = ended.exit_status if ended.exit_status is not None else -1
            said = (errors or output)[-400:].decode("utf-8", "replace").strip()
            raise CommandFailed(f"a command on {self._host} ended with {code}", code, said)
        return output

    async def put(self, source: Path, target: str) -> None:
        """Copies a file to a path below the host's home."""
        async with self._connection.start_sftp_client() as sftp:
            await sftp.put(str(source), target)


def _raw(data: bytes | str | None) -> bytes:
    return data.encode() if isinstance(data, str) else data or b""


@asynccontextmanager
async def login(plan: WorldPlan, host: str) -> AsyncIterator[Login]:
    """Logs in on a host of the world.

    Raises:
        OSError, asyncssh.Error: The host is not there, or is not the one we know.
    """
    async with asyncssh.connect(
        LOOPBACK,
        plan.host_ports[host],
        username="operator",
        client_keys=[str(plan.client_key)],
        known_hosts=str(plan.known_hosts),
        config=None,
        agent_path=None,
        gss_host=None,
        connect_timeout=10,
        login_timeout=15,
    ) as connection:
        yield Login(host, connection)
