"""Workspaces for the verbs: seeded ones at a frozen time, and one with a real worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.seeded import seed
from support.shell import Shell
from support.worker_double import FrozenClock, WorkerDouble

from devops_tui.bootstrap.paths import paths_of
from devops_tui.stores.sqlite.store import SqliteStore

REAL = """
name: shop
team:
  - {name: jun, roles: [product_owner, scrum_master]}
  - {name: minji, roles: [member]}
hosts:
  nowhere: {address: 127.0.0.1, port: 1}
environments: {production: {hosts: nowhere}}
services:
  shop:
    environment: production
    colours:
      blue: {hosts: nowhere, port: 8080}
      green: {hosts: nowhere, port: 8081}
    switch: {haproxy: {hosts: nowhere, socket: /tmp/no.sock, map: /tmp/no.map}}
    up: start
pipelines:
  good:
    source: &source {git: ./code, branch: main, poll: 1h}
    stages:
      - code: {run: "true"}
      - test:
          unit: {run: "printf 'one\\\\n\\\\033[31mred\\\\033[0m\\\\033]0;title\\\\a\\\\n'"}
          lint: {run: "echo lint"}
  bad:
    source: {git: ./code, branch: main, poll: 1h}
    stages:
      - code: {run: "true"}
      - test: {run: "echo 'Error: no voucher'; exit 3"}
  slow:
    source: {git: ./code, branch: main, poll: 1h}
    stages:
      - code: {run: "echo begun; sleep 300"}
  asks:
    source: {git: ./code, branch: main, poll: 1h}
    stages:
      - code: {run: "true"}
      - release: {service: shop}
""".replace("&source ", "")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A workspace with a real git repository, whose verbs start a real worker."""
    folder = tmp_path_factory.mktemp("house")
    GitRepo(folder / "code").commit("The first one", **{"a.txt": "a"})
    (folder / "devops.yaml").write_text(REAL)
    shell = Shell(folder, folder)
    yield shell
    pid = worker_pid(shell)
    shell.run("worker", "--stop")
    if pid:
        try:
            os.killpg(pid, signal.SIGKILL)  # our worker has a session of its own
        except ProcessLookupError:
            return


def worker_pid(shell: Shell) -> int:
    """The worker that acts on the workspace of a shell, or 0."""
    store = SqliteStore.open(paths_of(shell.folder / "devops.yaml", shell.environ).store)
    try:
        workers = store.workers()
        return workers[0].pid if workers else 0
    finally:
        store.close()


@pytest.fixture
def seeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A workspace with a history, in this process, at a time that stands still.

    Its worker is a double: a row that names this process, so that none is started.
    """
    folder = tmp_path / "seeded"
    folder.mkdir()
    shell = Shell(folder, tmp_path)
    for name, value in shell.environ.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "LC_ALL", "DEVOPS_TUI_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder)
    FrozenClock.install(monkeypatch)
    store = seed(folder)
    yield shell
    strangers = [worker.id for worker in store.workers() if worker.id != "double"]
    store.close()
    assert strangers == [], "a test has started a worker that nobody ends"


@pytest.fixture
def worker_double(seeded: Shell) -> Iterator[WorkerDouble]:
    """A double of the worker that answers wishes with what a test says."""
    double = WorkerDouble(paths_of(seeded.folder / "devops.yaml", seeded.environ).store)
    yield double
    double.end()
