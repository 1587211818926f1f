"""Neighbouring lines that hint at something make one block; blocks of one kind take turns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from devops_tui.triage.shapes import is_frame

FLOOR = 0.08
"""A line with a lower score hints at nothing."""

_GAP = 2  # lines without any hint that a block may span
_LONGEST_BLOCK = 60
_NEXT_STEP = re.compile(
    r"(?:##\[|::group|\+ \S|\$ \S|> Task |Step \d{1,4}/\d|TASK \[|#\d{1,4} \[|== \w|section_)"
)
_NEXT_OF_A_KIND = 0.8
_OTHERS = (0.6, 0.45)  # what further lines of a block are worth, when each is shown by itself


@dataclass(slots=True)
class Hint:
    """A line that may hold the cause, by its index within its piece."""

    index: int
    text: str
    score: float
    why: tuple[str, ...]
    kind: str = ""
    fix: str = ""


@dataclass(slots=True)
class Block:
    """The most telling hint of some lines, and the first and the last of them.

    Attributes:
        others: The next most telling hints, each of another kind, best first.
        piece: Which piece of the log it is of.
    """

    best: Hint
    first: int
    last: int
    others: list[Hint] = field(default_factory=list)
    piece: int = 0


def blocks_of(hints: Sequence[Hint], lines: Sequence[str]) -> list[Block]:
    """The blocks of a piece, in its order.

    Args:
        hints: In the order of the lines.
        lines: All lines of the piece.
    """
    found: list[Block] = []
    block: Block | None = None
    for hint in hints:
        if block is not None and _reaches(block, hint.index, lines):
            block.last = hint.index
            _take(block, hint)
        else:
            block = Block(hint, hint.index, hint.index)
            found.append(block)
    for block in found:
        block.last = _last_frame(block.last, block.first, lines)
    return found


def best_blocks(blocks: Sequence[Block], top: int) -> list[Block]:
    """The `top` best; each further one of a kind counts less than the one before."""
    left = sorted(blocks, key=lambda block: -block.best.score)[: top * 30]
    left += [other for block in left for other in _of_others(block)]
    taken: list[Block] = []
    times: dict[str, int] = {}
    while left and len(taken) < top:

        def worth(block: Block) -> float:
            return block.best.score * _NEXT_OF_A_KIND ** times.get(block.best.kind, 0)

        best = max(left, key=worth)
        best.best.score = worth(best)
        left.remove(best)
        times[best.best.kind] = times.get(best.best.kind, 0) + 1
        taken.append(best)
    return taken


def _take(block: Block, hint: Hint) -> None:
    """Keeps the best hint of each kind, of the best kinds."""
    hints = {block.best.kind: block.best, **{other.kind: other for other in block.others}}
    held = hints.get(hint.kind)
    if held is not None and hint.score <= held.score:
        return
    hints[hint.kind] = hint
    order = sorted(hints.values(), key=lambda one: (-one.score, one.index))
    block.best, block.others = order[0], order[1 : 1 + len(_OTHERS)]


def _of_others(block: Block) -> list[Block]:
    """The same lines again, each time with another line as the most telling one."""
    return [
        Block(replace(hint, score=hint.score * share), block.first, block.last, [], block.piece)
        for hint, share in zip(block.others, _OTHERS, strict=False)
    ]


def _reaches(block: Block, index: int, lines: Sequence[str]) -> bool:
    if index - block.first >= _LONGEST_BLOCK:
        return False
    gap = 0
    for between in range(block.last + 1, index):
        line = lines[between]
        gap = 0 if is_frame(line) else gap + 1
        if gap > _GAP or _NEXT_STEP.match(line):
            return False
    return True


def _last_frame(last: int, first: int, lines: Sequence[str]) -> int:
    """The last of the frames that follow a block directly."""
    while last + 1 < len(lines) and last - first < _LONGEST_BLOCK and is_frame(lines[last + 1]):
        last += 1
    return last
