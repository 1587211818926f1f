"""What a question needs secretly is looked up each time; logs come from named files."""

from __future__ import annotations

import asyncio
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import cast

import pytest
from support.clocks import StillClock

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.errors import NotFound
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.domain.slow_plan import LogFiles, SlowPlan
from devops_tui.domain.survey import LOG, Answer, Reading
from devops_tui.ports.transport import Completed, Transport
from devops_tui.services.live_frame import LiveFrame
from devops_tui.services.slow_question import Question
from devops_tui.services.slow_questions import questions_of
from devops_tui.services.slow_watch import SlowWatch
from devops_tui.services.watch import WatchTools
from devops_tui.transports.probe import probe_script
from devops_tui.transports.this_machine import PsutilMachine

HOST = Host(HostName("h"))


@dataclass
class Listens:
    """A transport that keeps what was sent."""

    scripts: list[str] = field(default_factory=list)

    async def run(self, script: str, **_: object) -> Completed:
        self.scripts.append(script)
        return Completed(0, b"fine\n", b"")


class Vault:
    """Knows one reference."""

    async def resolve(self, reference: str) -> str:
        if reference != "env:KNOWN":
            raise NotFound(f"no {reference}")
        return "it's secret"


@pytest.mark.parametrize("reference", ["env:KNOWN", "env:OTHER"])
async def test_a_secret_is_sent_before_the_question_and_only_when_it_is_known(
    reference: str,
) -> None:
    tools = WatchTools(
        SystemClock(), time.monotonic, probe_script, PsutilMachine(), lambda: "a",
        Random(1), secrets=Vault(),  # noqa: S311 - a test wants the same chance each time
    )  # fmt: skip
    question = Question(
        "database:x", 60.0, "true", lambda _c, out, _a, _b: (Reading("x", out.decode()),),
        secrets={"PGPASSWORD": reference},
    )  # fmt: skip
    live = LiveFrame(HOST.name, StillClock(), lambda _: None)
    watch, link = SlowWatch(HOST, [question], live, tools), Listens()
    watch.begin(cast("Transport", link))
    answer: Answer | None = None
    async with asyncio.timeout(30):
        while answer is None:
            watch.beat(time.monotonic())
            await asyncio.sleep(0.02)
            survey = watch.take_changed()
            answer = survey.of("database:x") if survey else None
    await watch.end()
    if reference == "env:KNOWN":
        assert link.scripts[0].startswith("PGPASSWORD='it'\"'\"'s secret'; export PGPASSWORD\n")
        assert answer.readings[0].text == "fine\n"
    else:
        assert link.scripts == []
        assert answer.problem == "its secret is missing: no env:OTHER"


def test_the_ends_of_named_files_are_shown(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    for name in ("one.log", "two.log"):
        (tmp_path / "a b" / name).write_text("".join(f"{name} {n}\n" for n in range(300)))
    plan = SlowPlan(logs=(LogFiles((f"{tmp_path}/a b/*.log",)), LogFiles((f"{tmp_path}/no;ne",))))
    question = next(q for q in questions_of(HOST, plan) if q.kind == LOG)
    done = subprocess.run(["sh", "-c", question.script], capture_output=True, check=False)
    now = SystemClock().now()
    said = [r.text for r in question.read(0, done.stdout, now, now)]
    assert said[0] == f"{tmp_path}/a b/one.log"
    assert said[1] == "one.log 240"
    assert "two.log 299" in said
    assert said[-1] == f"{tmp_path}/no;ne cannot be read by this login"
    other = SlowPlan(logs=(LogFiles(("/x",), ("web",)),))
    assert "/x" not in next(q for q in questions_of(HOST, other) if q.kind == LOG).script
