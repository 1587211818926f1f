"""The part of the double that is about figures over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.history import BY_NAME, Bucket, HostHistory, Unit
from devops_tui.domain.ids import HostName


class FakeHistory:
    """A wave for every figure, with a gap in its middle."""

    has_history = True
    unseen: frozenset[str] = frozenset()
    moments_asked: tuple[tuple[str, datetime], ...] = ()
    history_asked: tuple[str, datetime, datetime, int] | None = None

    def host_history(
        self, host: str, metrics: Sequence[str], start: datetime, end: datetime, count: int
    ) -> HostHistory:
        self.history_asked = (host, start, end, count)
        if not self.has_history:
            return HostHistory(HostName(host), start, end, has_store=False)
        series = {}
        for name in metrics:
            top = 1.0 if BY_NAME[name].unit is Unit.RATIO else 4_000_000.0
            wave = [(math.sin(i / 9) / 2.5 + 0.5) * top for i in range(count)]
            hole = range(count // 2, count // 2 + count // 8)
            series[name] = tuple(
                None if i in hole else Bucket(v * 0.8, v, v * 1.1) for i, v in enumerate(wave)
            )
        return HostHistory(HostName(host), start, end, series)

    def fleet_history(
        self, hosts: Sequence[str], metrics: Sequence[str], start: datetime, end: datetime
    ) -> Sequence[HostHistory]:
        """A level that tells the last figure of the minute: 10 % of everything to 19 %.

        Nothing was seen of the hosts in `unseen`.
        """
        self.moments_asked = (*self.moments_asked, *((host, start) for host in hosts))
        level = 0.1 + start.minute % 10 / 100
        known = (Bucket(level, level, level),)
        return [
            HostHistory(
                HostName(host), start, end,
                dict.fromkeys(metrics, (None,) if host in self.unseen else known),
                has_store=self.has_history,
            )
            for host in hosts
        ]  # fmt: skip
