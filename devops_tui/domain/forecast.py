"""When so many cards are done, and how many by a day: drawn from what really was done.

Each draw makes a future out of whole days of the past, taken at random and put back
(Monte Carlo). The same history and seed give the same answer.
"""

from __future__ import annotations

import math
import random
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

DRAWS = 10_000
HISTORY_DAYS = 256
"""The newest so many days are drawn from: one random byte chooses a day."""

MOST_DAYS = 3650
_MOST_A_DAY = 255
_LEAST_ROW, _MOST_ROW = 1 << 13, 1 << 20


@dataclass(frozen=True, slots=True)
class When:
    """In how many days so many cards are done.

    Attributes:
        p50, p85, p95: Days from today, with that probability in percent; None: more than
            ten years.
        spread: Days and how many draws ended after just as many; smallest first.
    """

    cards: int
    draws: int
    p50: int | None
    p85: int | None
    p95: int | None
    spread: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class HowMany:
    """At least so many cards are done within some days, with that probability in percent."""

    days: int
    draws: int
    p50: int
    p85: int
    p95: int


def when(history: Sequence[int], cards: int, seed: int = 1, draws: int = DRAWS) -> When | None:
    """In how many days `cards` are done; None when the history knows of none done.

    `history` is how many were done on each day, oldest first, days without one included.
    """
    past = _past(history)
    if past is None or cards < 1:
        return None
    futures = _Futures(past, draws, math.ceil(cards * len(past) / sum(past)), seed)
    ends = [min(futures.days_until(n, cards), MOST_DAYS + 1) for n in range(draws)]
    ends.sort()
    p50, p85, p95 = (_known(ends[math.ceil(share * draws) - 1]) for share in (0.5, 0.85, 0.95))
    spread: dict[int, int] = {}
    for end in ends:
        spread[end] = spread.get(end, 0) + 1
    return When(cards, draws, p50, p85, p95, tuple(spread.items()))


def how_many(
    history: Sequence[int], days: int, seed: int = 1, draws: int = DRAWS
) -> HowMany | None:
    """How many cards are done within `days`; None when the history knows of none done."""
    past = _past(history)
    if past is None or days < 1:
        return None
    wanted = min(days, MOST_DAYS)
    futures = _Futures(past, draws, wanted, seed)
    made = sorted(futures.cards_in(n, wanted) for n in range(draws))
    p50, p85, p95 = (made[draws - math.ceil(share * draws)] for share in (0.5, 0.85, 0.95))
    return HowMany(wanted, draws, p50, p85, p95)


class _Futures:
    """One long row of drawn days; each draw begins at a place of its own in it.

    The row is a circle and long enough for draws that share no day, up to a million days;
    beyond that they overlap, which leaves each of them as likely as before.
    """

    def __init__(self, past: Sequence[int], draws: int, days: int, seed: int) -> None:
        length = max(_LEAST_ROW, min(_MOST_ROW, draws * days * 5 // 4))
        chance = random.Random(seed)  # noqa: S311 - a forecast, no secret
        fair = 256 // len(past) * len(past)  # bytes beyond it would favour some days
        table = bytes(past[n % len(past)] for n in range(256))
        row = b""
        while len(row) < length:
            fresh = chance.randbytes((length - len(row)) * 256 // fair + 64)
            row += fresh.translate(table, bytes(range(fair, 256)))
        self._done = array("q", accumulate(row[:length], initial=0))
        self._length = length
        self._step = length / draws

    def days_until(self, draw: int, cards: int) -> int:
        """Days until so many are done."""
        begin = int(draw * self._step)
        rounds, target = divmod(self._done[begin] + cards - 1, self._done[-1] or 1)
        return rounds * self._length + bisect_right(self._done, target) - begin

    def cards_in(self, draw: int, days: int) -> int:
        """What is done in so many days."""
        begin = int(draw * self._step)
        rounds, end = divmod(begin + days, self._length)
        return rounds * self._done[-1] + self._done[end] - self._done[begin]


def _past(history: Sequence[int]) -> Sequence[int] | None:
    past = [min(_MOST_A_DAY, count) for count in history[-HISTORY_DAYS:]]
    return past if any(past) else None


def _known(days: int) -> int | None:
    return days if days <= MOST_DAYS else None
