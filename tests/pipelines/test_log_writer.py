"""Logs are exact: nothing twice, nothing missing, nothing secret, wherever a writer dies."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.errors import StoreFull
from devops_tui.domain.ids import THIS_MACHINE, JobId, RunId
from devops_tui.domain.pipeline import LogChunk
from devops_tui.services.logs import CHUNK_BYTES, LogWriter, Stream
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.transports.masker import Masker

STREAM = Stream(RunId("shop-1"), JobId("test/unit"), 1, THIS_MACHINE)
SECRET = "hunter2secret"


def stored(store: SqliteStore) -> bytes:
    data = b""
    for chunk in store.log(STREAM.run_id, STREAM.job_id):
        assert chunk.offset == len(data)
        data += chunk.data
    return data


def writer(store: SqliteStore, secrets: Sequence[str] = (), appended: bool = False) -> LogWriter:
    masking = Masker(secrets) if secrets else None
    return LogWriter(store, SystemClock(), STREAM, masking, is_appended=appended)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore.open(tmp_path / "state.db")
    yield store
    store.close()


async def test_what_is_fed_is_stored_in_chunks_without_gaps(store: SqliteStore) -> None:
    data = bytes(range(256)) * 1024
    async with writer(store) as log:
        for start in range(0, len(data), 10_000):
            log.feed(data[start : start + 10_000])
        await log.finish()
    assert stored(store) == data
    assert all(len(c.data) <= CHUNK_BYTES for c in store.log(STREAM.run_id))


async def test_a_new_source_goes_after_what_is_there(store: SqliteStore) -> None:
    async with writer(store) as log:
        log.feed(b"first\n")
    async with writer(store, appended=True) as log:
        assert log.position == 0
        log.feed(b"second\n")
    assert stored(store) == b"first\nsecond\n"


async def test_an_unfinished_stream_keeps_the_beginning_of_a_secret_back(
    store: SqliteStore,
) -> None:
    async with writer(store, [SECRET]) as log:
        log.feed(f"login {SECRET[:7]}".encode())
    assert stored(store) == b"login "


async def test_a_store_that_is_full_for_a_while_loses_nothing(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = store.append_log
    refusals = 3

    def append_log(chunks: Sequence[LogChunk]) -> None:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise StoreFull("no room")
        real(chunks)

    monkeypatch.setattr(store, "append_log", append_log)
    monkeypatch.setattr("devops_tui.services.logs._RETRY_S", 0.01)
    async with writer(store) as log:
        log.feed(b"x" * CHUNK_BYTES)
        log.feed(b"y")
        await log.finish()
    assert refusals == 0
    assert stored(store) == b"x" * CHUNK_BYTES + b"y"


async def test_a_store_that_stays_full_is_an_error_in_the_end(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def append_log(chunks: Sequence[LogChunk]) -> None:
        raise StoreFull("no room")

    monkeypatch.setattr(store, "append_log", append_log)
    log = writer(store)
    with pytest.raises(StoreFull):
        for _ in range(200):
            log.feed(b"x" * CHUNK_BYTES)


@contextmanager
def store_in_memory() -> Iterator[SqliteStore]:
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    store = SqliteStore.open(folder / "state.db")
    try:
        yield store
    finally:
        store.close()
        shutil.rmtree(folder)


TEXT = st.lists(
    st.sampled_from([SECRET.encode(), b"hunter2", b"secret", b"h", b"\n", b"plain text "]),
    min_size=1,
    max_size=25,
).map(b"".join)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    output=TEXT,
    deaths=st.lists(st.integers(1, 60), max_size=4),
    piece=st.integers(1, 40),
    has_secret=st.booleans(),
)
def test_a_writer_may_die_between_any_two_writes(
    output: bytes, deaths: list[int], piece: int, has_secret: bool
) -> None:
    """Each writer stores every piece at once and dies after so many bytes of output."""
    secrets = [SECRET] if has_secret else []
    with store_in_memory() as store:
        for death in [*deaths, len(output) + 1]:
            log = writer(store, secrets)
            end = min(len(output), log.position + death)
            while log.position < end:
                log.feed(output[log.position : min(end, log.position + piece)])
                log._try_flush()
        if has_secret:
            assert log._masking is not None
            log._take(log._masking.feed(b"", final=True))
            log._try_flush()
        whole = Masker(secrets).feed(output, final=True)
        assert stored(store) == whole
        assert (SECRET.encode() in stored(store)) is (not has_secret and SECRET.encode() in output)


async def test_chunks_bear_the_time_of_their_writing(store: SqliteStore) -> None:
    before = datetime.now(UTC)
    async with writer(store) as log:
        log.feed(b"x")
    assert before <= store.log(STREAM.run_id)[0].at <= datetime.now(UTC)
