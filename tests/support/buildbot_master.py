"""A real Buildbot on loopback: one master with a worker in its own process.

Its programs are taken from the search path, or from the folder that `$DEVOPS_TUI_BUILDBOT` names
(`pip install 'buildbot[bundle]' buildbot-worker`, in an environment of its own).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from support.haproxy import free_port
from support.waits import until

BUILDERS = ("good", "bad", "warned", "scripted", "idle")

_PLACES = os.pathsep.join((os.environ.get("DEVOPS_TUI_BUILDBOT", ""), os.environ.get("PATH", "")))

_CONFIGURATION = """
from buildbot.plugins import schedulers, steps, util, worker

def builder(name, command, **more):
    factory = util.BuildFactory([steps.ShellCommand(command=command, **more)])
    return util.BuilderConfig(name=name, workernames=["inside"], factory=factory)

c = BuildmasterConfig = {
    "workers": [worker.LocalWorker("inside")],
    "protocols": {"null": {}},
    "builders": [
        builder("good", ["true"]),
        builder("bad", ["false"]),
        builder("warned", ["false"], flunkOnFailure=False, warnOnFailure=True),
        builder("scripted", ["sh", "%(script)s"]),
        builder("idle", ["true"]),
    ],
    "schedulers": [schedulers.ForceScheduler(name="force", builderNames=%(names)r)],
    "title": "test", "titleURL": "http://127.0.0.1", "buildbotURL": "%(url)s/",
    "buildbotNetUsageData": None,
    "www": {"port": "tcp:%(port)d:interface=127.0.0.1"},
    "db": {"db_url": "sqlite:///state.sqlite"},
}
"""


@dataclass(frozen=True)
class BuildbotMaster:
    """A master that runs; `script` is what the builder "scripted" does next."""

    url: str
    script: Path

    def get(self, path: str) -> Any:
        """What its REST interface says."""
        with urlopen(f"{self.url}/api/v2/{path}", timeout=20) as answer:  # noqa: S310 loopback
            return json.load(answer)

    def force(self, builder: str) -> None:
        """Wants a build of it, and waits until it has begun."""
        before = len(self.builds(builder))
        asked = {"jsonrpc": "2.0", "method": "force", "id": 1}
        body = json.dumps(asked | {"params": {"builderNames": [builder]}}).encode()
        place = f"{self.url}/api/v2/forceschedulers/force"
        request = Request(place, body, {"Content-Type": "application/json"})  # noqa: S310 loopback
        with urlopen(request, timeout=20) as answer:  # noqa: S310 loopback
            answer.read()
        until(lambda: len(self.builds(builder)) > before)

    def builds(self, builder: str) -> list[dict[str, Any]]:
        """Of one builder."""
        found: list[dict[str, Any]] = self.get(f"builders/{builder}/builds")["builds"]
        return found

    def wait(self, builder: str) -> None:
        """Until all its builds have ended."""
        until(lambda: all(build["complete"] for build in self.builds(builder)))


@contextmanager
def buildbot_master(folder: Path) -> Iterator[BuildbotMaster]:
    """Runs while inside; skips the test, with the reason, on a machine without Buildbot."""
    buildbot, twistd = (shutil.which(name, path=_PLACES) for name in ("buildbot", "twistd"))
    if buildbot is None or twistd is None:
        pytest.skip("no Buildbot here; see tests/support/buildbot_master.py")
    master = folder / "master"
    subprocess.run([buildbot, "create-master", "-q", str(master)], check=True, capture_output=True)
    port = free_port()
    script = folder / "script"
    made = BuildbotMaster(f"http://127.0.0.1:{port}", script)
    words = {"url": made.url, "port": port, "script": script, "names": list(BUILDERS)}
    (master / "master.cfg").write_text(_CONFIGURATION % words)
    argv = [twistd, "--nodaemon", "--no_save", "-y", "buildbot.tac"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv, cwd=master, stdout=log, stderr=log, start_new_session=True)
    try:
        until(lambda: _serves(made, process))
        yield made
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


def _serves(master: BuildbotMaster, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the master has ended"
    try:
        return len(master.get("builders")["builders"]) == len(BUILDERS)
    except (URLError, OSError):
        return False
