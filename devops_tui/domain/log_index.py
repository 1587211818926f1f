"""Where the lines of a long log lie: enough to read any window of it, and little memory.

A scanner reads the chunks once, on the thread that reads them, and gives parts; the index
keeps the parts on the other side. A checkpoint every quarter of a megabyte is all that is
kept of the text: some hundred kilobytes for a log of 100 MB.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from devops_tui.domain.log_groups import Group, GroupFinder, may_hold_mark
from devops_tui.domain.log_lines import LineCutter, LogLine, Stream
from devops_tui.domain.log_tone import Tone, may_hold_failure, tone_of
from devops_tui.domain.pipeline import LogChunk

SPACING_BYTES = 1 << 18
SPACING_CHUNKS = 256
"""So far apart are two checkpoints, whichever comes first."""


@dataclass(frozen=True, slots=True)
class LogPart:
    """What a scanner found in some chunks.

    Attributes:
        count: Lines of the log so far.
        checkpoints: New ones, in their order.
        groups: All groups so far; None when nothing changed.
        hosts: Names of all streams so far.
        began: When the first chunk was stored.
        is_whole: Nothing more will come; lines without an end are counted too.
    """

    count: int
    checkpoints: tuple[LineCutter, ...] = ()
    groups: tuple[Group, ...] | None = None
    hosts: frozenset[str] = frozenset()
    began: datetime | None = None
    is_whole: bool = False


class LogScanner:
    """Reads on from chunk to chunk; belongs to the thread that reads."""

    def __init__(self) -> None:
        self._cutter = LineCutter()
        self._groups = GroupFinder()
        self._hosts: frozenset[str] = frozenset()
        self._began: datetime | None = None
        self._bytes = self._chunks = 0
        self._last_stream: dict[tuple[str, str], Stream] = {}
        self.is_whole = False

    @property
    def after(self) -> int:
        """`seq` of the last chunk that was read."""
        return self._cutter.after

    def scan(self, chunks: Sequence[LogChunk]) -> LogPart:
        """What these chunks hold."""
        made: list[LineCutter] = []
        before = list(self._groups.groups)
        for chunk in chunks:
            if self._bytes >= SPACING_BYTES or self._chunks >= SPACING_CHUNKS:
                made.append(self._cutter.copy())
                self._bytes = self._chunks = 0
            self._bytes += len(chunk.data)
            self._chunks += 1
            self._began = self._began or chunk.at
            self._take(chunk)
        return self._part(made, before)

    def finish(self) -> LogPart:
        """Nothing more will come."""
        before = list(self._groups.groups)
        self._cutter.rest()
        self._groups.end_all(self._cutter.count)
        self.is_whole = True
        return self._part([], before)

    def _part(self, made: list[LineCutter], before: list[Group]) -> LogPart:
        groups = None if before == self._groups.groups else tuple(self._groups.groups)
        return LogPart(
            self._cutter.count, tuple(made), groups, self._hosts, self._began, self.is_whole
        )

    def _take(self, chunk: LogChunk) -> None:
        stream = (chunk.job_id, chunk.attempt, chunk.host)
        if chunk.host not in self._hosts:
            self._hosts |= {chunk.host}
        earlier = self._last_stream.get((chunk.job_id, chunk.host))
        if earlier is not None and earlier != stream:
            self._groups.end_stream(earlier, self._cutter.count)
        self._last_stream[chunk.job_id, chunk.host] = stream
        held = self._cutter.has_open(stream)
        data = held + chunk.data if held else chunk.data
        groups = self._groups
        has_mark = may_hold_mark(data)
        lines: Sequence[LogLine] = ()
        if has_mark or (groups.wants_failures(stream) and may_hold_failure(data)):
            lines = self._cutter.add(chunk)
            count = len(lines)
        else:  # a line as an object of its own costs twenty times what it costs to count it
            count = self._cutter.skip(chunk)
        if count and groups.has_open:
            groups.meets(stream)
        if has_mark:
            self._look(stream, lines)
        elif lines:
            self._find_failure(stream, lines)

    def _look(self, stream: Stream, lines: Sequence[LogLine]) -> None:
        for line in lines:
            self._groups.take(stream, line)
            if self._groups.wants_failures(stream):
                self._find_failure(stream, (line,))

    def _find_failure(self, stream: Stream, lines: Sequence[LogLine]) -> None:
        if any(_fails(line.data) for line in lines):
            self._groups.fails(stream)


def _fails(data: bytes) -> bool:
    return may_hold_failure(data) and tone_of(data.decode("utf-8", "replace")) is Tone.FAILURE


class LogIndex:
    """What is known of one log; takes the parts in their order.

    Attributes:
        count: Lines so far.
        groups: In the order of their heads.
        hosts: Names of its streams.
    """

    def __init__(self) -> None:
        self._checkpoints: list[LineCutter] = [LineCutter()]
        self._starts: list[int] = [0]
        self.count = 0
        self.groups: tuple[Group, ...] = ()
        self.hosts: frozenset[str] = frozenset()
        self.began: datetime | None = None
        self.is_whole = False

    def take(self, part: LogPart) -> None:
        """Adds what a scanner found."""
        self._checkpoints.extend(part.checkpoints)
        self._starts.extend(cutter.count for cutter in part.checkpoints)
        self.count = part.count
        self.hosts = part.hosts
        self.began = part.began
        self.is_whole = part.is_whole
        if part.groups is not None:
            self.groups = part.groups

    def before(self, number: int) -> LineCutter:
        """The last checkpoint before a line; give it to `read_lines`."""
        return self._checkpoints[max(0, bisect.bisect_left(self._starts, number) - 1)]
