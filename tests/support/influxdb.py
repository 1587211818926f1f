"""A real InfluxDB 1.x on loopback, with a user and a database."""

from __future__ import annotations

import base64
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

import pytest

from support.haproxy import free_port
from support.process import START_S

BINARY = shutil.which("influxd", path="/usr/bin:/usr/local/bin")
DATABASE = "shop"


def skip_without_influxdb() -> None:
    """Skips the test, with the reason, on a machine without InfluxDB."""
    if BINARY is None:
        pytest.skip("no influxd program here")


class RealInfluxdb:
    """One server that asks for a login.

    Attributes:
        port: Of its HTTP interface.
    """

    def __init__(self, port: int, user: str, password: str) -> None:
        self.port = port
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._login = {"Authorization": f"Basic {pair}"}
        self.ask("/query", f"CREATE USER {user} WITH PASSWORD '{password}' WITH ALL PRIVILEGES")
        self.ask("/query", f"CREATE DATABASE {DATABASE}")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def write(self, *lines: str) -> None:
        """Points in its line protocol, their times in seconds."""
        self._post(f"/write?db={DATABASE}&precision=s", "\n".join(lines))

    def ask(self, path: str, query: str) -> bytes:
        """A statement that may change something."""
        return self._post(path, urlencode({"q": query}), form=True)

    def _post(self, path: str, body: str, *, form: bool = False) -> bytes:
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=START_S)) as link:
            link.request("POST", path, body.encode(), {**self._login, **kind})
            answer = link.getresponse()
            said = answer.read()
        assert answer.status in (200, 204), said
        return said


@contextmanager
def real_influxdb(folder: Path, user: str, password: str) -> Iterator[RealInfluxdb]:
    """Runs it while inside, its files under `folder`."""
    skip_without_influxdb()
    assert BINARY is not None
    port, backup = free_port(), free_port()
    config = folder / "influxdb.conf"
    config.write_text(
        f'reporting-disabled = true\nbind-address = "127.0.0.1:{backup}"\n'
        f'[meta]\ndir = "{folder}/meta"\n'
        f'[data]\ndir = "{folder}/data"\nwal-dir = "{folder}/wal"\n'
        "[monitor]\nstore-enabled = false\n"
        f'[http]\nbind-address = "127.0.0.1:{port}"\nauth-enabled = true\nlog-enabled = false\n'
    )
    log = folder / "influxdb.log"
    with log.open("ab") as into:
        process = subprocess.Popen(
            [BINARY, "run", "-config", str(config)], stdout=into, stderr=into
        )
    try:
        deadline = time.monotonic() + START_S
        while not _is_up(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, "InfluxDB does not answer"
            select.select([], [], [], 0.05)
        yield RealInfluxdb(port, user, password)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _is_up(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=1)) as link:
        try:
            link.request("GET", "/ping")
            return link.getresponse().status == 204
        except (OSError, HTTPException):
            return False
