"""A private PostgreSQL on loopback: own folder, own port, never as root."""

from __future__ import annotations

import getpass
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.haproxy import free_port

GUARDED = "guarded"
"""A login that needs a password here; tests make it."""

START_S = 60.0
_ROOTS = (Path("/usr/lib/postgresql"), Path("/usr/local/pgsql"), Path("/opt/homebrew/opt"))
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",  # a test kills the server, not the machine
    "max_connections": "100",
    "shared_buffers": "32MB",
    "autovacuum": "off",
}


def binaries() -> Path | None:
    """The folder of the newest `initdb` and `postgres` here, 13 or later."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    folders = [p.parent for root in _ROOTS for p in root.glob("*/bin/initdb")]
    numbered = [(int(f.parent.name), f) for f in folders if f.parent.name.isdigit()]
    return max(numbered)[1] if numbered else None


class Postgres:
    """One server; tests share it and take a schema each."""

    def __init__(self, binaries: Path, folder: Path, login: str | None) -> None:
        self.binaries = binaries
        self.folder = folder
        self.port = free_port()
        self._login = login
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "-N")
        gates = folder / "data" / "pg_hba.conf"
        guarded = f"host all {GUARDED} 127.0.0.1/32 scram-sha-256\n"
        gates.write_text(guarded + gates.read_text())

    @property
    def url(self) -> str:
        """Of a schema that nobody used before."""
        return f"{self.address}?schema=test_{secrets.token_hex(6)}"

    @property
    def address(self) -> str:
        """Of the database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        settings = [f"-c{key}={value}" for key, value in _SETTINGS.items()]
        argv = [str(self.binaries / "postgres"), "-D", str(self.folder / "data")]
        argv += ["-p", str(self.port), "-k", str(self.folder), *settings]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                argv, stdout=log, stderr=log, start_new_session=True, user=self._login
            )
        deadline = time.monotonic() + START_S
        ready = [str(self.binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready, check=False, timeout=START_S).returncode != 0:
            text = (self.folder / "log").read_text(errors="replace")
            assert self._process.poll() is None, f"PostgreSQL ended:\n{text}"
            assert time.monotonic() < deadline, f"PostgreSQL does not answer:\n{text}"

    def stop(self) -> None:
        """Ends it in order: what is under way is rolled back."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Ends it at once, without a word to anybody: the next start recovers."""
        self._end(signal.SIGQUIT)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(START_S)
            self._process = None

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.binaries / program), *arguments],
            check=True,
            capture_output=True,
            timeout=START_S,
            cwd=self.folder,
            user=self._login,
        )


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A server of its own; skips the test, with the reason, where there can be none."""
    found = binaries()
    if found is None:
        pytest.skip("needs PostgreSQL's server (initdb, postgres)")
    login = _login()
    folder = Path(tempfile.mkdtemp(prefix="devops-tui-postgres-"))
    try:
        if login:
            shutil.chown(folder, login)
        server = Postgres(found, folder, login)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _login() -> str | None:
    """Whom to run it as; None for the tester, who must not be root."""
    if os.geteuid() != 0:
        return None
    for login in ("postgres", "nobody"):
        try:
            pwd.getpwnam(login)
        except KeyError:
            continue
        return login
    pytest.skip(f"PostgreSQL does not run as {getpass.getuser()}, and there is no other login")
