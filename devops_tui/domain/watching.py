"""What a watch looks at beside health, errors and latency, and how it is judged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """A question to a connected Prometheus, and which answers are well.

    Attributes:
        tool: Name of the tool.
        query: PromQL; each series of its answer is judged.
        most, least: Bounds that are well still; None for none.
    """

    tool: str
    query: str
    most: float | None = None
    least: float | None = None

    def judge(self, values: Sequence[float]) -> Sign:
        """What the answer means: without a number nobody knows."""
        if not values or any(math.isnan(value) for value in values):
            return Sign(self.query, None, f"{self.tool} has no number for {self.query}")
        over = [v for v in values if self.most is not None and v > self.most]
        under = [v for v in values if self.least is not None and v < self.least]
        if over:
            return Sign(self.query, True, f"{self.query} is {max(over):g}, over {self.most:g}")
        if under:
            return Sign(self.query, True, f"{self.query} is {min(under):g}, under {self.least:g}")
        return Sign(self.query, False)


@dataclass(frozen=True, slots=True)
class WatchSigns:
    """What else a service's watches look at.

    Attributes:
        alerts: Whether a problem that an alert opened meanwhile, on a host of the watched
            colour, is a bad sign.
    """

    alerts: bool = False
    queries: tuple[MetricQuery, ...] = ()


@dataclass(frozen=True, slots=True)
class Sign:
    """One of them at one look; `is_ill` None means that nobody could see it.

    Attributes:
        is_certain: Whether one look is enough to say that it is ill.
    """

    name: str
    is_ill: bool | None
    why: str = ""
    is_certain: bool = False
