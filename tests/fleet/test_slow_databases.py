"""PostgreSQL and Redis: real servers, and a password that stands in no command line."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.haproxy import free_port
from support.postgres import GUARDED, Postgres

from devops_tui.domain.slow_plan import Database, DatabaseKind
from devops_tui.domain.survey import Level, Reading
from devops_tui.domain.survey_database import read_postgres, read_redis
from devops_tui.services.slow_databases import database_question
from devops_tui.services.slow_guard import guarded

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def ask(database: Database, password: str = "", path: str = "") -> Reading:
    """As the collector does: a guarded script on standard input, the secret before it."""
    question = database_question(database)
    given = "".join(f"{name}={shlex.quote(password)}; export {name}\n" for name in question.secrets)
    script = given + guarded(question.script, "abcdef0123", question.limit_s, looks_first=False)
    env = {**os.environ, "PATH": path or os.environ["PATH"]}
    done = subprocess.run(
        ["sh", "-s"], input=script.encode(), capture_output=True, env=env, check=False
    )
    (reading,) = question.read(done.returncode, done.stdout, NOW, NOW)
    return reading


@pytest.mark.real
def test_a_real_postgres_tells_how_it_is(postgres: Postgres) -> None:
    if shutil.which("psql") is None:
        pytest.skip("no psql here")
    found = Database("main", DatabaseKind.POSTGRES, "127.0.0.1", postgres.port, "postgres")
    reading = ask(found)
    assert (reading.level, reading.text.startswith("primary ")) == (Level.OK, True)
    for figure in ("connections", "most_connections", "cache_ratio", "size_bytes", "deadlocks"):
        assert figure in reading.figures
    sql = f"drop role if exists {GUARDED}; create role {GUARDED} login password 'It''s $HOME \"x\"'"
    words = ["psql", "-qXh", "127.0.0.1", "-p", str(postgres.port), "-U", "postgres", "-c", sql]
    subprocess.run(words, check=True, capture_output=True)
    guarded_one = replace(found, user=GUARDED, password="env:X")
    assert ask(guarded_one, 'It\'s $HOME "x"').level is Level.OK
    refused = ask(guarded_one, "wrong")
    assert refused.level is Level.CRITICAL
    assert "password authentication failed" in refused.text


def test_a_postgres_that_is_away_is_critical(tmp_path: Path) -> None:
    found = Database("main", DatabaseKind.POSTGRES, server="127.0.0.1", port=free_port())
    if shutil.which("psql"):
        assert "refused" in ask(found).text
    for tool in ("sh", "sleep", "grep", "cat"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    reading = ask(found, path=str(tmp_path))
    assert (reading.level, "psql is not installed" in reading.text) == (Level.CRITICAL, True)


INFO = (
    "# Server\r\nredis_version:7.0.15\r\nrole:slave\r\nconnected_clients:3\r\n"
    "used_memory:95\r\nmaxmemory:100\r\nmaster_link_status:down\r\nevicted_keys:4\r\n"
)


@contextmanager
def redis_double(password: str = "") -> Iterator[int]:
    """Takes RESP arrays and inline words, as Redis does; INFO only after the password."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            with link, link.makefile("rwb") as stream:
                is_in = not password
                while row := stream.readline():
                    words = [row.strip()]
                    if row.startswith(b"*"):
                        words = []
                        for _ in range(int(row[1:])):
                            size = int(stream.readline()[1:])
                            words.append(stream.read(size + 2)[:-2])
                    if words[0] == b"AUTH":
                        is_in = words[1:] == [b"ops", password.encode()]
                        stream.write(b"+OK\r\n" if is_in else b"-WRONGPASS invalid\r\n")
                    elif words[0] == b"INFO":
                        info = f"${len(INFO)}\r\n{INFO}\r\n".encode()
                        stream.write(info if is_in else b"-NOAUTH Authentication required.\r\n")
                    else:
                        break
                    stream.flush()
                stream.flush()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@pytest.fixture
