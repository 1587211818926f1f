"""`devops-tui ci` in a process of its own: by hand, in a job of a run, and when it is ended."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.jenkins_double import JenkinsDouble, jenkins_double
from support.shell import Shell
from support.tool_double import ToolDouble
from support.waits import until

from devops_tui.cli.main import run
from devops_tui.transports.jobctl import JobctlRunner
from devops_tui.transports.local import LocalTransport

TOKEN = "swordfish-4711"
MARK = "shop-3.build.1.local.5f3a2c1b"


class Ci:
    """A workspace with one Jenkins, and calls of the verb."""

    def __init__(self, folder: Path, http: ToolDouble) -> None:
        (folder / "devops.yaml").write_text(
            "name: shop\ntools:\n"
            f"  jenkins: {{kind: jenkins, url: '{http.url}', user: ops, password: 'env:TOKEN'}}\n"
            f"  mon: {{kind: prometheus, url: '{http.url}'}}\n"
        )
        self.shell = Shell(folder, folder / "home", {"TOKEN": TOKEN})

    async def start(self, *words: str, **extra: str) -> Process:
        return await asyncio.create_subprocess_exec(
            *self.shell.command("ci", *words),
            cwd=self.shell.folder,
            env=self.shell.environ | extra,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
        )

    async def run(self, *words: str, **extra: str) -> tuple[int, str, str]:
        process = await self.start(*words, **extra)
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


Site = tuple[Ci, JenkinsDouble]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with jenkins_double() as (jenkins, http):
        yield Ci(tmp_path, http), jenkins


@asynccontextmanager
async def followed(ci: Ci, jenkins: JenkinsDouble) -> AsyncIterator[Process]:
    """A call that follows a build which runs."""
    jenkins.plan = [("", b"compiling\n")]
    process = await ci.start("jenkins", "shop/build", DEVOPS_TASK=MARK)
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"compiling\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_job_of_a_run_builds_once_however_often_it_is_asked(site: Site) -> None:
    ci, jenkins = site
    jenkins.plan = [("SUCCESS", f"with {TOKEN} in it\n".encode())]
    words = ("jenkins", "shop/build", "-p", "VERSION=1.4")
    first = await ci.run(*words, DEVOPS_TASK=MARK)
    again = await ci.run(*words, DEVOPS_TASK=MARK)
    assert (first[0], again[0]) == (0, 0)
    assert first[1] == again[1] == "with *** in it\n"
    assert "jenkins: follows shop/build #1 again" in again[2]
    assert [b.parameters for b in jenkins.builds] == [{"VERSION": "1.4", "DEVOPS_TASK": MARK}]


async def test_on_a_terminal_nothing_of_a_log_acts(site: Site) -> None:
    ci, jenkins = site
    jenkins.plan = [("SUCCESS", b"\x1b[2Jwiped\n")]
    ours, theirs = os.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            *ci.shell.command("ci", "jenkins", "shop/build"),
            cwd=ci.shell.folder,
            env=ci.shell.environ,
            stdin=DEVNULL,
            stdout=theirs,
            stderr=DEVNULL,
        )
        assert await process.wait() == 0
        shown = os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)
    assert b"wiped" in shown
    assert b"\x1b" not in shown


async def test_a_build_that_fails_ends_with_one_and_says_how(site: Site) -> None:
    ci, jenkins = site
    jenkins.plan = [("UNSTABLE", b"3 tests failed\n")]
    code, out, err = await ci.run("jenkins", "shop/build")
    assert (code, out) == (1, "3 tests failed\n")
    assert "jenkins: shop/build #1 ended: UNSTABLE" in err
    assert "jenkins: the build is called hand." in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("none", "shop/build"), 3, "no tool none"),
        (("mon", "shop/build"), 4, "it is read, and builds nothing for us"),
        (("jenkins", "shop/build", "-p", "VERSION"), 2, "VERSION is no parameter"),
        (("jenkins", "shop/build", "--stop"), 2, "which build?"),
    ],
)
def test_what_cannot_be_asked(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    Ci(tmp_path, ToolDouble(port=9))  # nothing is asked there
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DEVOPS_TASK", raising=False)
    assert run(["ci", *words]) == code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_who_ends_it_stops_the_build(site: Site, number: signal.Signals) -> None:
    ci, jenkins = site
    async with followed(ci, jenkins) as process:
        process.send_signal(number)
        assert await process.wait() == 130
    assert jenkins.builds[0].result == "ABORTED"


async def test_the_build_is_stopped_though_nobody_waits_for_that(site: Site) -> None:
    ci, jenkins = site
    async with followed(ci, jenkins) as process:
        os.killpg(process.pid, signal.SIGTERM)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        await asyncio.to_thread(until, lambda: process.returncode is not None or _apart(children))
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
    await asyncio.to_thread(until, lambda: jenkins.builds[0].result)
    assert jenkins.builds[0].result == "ABORTED"


def _apart(children: Path) -> bool:
    """Whether the process that stops the build is there, in a group of its own."""
    try:
        return any(os.getpgid(int(pid)) == int(pid) for pid in children.read_text().split())
    except (OSError, ValueError):
        return False


async def test_a_job_that_is_cancelled_stops_its_build(site: Site, tmp_path: Path) -> None:
    ci, jenkins = site
    jenkins.plan = [("", b"compiling\n")]
    local = LocalTransport()
    runner = JobctlRunner(local, str(tmp_path / "spool"))
    script = shlex.join([sys.executable, "-m", "devops_tui", "ci", "jenkins", "shop/build"])
    env = ci.shell.environ | {"DEVOPS_TASK": MARK}
    await runner.start(MARK, script, env=env, secrets={}, folder=str(tmp_path))
    try:
        async with asyncio.timeout(60):
            async for piece in runner.follow(MARK, 0):
                if b"compiling\n" in piece:
                    break
    finally:
        await runner.stop(MARK, 1.0)
    await asyncio.to_thread(until, lambda: jenkins.builds[0].result)
    assert [b.result for b in jenkins.builds] == ["ABORTED"]
