"""Which blocks of a failing log most likely hold the cause: new lines that look like one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from devops_tui.domain.incident import Cause
from devops_tui.triage.hashes import hash_line, known_lines
from devops_tui.triage.mask import lines_of, without_stamp
from devops_tui.triage.shapes import is_frame, shape_of

TOP = 3
_GAP = 2  # lines without any hint that a block may span
_NEW = 0.25  # what being new is worth by itself
_OLD = 0.2  # what is left of the shape of a line that successes show too
_FLOOR = 0.08
_LONGEST_BLOCK = 60


@dataclass(slots=True)
class _Line:
    index: int
    text: str
    score: float = 0.0
    why: tuple[str, ...] = ()


def rank(data: bytes, baselines: Sequence[bytes], top: int = TOP) -> tuple[Cause, ...]:
    """The `top` blocks of a failing log, best first.

    Args:
        data: The log as it came.
        baselines: The hashes of earlier successes; without any, looks alone decide.
        top: At most so many.
    """
    texts = [without_stamp(line) for line in lines_of(data)]
    known = known_lines(baselines)
    lines = _scored(texts, known if baselines else None)
    blocks = sorted(_blocks(lines), key=lambda block: -block[0].score)
    return tuple(_cause(best, first, last) for best, first, last in blocks[:top])


def _scored(texts: list[str], known: frozenset[int] | None) -> list[_Line]:
    numbers = [hash_line(text) for text in texts]
    often = Counter(numbers)
    exceptions = _ends_of_tracebacks(texts)
    lines = []
    for index, text in enumerate(texts):
        line = _Line(index, text)
        lines.append(line)
        if not text.strip() or is_frame(text):
            continue
        is_new = known is not None and numbers[index] not in known
        shape = shape_of(text)
        weight = shape.weight if shape else 0.0
        why = [shape.why] if shape else []
        if index in exceptions:
            weight, why = max(weight, 1.0), ["last line of a traceback"]
        if known is None:
            score = weight
        elif is_new:
            score, why = weight * (1 - _NEW) + _NEW, ["new", *why]
        else:
            score = weight * _OLD
        score /= 1 + 0.15 * min(often[numbers[index]] - 1, 10)
        line.score = score * (0.9 + 0.1 * index / len(texts))
        line.why = tuple(why)
    return lines


def _ends_of_tracebacks(texts: list[str]) -> frozenset[int]:
    """The lines that name the exception below a Python traceback."""
    ends: set[int] = set()
    is_inside = False
    for index, text in enumerate(texts):
        if text.startswith("Traceback (most recent call last)"):
            is_inside = True
        elif is_inside and text and not text[0].isspace():
            ends.add(index)
            is_inside = False
    return frozenset(ends)


def _blocks(lines: list[_Line]) -> list[tuple[_Line, int, int]]:
    """Neighbouring lines that hint at something: (the most telling one, first, last)."""
    found: list[tuple[_Line, int, int]] = []
    best: _Line | None = None
    first = last = 0
    for line in lines:
        is_hint = line.score >= _FLOOR
        is_near = line.index - last <= _GAP + 1 and line.index - first < _LONGEST_BLOCK
        if best is not None and is_near and (is_hint or is_frame(line.text)):
            last = line.index
            if line.score > best.score:
                best = line
        elif is_hint:
            if best is not None:
                found.append((best, first, last))
            best, first, last = line, line.index, line.index
    if best is not None:
        found.append((best, first, last))
    return found


def _cause(best: _Line, first: int, last: int) -> Cause:
    return Cause(
        line=best.index + 1,
        text=best.text.strip(),
        score=round(min(best.score, 1.0), 3),
        why=best.why,
        first=first + 1,
        last=last + 1,
    )
