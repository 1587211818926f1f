"""Gathers the samples of a fleet into minutes, until they are kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.history import METRICS, Block, Step
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample

_MINUTE_MS = 60_000
_MOST_WAITING = 20_000  # minutes of hosts while the disk is full: about 100 MB
_values = attrgetter(*(metric.field for metric in METRICS))


class _Open:
    """The minute of a host that is under way.

    Attributes:
        number: Which minute since 1970.
        times: Of each sample, in milliseconds since 1970, rising.
    """

    __slots__ = ("number", "samples", "times")

    def __init__(self, number: int) -> None:
        self.number = number
        self.times: list[int] = []
        self.samples: list[Sample] = []


class HistoryRecorder:
    """The open minute of each host, and closed ones that were not kept yet.

    A power cut loses what is here: a minute at most, while the disk takes what it is given.
    """

    def __init__(self) -> None:
        self._open: dict[HostName, _Open] = {}
        self._closed: deque[Block] = deque(maxlen=_MOST_WAITING)

    def take(self, frames: Sequence[Frame]) -> None:
        """Notes the samples that are new; frames without a live one change nothing."""
        for frame in frames:
            sample = frame.sample
            if sample is None or frame.link is not LinkState.LIVE:
                continue
            at_ms = int(frame.at.timestamp() * 1000)
            number = at_ms // _MINUTE_MS
            minute = self._open.get(frame.host)
            if minute is None:
                minute = self._open[frame.host] = _Open(number)
            elif at_ms == minute.times[-1]:
                continue
            elif at_ms < minute.times[-1] or number != minute.number:
                self._close(frame.host)
                minute = self._open[frame.host] = _Open(number)
            minute.times.append(at_ms)
            minute.samples.append(sample)

    def closed(self, now: datetime, limit: int = 100) -> list[Block]:
        """Minutes that are over, at most so many; they are forgotten here."""
        number = int(now.timestamp() * 1000) // _MINUTE_MS
        for host in [host for host, minute in self._open.items() if minute.number < number]:
            self._close(host)
        return [self._closed.popleft() for _ in range(min(limit, len(self._closed)))]

    def rest(self) -> list[Block]:
        """Everything, the open minutes too."""
        for host in list(self._open):
            self._close(host)
        found = list(self._closed)
        self._closed.clear()
        return found

    def give_back(self, blocks: Sequence[Block]) -> None:
        """These could not be kept: they come again; the oldest go when there are too many."""
        room = _MOST_WAITING - len(self._closed)
        self._closed.extendleft(reversed(blocks[-room:] if room else ()))

    def _close(self, host: HostName) -> None:
        minute = self._open.pop(host)
        columns = list(zip(*map(_values, minute.samples), strict=True))
        self._closed.append(Block(host, Step.SAMPLE, minute.times, columns))
