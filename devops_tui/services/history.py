"""Gathers the samples of a fleet into minutes, until they are kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.history import METRICS, Block, Step
from devops_tui.domain.ids import HostName

_MINUTE_MS = 60_000
_MOST_WAITING = 20_000  # minutes of hosts while the disk is full: about 100 MB
_values = attrgetter(*(metric.field for metric in METRICS))

_Row = tuple[float | None, ...]


class HistoryRecorder:
    """The open minute of each host, and closed ones that were not kept yet.

    A power cut loses what is here: a minute at most, while the disk takes what it is given.
    """

    def __init__(self) -> None:
        self._times: dict[HostName, list[int]] = {}
        self._rows: dict[HostName, list[_Row]] = {}
        self._closed: deque[Block] = deque(maxlen=_MOST_WAITING)

    def take(self, frames: Sequence[Frame]) -> None:
        """Notes the samples that are new; frames without a live one change nothing."""
        for frame in frames:
            if frame.sample is None or frame.link is not LinkState.LIVE:
                continue
            at_ms = int(frame.at.timestamp() * 1000)
            times = self._times.setdefault(frame.host, [])
            if times:
                if at_ms == times[-1]:
                    continue
                if at_ms < times[-1] or at_ms // _MINUTE_MS != times[0] // _MINUTE_MS:
                    self._close(frame.host)
                    times = self._times.setdefault(frame.host, [])
            times.append(at_ms)
            self._rows.setdefault(frame.host, []).append(_values(frame.sample))

    def closed(self, now: datetime, limit: int = 100) -> list[Block]:
        """Minutes that are over, at most so many; they are forgotten here."""
        minute = int(now.timestamp() * 1000) // _MINUTE_MS
        for host, times in list(self._times.items()):
            if times and times[0] // _MINUTE_MS < minute:
                self._close(host)
        return [self._closed.popleft() for _ in range(min(limit, len(self._closed)))]

    def rest(self) -> list[Block]:
        """Everything, the open minutes too."""
        for host in list(self._times):
            self._close(host)
        found = list(self._closed)
        self._closed.clear()
        return found

    def give_back(self, blocks: Sequence[Block]) -> None:
        """These could not be kept: they come again; the oldest go when there are too many."""
        room = _MOST_WAITING - len(self._closed)
        self._closed.extendleft(reversed(blocks[-room:] if room else ()))

    def _close(self, host: HostName) -> None:
        times = self._times.pop(host, [])
        rows = self._rows.pop(host, [])
        if times:
            self._closed.append(Block(host, Step.SAMPLE, times, list(zip(*rows, strict=True))))
