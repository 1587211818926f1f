"""Writes what a command says into the store: masked, in batches, exact over restarts."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from devops_tui.domain.errors import StoreError, StoreUncertain
from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.pipeline import LogChunk
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

CHUNK_BYTES = 64 * 1024
BATCH_BYTES = 1 << 20
"""From so much on it is stored at once; each storing waits for the disk, whatever its size."""

BATCH_S = 0.2
_HELD_BYTES = 8 << 20
_RETRY_S = 1.0

log = logging.getLogger(__name__)


class Masking(Protocol):
    """Takes secrets out of a stream.

    What it gives for a stream must not depend on how the stream was cut into pieces.
    """

    def feed(self, chunk: bytes, /, *, final: bool = False) -> bytes:
        """The next masked bytes; holds back what may become a secret until `final`."""
        ...


@dataclass(frozen=True, slots=True)
class Stream:
    """Names one stream of a job's log."""

    run_id: RunId
    job_id: JobId
    attempt: int
    host: HostName


class LogWriter:
    """One stream of a log; an async context, within which `feed` takes bytes.

    Offsets in the store count masked bytes. Without secrets these are the offsets of
    the command's own output, so that a new writer reads on where the store ends. With
    secrets it reads the output again from its first byte, masks it again, and drops
    what is stored already: the two always agree, whenever the last writer was killed.

    Args:
        masking: None when the command knows no secret.
        is_appended: The source is another one than before (it began again); all that it
            says goes after what is stored.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        stream: Stream,
        masking: Masking | None = None,
        *,
        is_appended: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._stream = stream
        self._masking = masking
        stored = store.log_size(stream.run_id, stream.job_id, stream.attempt, stream.host)
        self._offset = stored
        self._skip = stored if masking is not None and not is_appended else 0
        self._position = 0 if masking is not None or is_appended else stored
        self._held = bytearray()
        self._unsure_bytes = 0
        self._has_more = asyncio.Event()
        self._flusher: asyncio.Task[None] | None = None

    @property
    def position(self) -> int:
        """The offset in the command's own output from which it wants to be fed."""
        return self._position

    def feed(self, data: bytes) -> None:
        """Takes the output from `position` on.

        Raises:
            StoreError: The store cannot take it and too much is held already.
        """
        self._position += len(data)
        self._take(self._masking.feed(data) if self._masking is not None else data)
        if len(self._held) >= BATCH_BYTES:
            self._try_flush()
        self._has_more.set()

    async def finish(self) -> None:
        """The output is complete: stores all of it, waiting for the store where it must."""
        if self._masking is not None:
            self._take(self._masking.feed(b"", final=True))
        while self._held:
            self._try_flush()
            if self._held:
                await self._clock.sleep(_RETRY_S)

    async def __aenter__(self) -> Self:
        self._flusher = asyncio.create_task(self._flush_in_time())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._flusher is not None:
            self._flusher.cancel()
            with suppress(asyncio.CancelledError, StoreError):
                await self._flusher
        # what masking holds back stays unwritten: it may be the beginning of a secret
        self._try_flush()

    async def _flush_in_time(self) -> None:
        while True:
            await self._has_more.wait()
            self._has_more.clear()
            await self._clock.sleep(BATCH_S)
            self._try_flush()
            if self._held:
                self._has_more.set()

    def _take(self, masked: bytes) -> None:
        dropped = min(self._skip, len(masked))
        self._skip -= dropped
        self._held += memoryview(masked)[dropped:]

    def _try_flush(self) -> None:
        """Stores what is held; keeps it while the store is held or full for a while.

        A batch that may be stored already is stored again as it was: the store knows its
        chunks by their offsets alone.
        """
        try:
            while self._held:
                self._store_batch()
        except StoreError as error:
            if isinstance(error, StoreUncertain):
                self._unsure_bytes = self._unsure_bytes or min(BATCH_BYTES, len(self._held))
            if not error.is_passing or len(self._held) > _HELD_BYTES:
                raise
            log.warning("log of %s is held back: %s", self._stream.run_id, error)

    def _store_batch(self) -> None:
        """Stores the first megabyte of what is held in one transaction."""
        s = self._stream
        batch = bytes(self._held[: self._unsure_bytes or BATCH_BYTES])
        now = self._clock.now()
        self._store.append_log(
            [
                LogChunk(
                    s.run_id, s.job_id, s.attempt, s.host,
                    self._offset + at, batch[at : at + CHUNK_BYTES], now,
                )
                for at in range(0, len(batch), CHUNK_BYTES)
            ]
        )  # fmt: skip
        self._offset += len(batch)
        self._unsure_bytes = 0
        del self._held[: len(batch)]
