"""`devops-tui worker` as an operator of a team types it: two workers, a list, a take-over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.postgres import Postgres
from support.stores import wait_for

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("postgres")]
PATIENCE_S = 60


class Site:
    """A workspace on PostgreSQL, with a state folder for each machine that it plays."""

    def __init__(self, folder: Path, url: str) -> None:
        self.config = folder / "devops.yaml"
        self.config.write_text(
            f"name: shop\nstore: {url}\nhosts: {{local: false}}\n"
            "pipelines: {shop: {runs_on: [gpu], stages: [{test: {run: 'true'}}]}}\n"
        )
        self._folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []

    def words(self, *words: str) -> list[str]:
        """A command line on this workspace."""
        return [sys.executable, "-m", "devops_tui", *words, "--workspace", str(self.config)]

    def environ(self, machine: str) -> dict[str, str]:
        """Where that machine's state lies."""
        return {**os.environ, "XDG_STATE_HOME": str(self._folder / machine)}

    def start(self, machine: str, *words: str) -> subprocess.Popen[bytes]:
        """A worker that stays."""
        argv = self.words("worker", "--stay", "--engine", "inline", *words)
        with (self._folder / f"{machine}.log").open("wb") as log:
            self.workers.append(
                subprocess.Popen(
                    argv, env=self.environ(machine), stdout=log, stderr=log, start_new_session=True
                )
            )
        return self.workers[-1]

    def say(self, *words: str) -> tuple[int, list[dict[str, object]]]:
        """The exit code of a verb, and what it says to programs."""
        done = subprocess.run(
            self.words(*words, "--json"),
            env=self.environ("desk"),
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return done.returncode, [json.loads(row) for row in done.stdout.splitlines()]

    def listed(self) -> list[dict[str, object]]:
        """The workers."""
        return self.say("worker", "--list")[1]


@pytest.fixture
def site(tmp_path: Path, postgres: Postgres) -> Iterator[Site]:
    site = Site(tmp_path, postgres.url)
    yield site
    for worker in site.workers:
        if worker.poll() is None:
            worker.send_signal(signal.SIGCONT)
            worker.terminate()
    for worker in site.workers:
        worker.wait(PATIENCE_S)


def test_workers_are_listed_stopped_and_taken_over(site: Site) -> None:
    first = site.start("one", "--label", "linux")
    wait_for(lambda: [w["pid"] for w in site.listed()] == [first.pid], PATIENCE_S)
    second = site.start("two", "--label", "gpu")
    wait_for(lambda: len(site.listed()) == 2, PATIENCE_S)
    wait_for(lambda: all("host=" in str(w["labels"]) for w in site.listed()), PATIENCE_S)
    by_pid = {w["pid"]: w for w in site.listed()}
    assert "gpu" in str(by_pid[second.pid]["labels"])
    assert [w["is_silent"] for w in by_pid.values()] == [False, False]

    code, said = site.say("run", "shop", "--wait")
    assert code == 0  # on the one that has the label
    assert "ok" in str(said[-1]["run"])

    name = str(by_pid[second.pid]["worker"])
    code, said = site.say("worker", "take-over", name)
    assert code == 4  # it is alive
    assert "is alive" in str(said[-1]["error"])

    code, said = site.say("worker", "--stop", name)
    assert (code, said[-1]["worker"]) == (0, name)
    assert second.wait(PATIENCE_S) == 0
    code, said = site.say("worker", "take-over", "nobody-1")
    assert (code, said[-1]["error"]) == (4, "no worker nobody-1")
