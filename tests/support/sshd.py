"""Starts SSH servers on loopback: a real OpenSSH one, and asyncssh's own in this process."""

from __future__ import annotations

import asyncio
import getpass
import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh
import pytest

from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName

SSHD = Path("/usr/sbin/sshd")
START_S = 20.0


@dataclass(frozen=True)
class SshServer:
    """A server on 127.0.0.1 that lets `identity` in.

    Attributes:
        pid: Of sshd; 0 for the embedded one.
    """

    folder: Path
    port: int
    host_key: Path
    identity: Path
    known_hosts: Path
    pid: int = 0

    def host(self, name: str = "web1", known_hosts: Path | None = None, via: str = "") -> Host:
        """The host as a workspace would have it."""
        return Host(
            HostName(name),
            address="127.0.0.1",
            port=self.port,
            user=getpass.getuser(),
            identity=str(self.identity),
            known_hosts=str(known_hosts or self.known_hosts),
            via=via,
        )

    def vouch(self, port: int) -> None:
        """Writes a known_hosts file that has this server's key for that port."""
        public = Path(f"{self.host_key}.pub").read_text()
        self.known_hosts.write_text(f"[127.0.0.1]:{port} {public}")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def new_key(path: Path, kind: str = "ssh-ed25519") -> asyncssh.SSHKey:
    """A key pair at `path` and `path`.pub."""
    key = asyncssh.generate_private_key(kind)
    key.write_private_key(path)
    key.write_public_key(f"{path}.pub")
    path.chmod(0o600)
    return key


def lock_key(path: Path) -> None:
    """Gives a private key a passphrase."""
    argv = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", str(path)]
    subprocess.run(argv, check=True, capture_output=True)


def _make_keys(folder: Path, port: int) -> SshServer:
    folder.mkdir(parents=True, exist_ok=True)
    server = SshServer(
        folder, port, folder / "host_key", folder / "client_key", folder / "known_hosts"
    )
    new_key(server.host_key)
    new_key(server.identity)
    server.vouch(port)
    return server


@contextmanager
def openssh(folder: Path, lines: Sequence[str] = (), port: int = 0) -> Iterator[SshServer]:
    """A real sshd in a process group of its own; `lines` win over its configuration here."""
    if not SSHD.exists():
        pytest.skip(f"needs OpenSSH's server ({SSHD})")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(parents=True, exist_ok=True)
    server = _make_keys(folder, port or free_port())
    shutil.copy(f"{server.identity}.pub", folder / "authorized_keys")
    usual = [
        f"Port {server.port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {server.host_key}",
        f"AuthorizedKeysFile {folder}/authorized_keys",
        "PidFile none",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin prohibit-password",
        "UseDNS no",
        "SetEnv SHLVL=5",  # keeps bash from sourcing the tester's own ~/.bashrc
        "Subsystem sftp internal-sftp",
    ]
    (folder / "sshd_config").write_text("\n".join([*lines, *usual, ""]))
    with (folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen(
            [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")],
            stdin=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for_banner(process, server)
        yield replace(server, pid=process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def _wait_for_banner(process: subprocess.Popen[bytes], server: SshServer) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"sshd ended: {(server.folder / 'sshd.log').read_text()}")
        try:
            with socket.create_connection(("127.0.0.1", server.port), 5) as probe:
                if probe.recv(4) == b"SSH-":
                    return
        except ConnectionRefusedError:
            select.select([], [], [], 0.01)
    pytest.fail(f"sshd did not begin to listen within {START_S:g} s")


class _LetsThrough(asyncssh.SSHServer):
    """Forwards to anything on this machine."""

    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> bool:
        return True

    def unix_connection_requested(self, dest_path: str) -> bool:
        return True


class _Commands:
    """Runs what clients ask for with this machine's sh; what is left ends with the fixture."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._children: set[asyncio.subprocess.Process] = set()

    def serve(self, channel: asyncssh.SSHServerProcess[bytes]) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(channel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for child in self._children:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        if self._tasks:  # their pipes are closed now, so they end by themselves
            _, stuck = await asyncio.wait(self._tasks, timeout=START_S)
            assert not stuck

    async def _serve(self, channel: asyncssh.SSHServerProcess[bytes]) -> None:
        child = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            channel.command or "exit 1",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=Path.home(),
            start_new_session=True,
        )
        assert child.stdin and child.stdout and child.stderr
        self._children.add(child)
        feeding = asyncio.create_task(_feed(channel.stdin, child.stdin))
        try:
            await asyncio.gather(
                _pump(child.stdout, channel.stdout), _pump(child.stderr, channel.stderr)
            )
        finally:
            feeding.cancel()
            await asyncio.wait([feeding])
            child.stdin.close()
            code = await child.wait()
            self._children.discard(child)
        with suppress(OSError, asyncssh.Error):  # the client may be gone
            if code >= 0:
                channel.exit(code)
            else:
                channel.exit_with_signal(signal.Signals(-code).name.removeprefix("SIG"))


async def _feed(source: asyncssh.SSHReader[bytes], target: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncssh.Error):
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
    target.close()


async def _pump(source: asyncio.StreamReader, target: asyncssh.SSHWriter[bytes]) -> None:
    """Reads on when the client is gone, so that the command is not held."""
    while data := await source.read(1 << 16):
        with suppress(OSError, asyncssh.Error):
            target.write(data)
            await target.drain()


@asynccontextmanager
async def embedded(
    folder: Path,
    *,
    has_sftp: bool = True,
    authority: asyncssh.SSHKey | None = None,
    principal: str = "127.0.0.1",
) -> AsyncIterator[SshServer]:
    """asyncssh's own server on this event loop, running commands as sshd does.

    With an authority it shows a certificate of it, for the name `principal`.
    """
    server = _make_keys(folder, 0)
    host_key = asyncssh.read_private_key(server.host_key)
    if authority is not None:
        certificate = authority.generate_host_certificate(
            host_key, "a host", principals=[principal]
        )
    commands = _Commands()
    acceptor = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=_LetsThrough,
        server_host_keys=[(host_key, certificate) if authority else host_key],
        authorized_client_keys=f"{server.identity}.pub",
        process_factory=commands.serve,
        sftp_factory=has_sftp,
        encoding=None,
    )
    try:
        server = replace(server, port=acceptor.get_port())
        server.vouch(server.port)
        yield server
    finally:
        acceptor.close()
        await acceptor.wait_closed()
        await commands.close()
