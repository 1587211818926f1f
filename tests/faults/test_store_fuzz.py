"""kill -9 of whoever writes to a store: all that was acknowledged is there afterwards."""

from __future__ import annotations

import os
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import store_writer
from support.fault_sweep import Say
from support.postgres import Postgres
from support.store_writer import CARD, JOB, RUN
from support.stores import Opener

from devops_tui.domain.ids import THIS_MACHINE
from devops_tui.domain.pipeline import State
from devops_tui.stores.sql.store import SqlStore

KILLS = 50 if os.environ.get("DEVOPS_TUI_FAULTS") == "full" else 4
LONGEST_S = 0.4

POSTGRES = pytest.param("postgres", marks=[pytest.mark.real, pytest.mark.xdist_group("postgres")])

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(params=["sqlite", POSTGRES])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    if request.param == "sqlite":
        yield Opener(tmp_path / "state")
        return
    server: Postgres = request.getfixturevalue("postgres")
    yield Opener(tmp_path / "state", server.url)


def test_what_was_acknowledged_is_there(opener: Opener, say: Say) -> None:
    seed = int(os.environ.get("DEVOPS_TUI_FAULTS_SEED") or secrets.randbelow(10_000))
    chance = random.Random(seed)  # noqa: S311 - no secret
    told: list[str] = []
    for _ in range(KILLS):
        told += write_and_die(opener, chance.uniform(0.0, LONGEST_S))
        store = opener.store()
        missing = [line for line in told if not is_there(store, line)]
        broken = store.first_broken_event()
        store.close()
        assert missing == []
        assert broken is None
        told = told[-200:]  # the older ones were looked at before
    name = "PostgreSQL" if opener.url else "SQLite"
    say(f"{name}: {KILLS} kills, nothing acknowledged was lost, DEVOPS_TUI_FAULTS_SEED={seed}")


def write_and_die(opener: Opener, after_s: float) -> list[str]:
    """What a writer was told to be stored before it was killed, so long after its first word."""
    writer = subprocess.Popen(
        [sys.executable, store_writer.__file__, str(opener.folder), opener.url],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert writer.stdout is not None
    first = writer.stdout.readline()
    assert first
    time.sleep(after_s)  # the fault itself: a random moment
    writer.kill()
    rest = writer.stdout.read()
    writer.wait(10)
    writer.stdout.close()
    whole = (first + rest).rpartition("\n")[0]  # the last line may be torn
    return whole.splitlines()


def is_there(store: SqlStore, line: str) -> bool:
    """Whether the store holds what the line says, or, for a card, something newer."""
    kind, *words = line.split()
    if kind == "card":
        return store.card(CARD).rev >= int(words[0])
    if kind == "gate":
        gates = [g for g in store.gates(RUN) if g.job_id == words[0]]
        return [(g.state, g.why) for g in gates] == [(State.OK, words[1])]
    if kind == "event":
        (event,) = store.events(after=int(words[0]) - 1, limit=1)
        return (event.seq, event.why) == (int(words[0]), words[1])
    wanted = f"line {words[1]}\n".encode()
    chunks = store.log(RUN, JOB, limit=1_000_000)
    found = [c.data for c in chunks if c.offset == int(words[0]) and c.host == THIS_MACHINE]
    return found == [wanted]
