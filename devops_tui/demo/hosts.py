"""A demo host: an SSH server on loopback that runs real commands in a home of its own."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import asyncssh

from devops_tui.demo import processes
from devops_tui.demo.commands import CommandRunner
from devops_tui.demo.plan import LOOKED_AT, LOOPBACK, HostPlan

_LOOKED_AT_EVERY_S = 5.0


class _Visits(asyncssh.SSHServer):
    """Who may come in, what for, and how many are here."""

    def __init__(self, here: set[_Visits]) -> None:
        self._here = here

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        del conn
        self._here.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._here.discard(self)

    def password_auth_supported(self) -> bool:
        return False

    def kbdint_auth_supported(self) -> bool:
        return False

    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> bool:
        """Lets through to this machine's own ports only."""
        return dest_host in {LOOPBACK, "::1", "localhost"}

    def unix_connection_requested(self, dest_path: str) -> bool:
        """Lets through to any socket that the user could open anyway."""
        return True


def run_host(plan: HostPlan, report: Callable[[str], None]) -> int:
    """Serves until TERM; the whole life of a host process; returns its exit code.

    Args:
        plan: Who it is.
        report: Called once: with "" when it listens, else with the reason why not.
    """
    processes.set_name(f"host {plan.name}")
    processes.become_subreaper()
    os.chdir(plan.home)  # relative paths of SFTP and of sockets start here
    os.umask(0o077)
    gc.freeze()
    try:
        asyncio.run(_serve(plan, report))
    except (OSError, asyncssh.Error) as error:
        report(f"{plan.name}: {error}")
        return 1
    finally:
        processes.end_below(os.getpid())
    return 0


async def _serve(plan: HostPlan, report: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    here: set[_Visits] = set()
    runner = CommandRunner(plan.home, plan.environment)
    server = await asyncssh.listen(
        LOOPBACK,
        plan.port,
        server_factory=lambda: _Visits(here),
        server_host_keys=[str(plan.host_key)],
        authorized_client_keys=str(plan.authorized_keys),
        process_factory=runner.serve,
        sftp_factory=asyncssh.SFTPServer,
        encoding=None,
        allow_pty=False,
        agent_forwarding=False,
        x11_forwarding=False,
        gss_host=None,
        keepalive_interval=30,
        login_timeout=15,
        encryption_algs=["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr"],
    )
    report("")
    try:
        while not stop.is_set():
            if here:
                (plan.home / LOOKED_AT).touch()
            try:
                await asyncio.wait_for(stop.wait(), _LOOKED_AT_EVERY_S)
            except TimeoutError:
                continue
    finally:
        server.close()


def make_key(path: Path, comment: str) -> asyncssh.SSHKey:
    """A new ed25519 key in `path` (0600) and its public half beside it."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment=comment)
    path.touch(mode=0o600)
    path.write_bytes(key.export_private_key("openssh"))
    path.with_name(path.name + ".pub").write_bytes(key.export_public_key("openssh"))
    return key


def known_hosts(keys: Sequence[tuple[int, Path]]) -> str:
    """The lines of a known_hosts file for (port, host key file) pairs on loopback."""
    lines = []
    for port, path in keys:
        kind, blob, *_ = path.with_name(path.name + ".pub").read_text("ascii").split()
        lines.append(f"[{LOOPBACK}]:{port} {kind} {blob}\n")
    return "".join(lines)
