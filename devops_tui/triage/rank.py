"""Which blocks of a failing log most likely hold the cause: new lines that look like one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devops_tui.domain.incident import Cause
from devops_tui.triage.blocks import FLOOR, Block, Hint, best_blocks, blocks_of
from devops_tui.triage.catalogue import Catalogue
from devops_tui.triage.excerpt import Piece, excerpt
from devops_tui.triage.hashes import hash_masked, known_lines, numbers_of
from devops_tui.triage.marks import Marks
from devops_tui.triage.mask import lines_of, mask_lines, without_stamps
from devops_tui.triage.numbering import returns_before
from devops_tui.triage.shapes import MARKS, damping_of, is_frame, shape_of
from devops_tui.triage.traces import TRACE_MARKS, ends_of_traces

TOP = 3
_NEW = 0.25  # what being new is worth by itself
_OLD = 0.2  # what is left of the shape of a line that successes show too
_REPEAT = 0.15  # what each repeat of a line takes from it: noise comes often
_REPEAT_NEW = 0.03  # much less where no success shows it
_PLACE = 0.1  # what a place at the very end is worth over one at the beginning


@dataclass(frozen=True, slots=True)
class _Look:
    """What a line is worth by its looks alone."""

    weight: float
    why: str = ""
    fix: str = ""
    is_rule: bool = False


_PLAIN = _Look(0.0)


class Ranker:
    """Ranks logs; what it needs of the catalogue is prepared once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._marks = Marks((*MARKS, *TRACE_MARKS, *catalogue.marks))

    def rank(
        self,
        chunks: Iterable[bytes],
        baselines: Sequence[bytes],
        top: int = TOP,
        *,
        as_editors: bool = False,
    ) -> tuple[Cause, ...]:
        """The `top` blocks of a failing log, best first.

        Args:
            chunks: The log as it came, in pieces of any size; what is not looked at of a
                very long one is not kept.
            baselines: The hashes of earlier successes; without any, looks alone decide.
            top: At most so many.
            as_editors: Count a carriage return without a line feed as the end of a line.
        """
        pieces, total = excerpt(chunks)
        known = known_lines(baselines) if baselines else None
        often: Counter[str] = Counter()
        blocks: list[tuple[Piece, Block]] = []
        for piece in pieces:
            blocks.extend((piece, block) for block in self._blocks(piece, total, known, often))
        owner = {id(block): piece for piece, block in blocks}
        best = best_blocks([block for _, block in blocks], top)
        return tuple(_cause(block, owner[id(block)], as_editors) for block in best)

    def _blocks(
        self, piece: Piece, total: int, known: frozenset[int] | None, often: Counter[str]
    ) -> list[Block]:
        lines = without_stamps(lines_of(piece.data))
        different = list(dict.fromkeys(lines))
        folded = dict(zip(different, mask_lines(different), strict=True))
        masked = list(dict.fromkeys(folded.values()))
        if known is None:
            new: set[str] = set()
        else:
            numbers = numbers_of(hash_masked(masked))
            new = {
                text for text, number in zip(masked, numbers, strict=True) if number not in known
            }
        often.update(folded[line] for line in lines)
        found = self._marks.find(different)
        looks = {different[n]: self._look(different[n], marks) for n, marks in found.items()}
        at = {different[n]: marks for n, marks in found.items()}
        marked = {n: at[line] for n, line in enumerate(lines) if line in at}
        ends = ends_of_traces(lines, marked)
        hints: list[Hint] = []
        for index, line in enumerate(lines):
            look = looks.get(line, _PLAIN)
            is_new = folded[line] in new
            if index in ends and look.weight < 1.0:
                look = _Look(1.0, ends[index], look.fix, look.is_rule)
            if (look is _PLAIN and not is_new) or not line.strip() or is_frame(line):
                continue
            hint = _hint(index, line, look, is_new, known is not None)
            repeats = min(often[folded[line]] - 1, 10)
            hint.score /= 1 + (_REPEAT_NEW if is_new else _REPEAT) * repeats
            hint.score *= 1 - _PLACE + _PLACE * (piece.first + index) / max(total, 1)
            if hint.score >= FLOOR:
                hints.append(hint)
        return blocks_of(hints, lines)

    def _look(self, line: str, marks: Sequence[str]) -> _Look:
        hit = self._catalogue.match(line, marks)
        if hit is not None:
            return _Look(hit.rule.weight, hit.rule.name, hit.fix, is_rule=True)
        shape = shape_of(line, marks)
        if shape is None:
            return _PLAIN
        return _Look(shape.weight * damping_of(line), shape.why)


def _hint(index: int, line: str, look: _Look, is_new: bool, has_baseline: bool) -> Hint:
    why = (look.why,) if look.why else ()
    score = look.weight
    if has_baseline and is_new:
        score, why = score * (1 - _NEW) + _NEW, ("new since success", *why)
    elif has_baseline:
        score *= _OLD
    return Hint(index, line, score, why, look.why, look.fix)


def _cause(block: Block, piece: Piece, as_editors: bool) -> Cause:
    def number(index: int) -> int:
        returns = piece.returns + returns_before(piece.data, index) if as_editors else 0
        return piece.first + index + 1 + returns

    best = block.best
    return Cause(
        line=number(best.index),
        text=best.text.strip(),
        score=round(min(best.score, 1.0), 3),
        why=best.why,
        first=number(block.first),
        last=number(block.last),
        fix=best.fix,
    )
