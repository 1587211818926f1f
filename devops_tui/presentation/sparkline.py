"""Small graphs in a line of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
_HOLE = " "


def sparkline(ratios: Sequence[float], cells: int) -> str:
    """Ratios of 0 to 1, oldest first, as exactly `cells` blocks.

    The newest value stands at the right edge; where there are more values than cells the
    oldest are dropped, where there are fewer the left stays empty: nothing is invented.
    The scale is fixed at 0 to 1, so that two hosts can be compared.
    """
    if cells <= 0:
        return ""
    shown = ratios[-cells:]
    return _HOLE * (cells - len(shown)) + "".join(_block(r) for r in shown)


def bar(ratio: float | None, cells: int) -> str:
    """A bar of `cells` cells filled from the left; all empty when the ratio is unknown.

    What is not zero shows at least one block, what is not full leaves at least one.
    """
    if cells <= 0:
        return ""
    if ratio is None or not math.isfinite(ratio) or ratio <= 0:
        return "░" * cells
    full = cells if ratio >= 1 else min(max(1, round(ratio * cells)), max(1, cells - 1))
    return "█" * full + "░" * (cells - full)


def _block(ratio: float) -> str:
    if not math.isfinite(ratio):
        return _HOLE
    index = int(min(1.0, max(0.0, ratio)) * len(BLOCKS))
    return BLOCKS[min(index, len(BLOCKS) - 1)]
