"""A worker that is killed between two steps: the next one asks on, and asks nobody twice."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from support.shell import Shell
from support.waits import until

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.paths import paths_of
from devops_tui.domain.audit import WorkerState
from devops_tui.domain.event import Event
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.services.escalation import ESCALATED
from devops_tui.stores.sqlite.store import SqliteStore

INC = IncidentId("INC-1")
CONFIG = """\
name: shop
team:
  - {name: jun, roles: [member]}
  - {name: minji, roles: [product_owner]}
oncall:
  weeks: [jun]
  starts: 2026-03-02
  escalate: [{after: 1s}, {after: 6s, to: minji}]
"""


@contextmanager
def worker(shell: Shell) -> Iterator[subprocess.Popen[bytes]]:
    """A real one, killed with all of its own at the end."""
    process = subprocess.Popen(
        shell.command("worker", "--stay"),
        cwd=shell.folder,
        env=shell.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def test_kill_9_between_two_steps(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    folder.mkdir()
    (folder / "devops.yaml").write_text(CONFIG)
    shell = Shell(folder, tmp_path)
    checked = shell.run("check")
    assert checked.code == 0, checked.err
    path = paths_of(folder / "devops.yaml", shell.environ).store
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = SqliteStore.open(path)

    def told() -> list[tuple[object, object]]:
        events = store.events(subject=INC)
        return [(e.data["step"], e.data["to"]) for e in events if e.kind == ESCALATED]

    def works() -> bool:
        return any(each.state is WorkerState.WORKING for each in store.workers())

    try:
        with worker(shell) as first:
            until(works)
            now = SystemClock().now()
            store.add_incident(Incident(INC, "f", "disk full", IncidentState.OPEN, now, now))
            store.append(Event("incident.opened", INC, now))
            until(told)
            os.kill(first.pid, signal.SIGKILL)
            first.wait(10)
            assert told()[0] == (1, "jun")
        with worker(shell):
            until(lambda: len(told()) > 1)
        assert told() == [(1, "jun"), (2, "minji")]
    finally:
        store.close()
