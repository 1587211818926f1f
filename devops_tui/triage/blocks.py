"""Neighbouring lines that hint at something make one block; blocks of one kind take turns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cmp_to_key

from devops_tui.triage.shapes import is_frame

FLOOR = 0.08
"""A line with a lower score hints at nothing."""

_GUESS = 0.05  # what the very last line is worth where nothing looks like a cause
_AT_THE_END = "nothing looks like a cause; near the end"
_GAP = 2  # lines without any hint that a block may span
_LONGEST_BLOCK = 60
_NEXT_STEP = re.compile(
    r"(?:##\[|::group|\+ \S|\$ \S|> Task |Step \d{1,4}/\d|TASK \[|#\d{1,4} \[|== \w|section_)"
)
_NEXT_OF_A_KIND = 0.8
_OTHERS = (0.6, 0.45)  # what further lines of a block are worth, when each is shown by itself
_NAMED = re.compile(
    r"[\"'`\u2018\u201c][^\"'`\u2019\u201d]{1,80}[\"'`\u2019\u201d]"
    r"|\w[/\\._]\w|\w\(|[:=] ?\d|://"
)
_ALIKE = 0.06  # scores of one kind that differ by less, by repeats or place, are equal
_LAST_COUNTS = frozenset({"deepest cause", "last line of a traceback"})
"""Of lines that look alike and name as much the first says what happened; of these the last."""


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
        others: The next most telling hints, at most two of a kind, best first.
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


def last_lines(lines: Sequence[str], piece: int, count: int) -> list[Block]:
    """The last `count` lines that say something, each alone: a guess, and named as one."""
    found: list[Block] = []
    for index in range(len(lines) - 1, -1, -1):
        if len(found) == count:
            break
        if any(c.isalpha() for c in lines[index]):
            hint = Hint(index, lines[index], _GUESS / (1 + len(found)), (_AT_THE_END,))
            found.append(Block(hint, index, index, piece=piece))
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
    """Keeps the best hint of each kind, of the best kinds, and the next best of the best kind."""
    hints = [block.best, *block.others]
    alike = [other for other in hints if other.kind == hint.kind]
    if not alike:
        hints.append(hint)
    elif _is_better(hint, alike[0]):
        hints = [other for other in hints if other not in alike[1:]]
        hints.append(hint)
    elif len(alike) == 1 and hint.text != alike[0].text:
        hints.append(hint)
    else:
        return
    hints.sort(key=cmp_to_key(_order))
    block.best, block.others = hints[0], hints[1 : 1 + len(_OTHERS)]


def _order(one: Hint, other: Hint) -> int:
    """The better one first."""
    if one.kind == other.kind:
        early, late = (one, other) if one.index < other.index else (other, one)
        first = late if _is_better(late, early) else early
        return -1 if first is one else 1
    return -1 if (-one.score, one.index) < (-other.score, other.index) else 1


def _is_better(hint: Hint, held: Hint) -> bool:
    """Whether a later line of a kind tells more than an earlier one."""
    if hint.kind in _LAST_COUNTS or abs(hint.score - held.score) > _ALIKE:
        return hint.score > held.score
    return _specific(hint.text) > _specific(held.text)


def _specific(text: str) -> int:
    """How much a line names: quoted words, paths, members, places, numbers; three are enough."""
    return min(len(_NAMED.findall(text)), 3)


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
