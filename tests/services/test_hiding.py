"""Words of hosts, tools and channels' other sides go through the mask before they are kept."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.leaks import SECRETS, leaks
from support.notify_samples import message, notice

from devops_tui.domain.errors import CommandFailed, DevopsError, HostUnreachable, NotTold
from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.notify import Message
from devops_tui.domain.pipeline import (
    HostOutcome,
    Job,
    JobRun,
    Plan,
    Run,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.work import RunCommand
from devops_tui.integrations.git import GitSources
from devops_tui.services.jobs.dispatch import Dispatch
from devops_tui.services.notify.masked import MaskedSender
from devops_tui.transports.known_secrets import KnownSecrets
from devops_tui.transports.nearby_secrets import secret_within

KNOWN = KnownSecrets()
for _secret in SECRETS:
    KNOWN.remember(_secret)
SAID = f"no results: out.json:1: unexpected {SECRETS[0]!r}, {SECRETS[1]}"
JOB = Job("unit", RunCommand("true"))
PLAN = Plan("shop", (Stage("test", StageKind.TEST, (JOB,)),))
RUN = Run(RunId("shop-1"), 1, PLAN, State.RUNNING, datetime.now(UTC), "jun")
RECORD = JobRun(RunId("shop-1"), JobId("test/unit"), State.RUNNING)


class Talkative:
    """An executor that repeats secrets: in its verdict, or in what it raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        if self._error is not None:
            raise self._error
        hosts = (HostOutcome(HostName("web-1"), state=State.FAILED, why=SAID),)
        return replace(record, state=State.FAILED, why=SAID, hosts=hosts)


async def test_a_verdict_is_masked_with_those_of_its_hosts() -> None:
    dispatch = Dispatch({RunCommand: Talkative()}, KNOWN.mask)
    ended = await dispatch.execute(RUN, PLAN, JobId("test/unit"), JOB, RECORD)
    assert ended.why.startswith("no results: out.json:1: unexpected ")
    assert leaks(f"{ended.why} {ended.hosts[0].why}".encode()) == set()


@pytest.mark.parametrize("error", [CommandFailed(SAID, 1, SAID), ValueError(SAID)], ids=str)
async def test_what_is_raised_is_masked(error: Exception) -> None:
    dispatch = Dispatch({RunCommand: Talkative(error)}, KNOWN.mask)
    with pytest.raises(type(error)) as raised:
        await dispatch.execute(RUN, PLAN, JobId("test/unit"), JOB, RECORD)
    told = f"{raised.value} {raised.value.args}"
    if isinstance(raised.value, DevopsError):
        told += f"{raised.value.title} {raised.value.hint}"
    assert "unexpected" in told
    assert leaks(told.encode()) == set()


class Refusing:
    """A channel whose other side repeats what it was told."""

    def __init__(self) -> None:
        self.told: list[Message] = []

    async def send(self, message: Message) -> None:
        self.told.append(message)
        raise NotTold(f"chat answers 404: {SAID}", SAID)


async def test_a_channel_tells_no_secret_and_complains_of_none() -> None:
    inner = Refusing()
    told = message(notice(title=f"jun approved: {SAID}", why=SAID))
    with pytest.raises(NotTold) as refused:
        await MaskedSender(inner, KNOWN.mask).send(told)
    assert leaks(f"{inner.told} {refused.value} {refused.value.args}".encode()) == set()
    assert inner.told[0].key == told.key


@pytest.mark.parametrize("login", ["me:hunter2", "me:hunt@er2", "me:hunt/er2", "hunter2token"])
async def test_git_that_fails_shows_no_credentials(
    login: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text(
        f'[url "https://{login}@127.0.0.1:1/"]\n\tinsteadOf = https://code.example/\n'
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    with pytest.raises(HostUnreachable) as refused:
        await GitSources(tmp_path / "mirrors").head("https://code.example/x.git", "main")
    told = str(refused.value)
    assert "git: fatal: unable to access" in told
    assert "hunt" not in told
    assert "er2" not in told


def test_a_reason_is_held_against_what_can_be_looked_up(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch(mode=0o600)
    file.write_text("k3y-in-a-file\n")
    pipe, open_file = tmp_path / "pipe", tmp_path / "open"
    subprocess.run(["mkfifo", str(pipe)], check=True)
    open_file.write_text("others-may-read-it")
    open_file.chmod(0o644)
    references = [f"file:{f}" for f in (pipe, open_file, tmp_path / "none", file)]
    references += ["env:TOKEN", "env:SHORT", "cmd:[]"]
    known = {"TOKEN": "t0ken-of-the-shell", "SHORT": "main"}

    def found(text: str) -> str | None:
        return secret_within(text, references, known)

    assert found("the main thing is well, others-may-read-it") is None
    assert found("it printed k3y-in-a-file there") == f"file:{file}"
    assert found(f"it printed {b't0ken-of-the-shell'.hex()}") == "env:TOKEN"


def test_the_last_words_of_a_process_are_masked() -> None:
    program = (
        "import logging, threading\n"
        "from devops_tui.bootstrap.parts import hide_secrets_in_logs\n"
        "from devops_tui.transports.known_secrets import KNOWN\n"
        "logging.basicConfig()\n"
        "hide_secrets_in_logs()\n"
        "KNOWN.remember('hunter2-of-the-end')\n"
        "def fail(): raise ValueError('hunter2-of-the-end in a thread')\n"
        "thread = threading.Thread(target=fail)\n"
        "thread.start()\n"
        "thread.join()\n"
        "raise ValueError('hunter2-of-the-end in the main thread')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "ValueError: *** in a thread" in done.stderr
    assert "ValueError: *** in the main thread" in done.stderr
    # the lines of the program itself would be shown from a file, which has no secret
    assert "hunter2-of-the-end" not in done.stderr
