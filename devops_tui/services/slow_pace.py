"""How many slow questions a whole fleet is asked: their cost never crowds out the figures."""

from __future__ import annotations

from collections.abc import Iterable

from devops_tui.services.slow_question import Question

MOST_PER_S = 30.0
"""A question costs the collector about 2 ms of CPU: 6 % of a core together."""

_SHARE = 0.75  # of it is planned: the rest is for answers that came late
_BURST = 10.0


class SlowPace:
    """Lets so many questions begin a second.

    Attributes:
        stretch: By how much the pauses between questions grow, >= 1: what is asked of all
            hosts fits into the pace, so that none is passed over for ever.
    """

    def __init__(self, questions: Iterable[Question]) -> None:
        asked_per_s = sum(1.0 / q.every_s for q in questions if not q.is_look)
        self.stretch = max(1.0, asked_per_s / (_SHARE * MOST_PER_S))
        self._left = _BURST
        self._at_s: float | None = None

    def may_begin(self, now_s: float) -> bool:
        """Whether one may begin now; it counts as begun then."""
        if self._at_s is not None:
            self._left = min(_BURST, self._left + max(0.0, now_s - self._at_s) * MOST_PER_S)
        self._at_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
