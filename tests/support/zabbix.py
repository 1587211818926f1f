"""A real Zabbix of a test's own: server, frontend with its API, database."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from support.haproxy import free_port
from support.postgres import Postgres

START_S = 60.0
SERVER = shutil.which("zabbix_server", path="/usr/sbin:/usr/local/sbin")
PHP = shutil.which("php")
FRONTEND = Path("/usr/share/zabbix")
SCHEMA = Path("/usr/share/zabbix-server-pgsql")

# what a fresh database holds besides its thousands of templates
_TABLES = (
    "role",
    "role_rule",
    "users",
    "usrgrp",
    "users_groups",
    "hstgrp",
    "config",
    "config_autoreg_tls",
)
_SITE = """\
<?php
$DB['TYPE'] = 'POSTGRESQL';
$DB['SERVER'] = '127.0.0.1';
$DB['PORT'] = '{port}';
$DB['DATABASE'] = 'zabbix';
$DB['USER'] = 'postgres';
$DB['PASSWORD'] = 'none';
$DB['SCHEMA'] = '';
$DB['ENCRYPTION'] = false;
$DB['DOUBLE_IEEE754'] = true;
$ZBX_SERVER_NAME = '';
$IMAGE_FORMAT_DEFAULT = IMAGE_FORMAT_PNG;
"""
_DAEMON = """\
ListenIP=127.0.0.1
ListenPort={trapper}
LogType=console
PidFile={w}/server.pid
SocketDir={w}
TmpDir={w}
DBHost=127.0.0.1
DBPort={port}
DBName=zabbix
DBUser=postgres
DBPassword=none
CacheUpdateFrequency=1
AllowRoot=1
StartPollers=1
StartPollersUnreachable=1
StartHistoryPollers=1
StartTrappers=1
StartDBSyncers=1
StartPreprocessors=1
StartLLDProcessors=1
StartPingers=0
StartDiscoverers=0
StartHTTPPollers=0
StartODBCPollers=0
StartIPMIPollers=0
"""


class RealZabbix:
    """Skips where a part of it is missing.

    Attributes:
        folder: All of it but the database.
    """

    def __init__(self, folder: Path, database: Postgres) -> None:
        for part in (SERVER, PHP, FRONTEND / "api_jsonrpc.php", SCHEMA / "schema.sql.gz"):
            if part is None or not Path(part).exists():
                pytest.skip("no Zabbix here: zabbix-server-pgsql, its frontend, php-pgsql")
        told = subprocess.run([str(SERVER), "-V"], capture_output=True, check=False).stdout
        if b"(Zabbix) 6.0" not in told:
            pytest.skip("its tables and API are those of Zabbix 6.0")
        self.folder = folder
        self._database = database
        self._port, self._trapper = free_port(), _low_port()
        self._session = ""
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Returns once its interface answers."""
        self._fill()
        site = self.folder / "site"
        site.mkdir()
        for part in ("include", "app", "vendor", "conf", "local", "api_jsonrpc.php"):
            if (FRONTEND / part).is_dir():
                shutil.copytree(FRONTEND / part, site / part, ignore_dangling_symlinks=True)
            elif (FRONTEND / part).exists():
                shutil.copy(FRONTEND / part, site / part)
        self._place(site)
        self._run([str(PHP), "-S", f"127.0.0.1:{self._port}", "-t", str(site)])
        config = self.folder / "server.conf"
        words = {"w": self.folder, "port": self._database.port, "trapper": self._trapper}
        config.write_text(_DAEMON.format_map(words))
        self.start_server()
        deadline = time.monotonic() + START_S
        while True:
            with suppress(OSError):
                self.ask("apiinfo.version", [])
                break
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)  # the time of another process: it tells nobody that it is there
        self._session = self.ask("user.login", {"username": "Admin", "password": "zabbix"})

    def start_server(self) -> None:
        """The part that takes values and decides what is a problem."""
        self._run([str(SERVER), "-f", "-c", str(self.folder / "server.conf")])

    def stop_server(self) -> None:
        """Its frontend goes on answering."""
        self._end(self._running.pop())

    def stop(self) -> None:
        """Ends all but the database."""
        while self._running:
            self._end(self._running.pop())

    def ask(self, method: str, params: object) -> Any:
        """As an administrator."""
        body: dict[str, object] = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}
        if self._session:
            body["auth"] = self._session
        link = http.client.HTTPConnection("127.0.0.1", self._port, timeout=START_S)
        try:
            headers = {"Content-Type": "application/json"}
            link.request("POST", "/api_jsonrpc.php", json.dumps(body), headers)
            said = json.loads(link.getresponse().read())
        finally:
            link.close()
        assert "error" not in said, said
        return said["result"]

    def send(self, values: dict[tuple[str, str], str]) -> None:
        """Values of trapper items by host and key; returns once all were taken."""
        data = [{"host": h, "key": k, "value": v} for (h, k), v in values.items()]
        body = json.dumps({"request": "sender data", "data": data}).encode()
        deadline = time.monotonic() + START_S
        said = b""
        while f"processed: {len(data)};".encode() not in said:
            assert time.monotonic() < deadline, (said, self.said())
            time.sleep(0.1)  # the time of another process, which reads its tables anew
            with suppress(OSError):
                said = self._exchange(b"ZBXD\x01" + struct.pack("<II", len(body), 0) + body)

    def _exchange(self, packet: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self._trapper), timeout=5) as link:
            link.sendall(packet)
            link.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: link.recv(4096), b""))

    def _fill(self) -> None:
        self._sql("postgres", b"create database zabbix")
        schema = gzip.decompress((SCHEMA / "schema.sql.gz").read_bytes())
        self._sql("zabbix", schema)
        starts = tuple(f"INSERT INTO {table} (".encode() for table in _TABLES)
        rows = gzip.decompress((SCHEMA / "data.sql.gz").read_bytes()).splitlines()
        self._sql("zabbix", b"\n".join(row for row in rows if row.startswith(starts)))

    def _sql(self, database: str, words: bytes) -> None:
        program = self._database.binaries / "psql"
        place = ["-h", "127.0.0.1", "-p", str(self._database.port), "-U", "postgres"]
        subprocess.run(
            [str(program), "-q", "-v", "ON_ERROR_STOP=1", *place, "-d", database],
            input=words,
            check=True,
            capture_output=True,
            timeout=120,
        )

    def _place(self, site: Path) -> None:
        """The path of its configuration is a constant of the frontend."""
        config = site / "zabbix.conf.php"
        config.write_text(_SITE.format(port=self._database.port))
        source = site / "include" / "classes" / "core" / "CConfigFile.php"
        rows = source.read_text().splitlines(keepends=True)
        source.write_text(
            "".join(
                f"\tconst CONFIG_FILE_PATH = '{config}';\n"
                if "const CONFIG_FILE_PATH" in row
                else row
                for row in rows
            )
        )

    def _run(self, argv: list[str]) -> None:
        with (self.folder / "out").open("ab") as out:
            self._running.append(
                subprocess.Popen(argv, stdout=out, stderr=out, start_new_session=True)
            )

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)

    def said(self) -> str:
        """What its programs wrote, without the calls of the frontend."""
        rows = (self.folder / "out").read_text(errors="replace").splitlines()
        return "\n".join(row for row in rows if "] 127.0.0.1:" not in row)[-3000:]


def _low_port() -> int:
    """Zabbix takes none above 32767, where those begin that the system gives."""
    for port in random.sample(range(20000, 32000), 200):
        with socket.socket() as link, suppress(OSError):
            link.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")
