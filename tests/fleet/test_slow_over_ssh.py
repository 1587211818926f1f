"""Slow questions over a real server: a command that hangs harms nothing but its own answer."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from support.sshd import openssh

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.slow_plan import Check, SlowPlan
from devops_tui.domain.survey import DISKS, LOG, PROCESSES, SYSTEM, Answer, Level, Survey
from devops_tui.services.monitoring import FleetWatch
from devops_tui.services.slow_guard import ENDED_BY_US, STILL_HANGS, guarded
from devops_tui.services.watch import WatchTools
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.links import SshLinks
from devops_tui.transports.probe import probe_script
from devops_tui.transports.this_machine import PsutilMachine

TOKEN = "0123456789abcdef"


class Slow:
    """A fleet of one host, its frames and its answers as they come."""

    def __init__(self, host: Host, config_file: Path, plan: SlowPlan) -> None:
        self.frames: list[Frame] = []
        self.survey = Survey(host.name)
        self._news = asyncio.Condition()
        self.links = SshLinks({host.name: host}, limits=LinkLimits(), config_file=config_file)
        tools = WatchTools(
            clock=SystemClock(),
            monotonic=time.monotonic,
            script=probe_script,
            this_machine=PsutilMachine(),
            new_mark=lambda: "abc123",
            chance=Random(3),  # noqa: S311 - a test wants the same chance each time
            asker=str(config_file),
        )
        self.watch = FleetWatch(tools, self._save, lambda _: None, self._save_surveys)
        self._host = host
        self._plan = plan

    async def run(self) -> None:
        self.watch.set_pace(0.4)
        await self.watch.watch({self._host.name: self._host}, self.links, self._plan)
        await self.watch.run()

    async def _save(self, frames: Sequence[Frame]) -> None:
        async with self._news:
            self.frames += frames
            self._news.notify_all()

    async def _save_surveys(self, surveys: Sequence[Survey]) -> None:
        async with self._news:
            (self.survey,) = surveys
            self._news.notify_all()

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(is_so)

    async def answer(self, kind: str) -> Answer:
        """The first answer of a kind, or why there is none."""
        await self.until(lambda: self.survey.of(kind) is not None)
        found = self.survey.of(kind)
        assert found is not None
        return found


def hung_tools(folder: Path) -> Path:
    """A PATH where df never ends, and does not mind being asked to."""
    place = folder / "bin"
    place.mkdir()
    df = place / "df"
    df.write_text("#!/bin/sh\ntrap '' TERM HUP PIPE\nwhile :; do sleep 1; done\n")
    df.chmod(0o755)
    return place


def bearers(token: str) -> list[int]:
    """Processes that run under a token."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                environ = (folder / "environ").read_bytes()
            except OSError:
                continue
            if f"DEVOPS_TUI_SLOW={token}".encode() in environ:
                found.append(int(folder.name))
    return found


@pytest.mark.real
async def test_a_df_that_hangs_is_ended_and_delays_no_figure(tmp_path: Path) -> None:
    path = f"{hung_tools(tmp_path)}:{os.environ['PATH']}"
    (tmp_path / "none").touch()
    check = Check("mail", "echo 'WARNING: 12 waiting | queue=12;10;20;0;'; exit 1", 60.0, 5.0)
    with openssh(tmp_path / "sshd", [f"SetEnv PATH={path} SHLVL=5"]) as server:
        fleet = Slow(server.host("web-1"), tmp_path / "none", SlowPlan((check,)))
        task = asyncio.create_task(fleet.run())
        try:
            await fleet.until(lambda: any(f.link is LinkState.LIVE for f in fleet.frames))
            disks = await fleet.answer(DISKS)
            assert (disks.readings, disks.problem) == ((), "no answer within 8 s")
            # while df hung, a figure came at every interval: none waited for it
            during = [f for f in fleet.frames if f.link is LinkState.LIVE]
            assert len(during) >= 8
            assert all(
                f.link is LinkState.LIVE for f in fleet.frames[fleet.frames.index(during[0]) :]
            )
            system = await fleet.answer(SYSTEM)
            assert system.problem == ""
            mail = await fleet.answer("check:mail")
            assert [(r.level, r.figures) for r in mail.readings] == [
                (Level.WARNING, {"queue": 12.0})
            ]
            await fleet.until(
                lambda: (
                    fleet.frames[-1].sample is not None
                    and fleet.frames[-1].sample.worst_check == 1.0
                )
            )
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await fleet.links.close()


@pytest.mark.real
async def test_looking_at_a_host_asks_for_processes_and_log(tmp_path: Path) -> None:
    (tmp_path / "none").touch()
    with openssh(tmp_path / "sshd") as server:
        fleet = Slow(server.host("web-1"), tmp_path / "none", SlowPlan())
        task = asyncio.create_task(fleet.run())
        try:
            await fleet.answer(DISKS)
            assert fleet.survey.of(PROCESSES) is None
            fleet.watch.look([HostName("web-1")])
            processes = await fleet.answer(PROCESSES)
            assert processes.readings
            assert all("rss_bytes" in reading.figures for reading in processes.readings)
            log = await fleet.answer(LOG)
            assert log.readings
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await fleet.links.close()


def run(script: str) -> tuple[int, bytes]:
    done = subprocess.run(
        ["/bin/sh", "-s"], input=script.encode(), stdout=subprocess.PIPE, check=False
    )
    return done.returncode, done.stdout


def test_a_question_ends_as_its_command_does_and_leaves_nothing() -> None:
    assert run(guarded('echo "it\'s"; exit 3', TOKEN, 5, looks_first=True)) == (3, b"it's\n")
    assert bearers(TOKEN) == []


def test_what_outlives_its_limit_is_killed_with_all_that_it_began() -> None:
    script = "trap '' TERM; sh -c 'trap \"\" TERM; sleep 300' & sleep 300; sleep 300"
    code, _ = run(guarded(script, TOKEN, 1, looks_first=False))
    assert code == ENDED_BY_US
    deadline = time.monotonic() + 10
    while bearers(TOKEN):
        assert time.monotonic() < deadline


def test_a_second_question_is_not_asked_while_the_first_hangs(tmp_path: Path) -> None:
    env = {**os.environ, "DEVOPS_TUI_SLOW": TOKEN}
    with subprocess.Popen(["sleep", "300"], env=env, start_new_session=True) as hangs:
        try:
            script = guarded(f"touch {tmp_path}/asked", TOKEN, 5, looks_first=True)
            assert run(script)[0] == STILL_HANGS
            assert not (tmp_path / "asked").exists()
            assert bearers(TOKEN) == [hangs.pid]
        finally:
            os.killpg(hangs.pid, signal.SIGKILL)
    assert run(guarded("exit 0", TOKEN, 5, looks_first=True))[0] == 0
