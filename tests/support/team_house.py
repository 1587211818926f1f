"""A team's store with any number of worker processes on it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.ids import RunId, ServiceName, WorkerId
from devops_tui.domain.pipeline import ENDS, Job, Plan, Run, Stage, StageKind, State
from devops_tui.domain.work import BringUp, RunCommand
from devops_tui.stores.postgres.store import PostgresStore
from support.team_worker import ENVIRONMENTS, Post, workspace

PATIENCE_S = 60.0


class TeamHouse:
    """Starts workers, files runs, and reads what the jobs wrote down."""

    def __init__(self, folder: Path, url: str, kind: str = "inline") -> None:
        self.folder = folder
        self.url = url
        self.kind = kind
        self.store = PostgresStore.open(url)
        self.store.save_workspace(workspace(), (), "1")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self,
        name: str,
        machine: str = "here",
        labels: tuple[str, ...] = (),
        *,
        waits: bool = True,
    ) -> None:
        """Starts a worker, and waits until it acts."""
        post = Post(str(self.folder), self.url, name, machine, self.kind, labels)
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                post.argv, stdout=log, stderr=log, start_new_session=True
            )
        if waits:
            self.until(lambda: self.state(name) is WorkerState.WORKING)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Tells a worker's process."""
        os.kill(self._processes[name].pid, number)

    def kill(self, name: str) -> None:
        """Ends it without a word, and reaps it."""
        self._processes[name].kill()
        self._processes[name].wait(PATIENCE_S)

    def wait(self, name: str) -> int:
        """Waits until it has ended by itself."""
        return self._processes[name].wait(PATIENCE_S)

    def said(self, name: str) -> str:
        """The worker's own log."""
        return (self.folder / f"{name}.log").read_text()

    def close(self) -> None:
        """Ends all that still runs."""
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self._processes.values():
            process.wait(PATIENCE_S)
        self.store.close()

    def worker(self, name: str) -> Worker | None:
        """Its row."""
        return self.store.worker(WorkerId(name))

    def state(self, name: str) -> WorkerState | None:
        """What its row says."""
        worker = self.worker(name)
        return None if worker is None else worker.state

    def release(self, number: int) -> RunId:
        """Files a run that acts on one of the environments."""
        service = ServiceName(f"s-{ENVIRONMENTS[number % len(ENVIRONMENTS)]}")
        build = Job("make", RunCommand(f"echo {number} >> {self.folder}/built"))
        deploy = Job("up", BringUp(service, "a"))
        return self.file(number, (build,), (deploy,))

    def file(self, number: int, *stages: tuple[Job, ...], labels: tuple[str, ...] = ()) -> RunId:
        """Files a run."""
        kinds = list(StageKind)
        made = tuple(Stage(f"s{i}", kinds[i], jobs) for i, jobs in enumerate(stages))
        run_id = RunId(f"shop-{number}")
        plan = Plan("shop", made, runs_on=labels)
        self.store.add_run(Run(run_id, number, plan, State.WAITING, datetime.now(UTC), "jun"))
        return run_id

    def is_over(self, run_id: RunId) -> bool:
        """Whether the run has ended."""
        return self.store.run(run_id).state in ENDS

    def count_over(self) -> int:
        """How many runs have ended."""
        return sum(run.state in ENDS for run in self.store.runs(limit=10_000))

    def until(self, is_so: Callable[[], bool], patience_s: float = PATIENCE_S) -> float:
        """Looks until it is so; how many seconds that took."""
        start = time.monotonic()
        while not is_so():
            waited_s = time.monotonic() - start
            assert waited_s < patience_s, self._stories()
            time.sleep(0.02)
        return time.monotonic() - start

    def records(self, environment: str) -> list[str]:
        """What the jobs that acted on an environment wrote down, in their order."""
        file = self.folder / f"record.{environment}"
        return file.read_text().splitlines() if file.exists() else []

    def _stories(self) -> str:
        unfinished = [(r.id, r.state, r.why_waiting) for r in self.store.unfinished_runs()]
        logs = [f"{name}:\n{self.said(name)[-3000:]}" for name in self._processes]
        return "\n".join([f"it did not come to be so; unfinished: {unfinished}", *logs])


def two_at_once(records: list[str]) -> list[str]:
    """The records that show that another release acted at the same time."""
    inside = ""
    wrong = []
    for record in records:
        verb, _, who = record.partition(" ")
        if (verb == "begin" and inside) or (verb == "end" and who != inside):
            wrong.append(record)
        inside = who if verb == "begin" else ""
    return wrong
