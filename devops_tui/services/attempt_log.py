"""The end of the log of one attempt, to be ranked, and the numbers that its lines have.

The ranking counts the lines of what it was given; people count those of the whole log, in
which earlier attempts, what was too long to hold and other hosts have lines, too.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from devops_tui.domain.ids import RunId
from devops_tui.domain.incident import Cause
from devops_tui.domain.log_lines import CHUNKS_AT_ONCE, LineCutter
from devops_tui.domain.pipeline import JobRun
from devops_tui.ports.store import Store

LOG_LIMIT_BYTES = 4 << 20
"""A longer log is ranked by its end, where a failing command says why."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A chunk: how many line ends it has, and the number in the log of the line before them."""

    data: bytes
    ends: int
    base: int


class AttemptLog:
    """What is ranked of an attempt's log: streams of several hosts one after the other.

    Attributes:
        data: At most LOG_LIMIT_BYTES and one chunk.
    """

    def __init__(self, parts: Sequence[_Part], count: int) -> None:
        self.data = b"".join(part.data for part in parts)
        self._bases = [part.base for part in parts]
        self._ends = list(accumulate(part.ends for part in parts))
        self._count = count

    def number_of(self, line: int) -> int:
        """The number in the job's log of a line of `data`; both from 1."""
        index = bisect_left(self._ends, line)
        if index == len(self._ends):  # the last line, which has no end
            return self._count
        before = self._ends[index - 1] if index else 0
        return self._bases[index] + line - before

    def numbered(self, cause: Cause) -> Cause:
        """The cause with the numbers that the lines have in the job's log."""
        number = self.number_of(cause.line)
        first, last = cause.line - cause.first, cause.last - cause.line
        return replace(cause, line=number, first=max(1, number - first), last=number + last)


def attempt_log(store: Store, run_id: RunId, record: JobRun) -> AttemptLog:
    """Reads it; never more of it is held than is ranked: a log may be larger than the memory."""
    cutter = LineCutter()
    streams: dict[str, deque[_Part]] = {}
    held = 0
    while chunks := store.log(run_id, record.job_id, cutter.after, CHUNKS_AT_ONCE):
        for chunk in chunks:
            cutter.skip(chunk)
            if chunk.attempt == record.attempt:
                ends = chunk.data.count(b"\n")
                part = _Part(chunk.data, ends, cutter.count - ends)
                streams.setdefault(chunk.host, deque()).append(part)
                held += len(chunk.data)
        while held > LOG_LIMIT_BYTES:
            longest = max(streams.values(), key=lambda parts: sum(len(p.data) for p in parts))
            held -= len(longest.popleft().data)
    count = cutter.count + len(cutter.rest()[:1])
    return AttemptLog([part for parts in streams.values() for part in parts], count)
