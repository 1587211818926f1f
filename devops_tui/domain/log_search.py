"""Searches the logs of whole runs, job by job, as their chunks are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.log_finder import LineFinder, Text, plain_line
from devops_tui.domain.log_lines import LogLine, LogPlace
from devops_tui.domain.pipeline import LogChunk


@dataclass(frozen=True, slots=True)
class Match:
    """A line that holds the text.

    Attributes:
        place: Where it is: a link that `devops-tui log` and the screen open.
        text: The line, its colours taken off; untrusted.
    """

    place: LogPlace
    host: HostName
    at: datetime
    text: str


class RunSearch:
    """One run; feed it all of its chunks in the order they were stored.

    Args:
        run_id: The run.
        text: Taken literally; case does not count unless a capital was typed.
    """

    def __init__(self, run_id: RunId, text: str) -> None:
        self.run_id = run_id
        self._wanted = Text(text)
        self._finders: dict[JobId, LineFinder] = {}
        self.after = 0

    def take(self, chunks: Sequence[LogChunk]) -> Iterator[Match]:
        """The matches that these chunks completed; use all of them."""
        for chunk in chunks:
            self.after = max(self.after, chunk.seq)
            finder = self._finders.get(chunk.job_id)
            if finder is None:
                finder = self._finders[chunk.job_id] = LineFinder(self._wanted)
            for line in finder.find((chunk,)):
                yield self._match(line)

    def rest(self) -> Iterator[Match]:
        """Those in last lines that have no end."""
        for finder in self._finders.values():
            for line in finder.rest():
                yield self._match(line)

    def _match(self, line: LogLine) -> Match:
        place = LogPlace(self.run_id, line.job_id, line.number)
        return Match(place, line.host, line.at, plain_line(line.data))
