"""Figures that wait to be sent: of five minutes at most, then the oldest go."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from devops_tui.domain.export import UP, Series, name_of
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.history import METRICS

KEPT = timedelta(minutes=5)
_NAMES = tuple((name_of(metric), metric.field) for metric in METRICS)


class FigureQueue:
    """Takes frames as they come and gives them as series."""

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque()
        self._last: dict[str, datetime] = {}

    def __len__(self) -> int:
        return len(self._frames)

    def take(self, frames: Sequence[Frame]) -> None:
        """New samples wait; a frame that only changed otherwise does not."""
        for frame in frames:
            is_live = frame.link is LinkState.LIVE and frame.sample is not None
            before = self._last.get(frame.host)
            if is_live and (before is None or frame.at > before):
                self._last[frame.host] = frame.at
                self._frames.append(frame)

    def drop_before(self, now: datetime) -> int:
        """Forgets what waited too long; how many samples those were."""
        count = 0
        while self._frames and now - self._frames[0].at > KEPT:
            self._frames.popleft()
            count += 1
        return count

    def drop(self, count: int) -> None:
        """Forgets the oldest samples: they were sent, or nobody wants them."""
        for _ in range(min(count, len(self._frames))):
            self._frames.popleft()

    def series(self, hosts: Mapping[str, Host], most: int) -> tuple[Sequence[Series], int]:
        """The oldest samples as series, and how many those are."""
        taken = [self._frames[index] for index in range(min(most, len(self._frames)))]
        points: dict[tuple[str, str], list[tuple[int, float]]] = {}
        for frame in taken:
            at_ms = round(frame.at.timestamp() * 1000)
            points.setdefault((UP, frame.host), []).append((at_ms, 1.0))
            for name, field in _NAMES:
                value = getattr(frame.sample, field)
                if value is not None:
                    points.setdefault((name, frame.host), []).append((at_ms, float(value)))
        found = [
            Series(
                (("__name__", name), ("groups", _groups(hosts.get(host))), ("host", host)),
                tuple(of_one),
            )
            for (name, host), of_one in points.items()
        ]
        return found, len(taken)


def _groups(host: Host | None) -> str:
    return ",".join(host.groups) if host is not None else ""
