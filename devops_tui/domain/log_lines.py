"""Lines of a log: cut from chunks of several streams, numbered as they became whole.

The numbers of a job's lines follow from the order in which its chunks were stored, so
they never change: a link to a line stays good, and any window of a log of any size can be
cut again from a checkpoint without reading what stands before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.pipeline import LogChunk

LONGEST_BYTES = 1 << 16
"""A line without an end is cut into pieces of this size."""

CHUNKS_AT_ONCE = 16
"""How many chunks are read at once: about a megabyte, some milliseconds."""

MORE_AT_ONCE = 4 * CHUNKS_AT_ONCE
"""The same after a first slice: what follows each slice costs more than reading it."""

ReadChunks = Callable[[int, int], Sequence[LogChunk]]
"""Reads chunks of one job or run: those with seq > the first number, at most the second."""

Stream = tuple[str, int, str]
"""Job, attempt, host."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line as its bytes came; untrusted.

    Attributes:
        number: From 1, counted over all attempts and hosts of the job (or of the run,
            where the chunks were a run's).
        at: When its end was stored, a fifth of a second after it arrived at the most.
    """

    number: int
    job_id: JobId
    attempt: int
    host: HostName
    at: datetime
    data: bytes


@dataclass(frozen=True, slots=True)
class LogPlace:
    """A line of a job's log, as people write it: "shop-12/test/unit:1732"."""

    run_id: RunId
    job_id: JobId
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.run_id}/{self.job_id}" if self.job_id else str(self.run_id)
        return f"{place}:{self.line}" if self.line else place

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads RUN, RUN/STAGE, RUN/STAGE/JOB or any of them with :LINE.

        Raises:
            NotFound: What stands after the colon is no line of a job.
        """
        place, colon, number = text.strip().partition(":")
        run, _, job = place.partition("/")
        is_line = number.isascii() and number.isdecimal() and int(number) > 0 and len(number) < 12
        if colon and not (is_line and "/" in job):
            raise NotFound(f"{text!r} names no line of a log", "Write RUN/STAGE/JOB:LINE.")
        return cls(RunId(run), JobId(job.rstrip("/")), int(number) if colon else 0)


class LineCutter:
    """Feed it chunks in the order they were stored; it gives the lines that became whole.

    A stream's last line that has no end is given when a later attempt of its job begins,
    or by `rest`.

    Attributes:
        count: Lines given so far.
        after: `seq` of the last chunk.
    """

    __slots__ = ("_attempts", "_latest", "_open", "after", "count")

    def __init__(self) -> None:
        self._open: dict[Stream, tuple[bytes, datetime]] = {}
        self._attempts: dict[str, int] = {}
        self.count = 0
        self.after = 0

    def copy(self) -> LineCutter:
        """The same position, to cut from here again later."""
        twin = LineCutter()
        twin._open = dict(self._open)
        twin._attempts = dict(self._attempts)
        twin.count, twin.after = self.count, self.after
        return twin

    @property
    def open_bytes(self) -> int:
        """Held because their line has no end yet."""
        return sum(len(data) for data, _ in self._open.values())

    def has_open(self, stream: Stream) -> bytes:
        """The beginning of a line of the stream whose end has not come."""
        held = self._open.get(stream)
        return held[0] if held else b""

    def add(self, chunk: LogChunk) -> list[LogLine]:
        """The lines that this chunk completed."""
        self.after = max(self.after, chunk.seq)
        made: list[LogLine] = []
        if chunk.attempt > self._attempts.get(chunk.job_id, 0):
            self._attempts[chunk.job_id] = chunk.attempt
            made = self._give([s for s in self._open if s[0] == chunk.job_id])
        stream = (chunk.job_id, chunk.attempt, chunk.host)
        held = self._open.pop(stream, None)
        *whole, rest = ((held[0] if held else b"") + chunk.data).split(b"\n")
        while len(rest) > LONGEST_BYTES:
            whole.append(rest[:LONGEST_BYTES])
            rest = rest[LONGEST_BYTES:]
        if rest:
            self._open[stream] = (rest, chunk.at)
        first = self.count + 1
        self.count += len(whole)
        made.extend(
            LogLine(number, chunk.job_id, chunk.attempt, chunk.host, chunk.at, data)
            for number, data in enumerate(whole, first)
        )
        return made

    def skip(self, chunk: LogChunk) -> int:
        """As `add`, for those who only count: how many lines this chunk completed."""
        self.after = max(self.after, chunk.seq)
        before = self.count
        if chunk.attempt > self._attempts.get(chunk.job_id, 0):
            self._attempts[chunk.job_id] = chunk.attempt
            for stream in [s for s in self._open if s[0] == chunk.job_id]:
                del self._open[stream]
                self.count += 1
        stream = (chunk.job_id, chunk.attempt, chunk.host)
        held = self._open.pop(stream, None)
        end = chunk.data.rfind(b"\n") + 1
        rest = chunk.data[end:] if end else (held[0] if held else b"") + chunk.data
        pieces = max(0, len(rest) - 1) // LONGEST_BYTES
        rest = rest[pieces * LONGEST_BYTES :]
        if rest:
            self._open[stream] = (rest, chunk.at)
        self.count += chunk.data.count(b"\n") + pieces
        return self.count - before

    def rest(self) -> list[LogLine]:
        """The last lines that have no end; ask when nothing more will come."""
        return self._give(list(self._open))

    def _give(self, streams: Iterable[Stream]) -> list[LogLine]:
        made = []
        for stream in streams:
            data, at = self._open.pop(stream)
            self.count += 1
            job, attempt, host = stream
            made.append(LogLine(self.count, JobId(job), attempt, HostName(host), at, data))
        return made


def read_lines(
    read: ReadChunks, begin: LineCutter, first: int, last: int, *, is_whole: bool = False
) -> list[LogLine]:
    """The lines from `first` to `last`, cut from a checkpoint at or before them.

    Args:
        read: Where the chunks come from.
        begin: The checkpoint; it is not moved.
        first: Number of the first line.
        last: Number of the last line; fewer are returned where the log ends.
        is_whole: Nothing more will come: lines without an end count too.
    """
    cutter = begin.copy()
    found: list[LogLine] = []
    limit = CHUNKS_AT_ONCE // 4
    while cutter.count < last:
        chunks = read(cutter.after, limit)
        if not chunks:
            if is_whole:
                found += [line for line in cutter.rest() if first <= line.number <= last]
            break
        for chunk in chunks:
            if cutter.count >= last:
                break
            found += [line for line in cutter.add(chunk) if first <= line.number <= last]
        if sum(len(chunk.data) for chunk in chunks) < LONGEST_BYTES:  # small ones: more at once
            limit = min(limit * 4, 256)
    return found
