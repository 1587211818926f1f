"""What is ranked of a log, and that a cause has the number of its line in the whole log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.incident import Cause
from devops_tui.domain.log_lines import LineCutter
from devops_tui.domain.pipeline import JobRun, LogChunk, State
from devops_tui.services.attempt_log import LOG_LIMIT_BYTES, attempt_log
from devops_tui.stores.sqlite.store import SqliteStore

RUN, JOB = RunId("shop-1"), JobId("test/unit")
CHUNK = 1 << 16


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "state.db")
    yield opened
    opened.close()


def write(store: SqliteStore, data: bytes, host: str = "web-1", attempt: int = 1) -> None:
    now, of = StillClock().now(), HostName(host)
    before = store.log_size(RUN, JOB, attempt, of)
    store.append_log(
        [
            LogChunk(RUN, JOB, attempt, of, before + at, data[at : at + CHUNK], now)
            for at in range(0, len(data), CHUNK)
        ]
    )


def shown(store: SqliteStore, number: int) -> bytes:
    """The line of the job's log that people see under a number."""
    cutter, after = LineCutter(), 0
    lines = []
    while chunks := store.log(RUN, JOB, after, 64):
        after = chunks[-1].seq
        lines += [line for chunk in chunks for line in cutter.add(chunk)]
    lines += cutter.rest()
    return next(line.data for line in lines if line.number == number)


def number_shown(store: SqliteStore, attempt: int, text: bytes) -> int:
    told = attempt_log(store, RUN, JobRun(RUN, JOB, State.FAILED, attempt=attempt))
    line = told.data.split(b"\n").index(text) + 1
    cause = Cause(line, text.decode(), 1.0, (), line - 1, line + 2)
    numbered = told.numbered(cause)
    assert (numbered.first, numbered.last) == (numbered.line - 1, numbered.line + 2)
    assert shown(store, numbered.line) == text
    return numbered.line


def test_lines_of_earlier_attempts_and_other_hosts_count(store: SqliteStore) -> None:
    write(store, b"one\ntwo\nno end")
    write(store, b"again\nall w", attempt=2)
    write(store, b"other\nmore\n", "web-2", attempt=2)
    write(store, b"ell\nboom\nlast", attempt=2)
    assert number_shown(store, 2, b"boom") == 8


def test_what_is_too_long_to_be_ranked_counts(store: SqliteStore) -> None:
    line = b"INFO request served in 12 ms by web-1 status=200 path=/cart\n"
    write(store, line * (2 * LOG_LIMIT_BYTES // len(line)))
    write(store, b"boom\nand on\nlast\n")
    told = attempt_log(store, RUN, JobRun(RUN, JOB, State.FAILED))
    assert len(told.data) <= LOG_LIMIT_BYTES
    assert number_shown(store, 1, b"boom") > 2 * LOG_LIMIT_BYTES // len(line)


def test_the_last_line_may_have_no_end(store: SqliteStore) -> None:
    write(store, b"one\nboom")
    assert number_shown(store, 1, b"boom") == 2
