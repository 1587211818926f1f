"""A real worker and a screen over a real PostgreSQL: restarts, passwords, a move."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from support.postgres import GUARDED, Postgres
from support.stores import wait_for

from devops_tui.bootstrap.paths import WorkspacePaths, paths_of
from devops_tui.bootstrap.session import open_session
from devops_tui.bootstrap.stores import open_frames, open_store
from devops_tui.domain.audit import RequestState, Verb
from devops_tui.domain.errors import Refused, StoreError, StoreUnreachable
from devops_tui.ports.front import Front

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("postgres")]
WORKSPACE = "name: shop\nhosts: {local: false}\nstore: "


@pytest.fixture
def paths(tmp_path: Path, postgres: Postgres) -> WorkspacePaths:
    (tmp_path / ".devops-tui").mkdir(mode=0o700)
    config = tmp_path / "devops.yaml"
    config.write_text(f"{WORKSPACE}{postgres.url}\n")
    return paths_of(config)


@pytest.fixture
def front(paths: WorkspacePaths, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    # the worker below is the only one
    monkeypatch.setattr("devops_tui.bootstrap.spawn.WorkerSpawner.ensure", lambda _: None)
    opened = open_session(paths, "minji")
    yield opened
    opened.close()


@pytest.fixture
def worker(paths: WorkspacePaths, front: Front) -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-m", "devops_tui", "worker", "--workspace", str(paths.config)]
    with paths.worker_log.open("wb") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log, start_new_session=True)
    wait_for(lambda: front.overview().workspace is not None, 60)
    yield process
    if process.poll() is None:
        process.terminate()
    process.wait(30)


def is_done(front: Front, request_id: object) -> bool:
    try:
        return any(
            r.id == request_id and r.state is RequestState.DONE for r in front.overview().requests
        )
    except StoreUnreachable:
        return False


def test_a_worker_hears_wishes_after_the_database_restarted(
    postgres: Postgres, front: Front, worker: subprocess.Popen[bytes]
) -> None:
    for end in (postgres.stop, postgres.crash):
        end()
        assert worker.poll() is None
        with pytest.raises(StoreUnreachable):
            front.overview()
        postgres.start()
    request = front.file(Verb.STOP_WORKER, "", "the test is over")
    wait_for(lambda: is_done(front, request.id), 60)
    assert worker.wait(60) == 0


def test_a_worker_leaves_a_store_that_the_configuration_left(
    postgres: Postgres, paths: WorkspacePaths, front: Front, worker: subprocess.Popen[bytes]
) -> None:
    front.ensure_worker()
    paths.config.write_text(f"{WORKSPACE}{postgres.url}\n")
    assert worker.wait(60) == 5
    assert "names another store" in paths.worker_log.read_text()
    with pytest.raises(Refused, match="another store"):
        front.ensure_worker()
    assert front.overview().worker is None


def test_a_password_comes_by_reference(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres.address, autocommit=True) as link:
        link.execute(f"DROP ROLE IF EXISTS {GUARDED}".encode())
        link.execute(f"CREATE ROLE {GUARDED} LOGIN PASSWORD 'open sesame'".encode())
        link.execute(f"CREATE SCHEMA {schema} AUTHORIZATION {GUARDED}".encode())
    monkeypatch.delenv("PGPASSWORD", raising=False)
    address = postgres.address.replace("postgres@", f"{GUARDED}@")
    config = tmp_path / "devops.yaml"
    config.write_text(
        f"name: shop\nstore: {{url: '{address}?schema={schema}', password: 'env:SESAME'}}\n"
    )
    paths = WorkspacePaths(config, tmp_path / "state")
    monkeypatch.setenv("SESAME", "open sesame")
    store, frames = open_store(paths), open_frames(paths)
    assert store.next_card_number() == 1
    frames.close()
    store.close()
    assert "open sesame" not in (paths.state / "store.json").read_text()
    monkeypatch.setenv("SESAME", "wrong words")
    with pytest.raises(StoreError, match="does not let us in") as caught:
        open_store(paths)
    assert "wrong words" not in str(caught.value)
    assert os.environ["SESAME"] == "wrong words"
    with psycopg.connect(postgres.address, autocommit=True) as link:
        link.execute(f"DROP OWNED BY {GUARDED} CASCADE".encode())
        link.execute(f"DROP ROLE {GUARDED}".encode())