def no_client(tmp_path: Path) -> str:
    """A PATH without redis-cli."""
    for tool in ("sh", "bash", "sleep", "grep", "cat"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    return str(tmp_path)


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_redis_without_its_client_is_asked_by_bash(no_client: str) -> None:
    secret = "a b'\"$x%s"
    with redis_double(secret) as port:
        found = Database("cache", DatabaseKind.REDIS, port=port, user="ops", password="env:X")
        reading = ask(found, secret, no_client)
        assert reading.level is Level.CRITICAL
        assert (
            reading.text == "slave 7.0.15, 3 clients, 0 MiB of 0, the link to its primary is down"
        )
        assert reading.figures["memory_ratio"] == 0.95
        assert "WRONGPASS" in ask(found, "other", no_client).text
    away = Database("cache", DatabaseKind.REDIS, port=free_port())
    assert ask(away, path=no_client).level is Level.CRITICAL


@pytest.mark.real
def test_a_real_redis_tells_how_it_is(tmp_path: Path) -> None:
    program = shutil.which("redis-server")
    if program is None or shutil.which("redis-cli") is None:
        pytest.skip("no redis-server here")
    port = free_port()
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir"]
    with subprocess.Popen(
        [*words, str(tmp_path), "--requirepass", "se cret"], stdout=subprocess.DEVNULL
    ) as server:
        try:
            found = Database("cache", DatabaseKind.REDIS, port=port, password="env:X")
            end = time.monotonic() + 20
            while (reading := ask(found, "se cret")).level is not Level.OK:
                assert time.monotonic() < end, reading
            assert reading.text.startswith("master 7.")
            assert reading.figures["clients"] >= 1
            assert "WRONGPASS" in ask(found, "wrong").text
        finally:
            server.kill()


def test_a_password_is_in_no_command_line(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    for tool in ("sh", "sleep", "grep", "cat"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    for tool in ("psql", "redis-cli"):
        body = f"#!/bin/sh\ncat /proc/[0-9]*/cmdline >>{seen} 2>/dev/null\n"
        (tmp_path / tool).write_text(f'{body}echo "$PGPASSWORD$REDISCLI_AUTH" >>{seen}.env\n')
        (tmp_path / tool).chmod(0o755)
    for kind in DatabaseKind:
        ask(Database("x", kind, password="env:X"), "hunter2hunter2", str(tmp_path))
    assert (tmp_path / "seen.env").read_text() == "hunter2hunter2\nhunter2hunter2\n"
    assert b"hunter2hunter2" not in seen.read_bytes()


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ({"connections": "96", "most_connections": "100"}, Level.CRITICAL),
        ({"connections": "81", "most_connections": "100"}, Level.WARNING),
        ({"connections": "1", "oldest_transaction_s": "7200"}, Level.CRITICAL),
        (
            {"connections": "1", "most_connections": "9", "oldest_transaction_s": "7200"},
            Level.WARNING,
        ),
        (
            {"connections": "1", "most_connections": "9", "standby": "t", "lag_s": "301"},
            Level.CRITICAL,
        ),
        ({"connections": "1", "most_connections": "9", "standby": "f", "lag_s": "301"}, Level.OK),
        ({"connections": "nan", "most_connections": "inf"}, Level.OK),
        ({}, Level.CRITICAL),
    ],
)
def test_verdicts_on_postgres(rows: dict[str, str], level: Level) -> None:
    output = "".join(f"{name}\t{value}\n" for name, value in rows.items()).encode()
    (reading,) = read_postgres("x", 0, output)
    assert reading.level is level


def test_a_redis_whose_save_failed_is_critical() -> None:
    info = b"redis_version:7\r\nrole:master\r\nrdb_last_bgsave_status:err\r\nused_memory:1\r\n"
    (reading,) = read_redis("x", 0, info)
    assert (reading.level, "the last save failed" in reading.text) == (Level.CRITICAL, True)
