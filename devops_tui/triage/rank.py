"""Which blocks of a failing log most likely hold the cause: new lines that look like one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from devops_tui.domain.incident import UNLIKE, Cause
from devops_tui.triage.blocks import FLOOR, Block, Hint, best_blocks, blocks_of, last_lines
from devops_tui.triage.catalogue import Catalogue
from devops_tui.triage.excerpt import excerpt
from devops_tui.triage.hashes import known_lines
from devops_tui.triage.headlines import is_headline, told_below
from devops_tui.triage.likeness import is_alike
from devops_tui.triage.marks import Marks
from devops_tui.triage.numbering import returns_before
from devops_tui.triage.reading import Reading, read
from devops_tui.triage.shapes import MARKS, damping_of, is_frame, is_place, shape_of
from devops_tui.triage.steps import STEP_MARKS, end_of_step
from devops_tui.triage.traces import TRACE_MARKS, ends_of_traces

TOP = 3
_NEW = 0.25  # what being new is worth by itself
_OLD = 0.2  # what is left of the shape of a line that successes show too
_ENOUGH = 0.5  # a new line with such a score, and old lines need not be looked at
_MARKED = 1.5  # what a line is worth that somebody marked as the cause before
_REPEAT = 0.15  # what each repeat of a line takes from it: noise comes often
_REPEAT_NEW = 0.03  # much less where no success shows it
_GOES_ON = 0.4  # what is left of a line after which the next one says that it goes on
_HEAD = 0.45  # what is left of a line that only announces what stands below it
_BELOW, _LISTED = 0.84, 0.55  # what the line below is worth; the name of a test that failed
_AT_PLACE = 0.55  # of a line that begins with a place in the source
_LAST_WORDS = 0.45  # of a line that looks like nothing, right before a tool gives up
_CONSEQUENCE = 0.25  # what such a line is worth at the most
_AFTER = 0.45  # what is left of a line after the end of the failing step
_PLACE = 0.1  # what a place at the very end is worth over one at the beginning
_PLACE_ALONE = 0.3  # the same where nothing but looks decides


@dataclass(frozen=True, slots=True)
class _Look:
    """What a line is worth by its looks alone."""

    weight: float
    why: str = ""
    fix: str = ""

    @property
    def is_end(self) -> bool:
        """Whether a tool says by it that it failed, and not why."""
        return self.why.endswith(("says that it failed", "says that a script failed"))


_PLAIN = _Look(0.0)


class Ranker:
    """Ranks logs; what it needs of the catalogue is prepared once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._marks = Marks((*MARKS, *catalogue.marks))
        self._traces = Marks((*TRACE_MARKS, *STEP_MARKS))

    def rank(
        self,
        chunks: Iterable[bytes],
        baselines: Sequence[bytes],
        top: int = TOP,
        *,
        labels: Mapping[int, str] | None = None,
        as_editors: bool = False,
        or_end: bool = False,
    ) -> tuple[Cause, ...]:
        """The `top` blocks of a failing log, best first.

        Args:
            chunks: The log as it came, in pieces of any size; what is not looked at of a
                very long one is not kept.
            baselines: The hashes of earlier successes; without any, looks alone decide, and
                also where they have little in common with this log: UNLIKE says so then.
            top: At most so many.
            labels: What to say of lines that somebody marked as a cause, by their number.
            as_editors: Count a carriage return without a line feed as the end of a line.
            or_end: Where nothing looks like a cause, name the last lines, and say so.
        """
        pieces, total = excerpt(chunks)
        known = known_lines(baselines) if baselines else None
        readings = [read(piece, known, labels or {}) for piece in pieces]
        often = Counter(r.masked[kind] for r in readings for kind in r.kinds)
        is_unlike = known is not None and not is_alike(readings, baselines)
        blocks = self._blocks(readings, often, total, known is not None and not is_unlike)
        if not blocks and or_end and readings:
            blocks = last_lines(readings[-1].lines, len(readings) - 1, top)
        causes = (self._cause(b, readings[b.piece], as_editors) for b in best_blocks(blocks, top))
        return tuple(replace(c, why=(*c.why, UNLIKE)) if is_unlike else c for c in causes)

    def _blocks(
        self, readings: Sequence[Reading], often: Counter[str], total: int, has_baseline: bool
    ) -> list[Block]:
        """Of new lines; of all where there is no success, or nothing new tells enough."""
        share = _PLACE if has_baseline else _PLACE_ALONE
        for only_new in (True, False) if has_baseline else (False,):
            blocks: list[Block] = []
            for number, reading in enumerate(readings):
                kinds = (reading.new | reading.labels.keys()) if only_new else None
                hints = self._hints(reading, kinds, often, has_baseline)
                for block in blocks_of(hints, reading.lines):
                    block.piece = number
                    place = (reading.piece.first + block.last) / max(total, 1)
                    for hint in (block.best, *block.others):
                        hint.score *= 1 - share + share * min(1.0, place)
                    blocks.append(block)
            if only_new and any(block.best.score >= _ENOUGH for block in blocks):
                break
        return blocks

    def _hints(
        self,
        reading: Reading,
        wanted: Collection[int] | None,
        often: Counter[str],
        has_baseline: bool,
    ) -> list[Hint]:
        """The lines of the wanted kinds that may hold the cause; of all kinds for None."""
        looks = self._looks(reading, wanted)
        marked = self._traces.find(reading.lines)
        ends = ends_of_traces(reading.lines, marked)
        over = end_of_step(reading.lines, marked)
        heads = _heads(reading, looks)
        below = dict(told_below(reading.lines, heads))
        going_on = {kind for kind, look in looks.items() if look.why == "goes on"}
        kinds = reading.kinds
        hints: list[Hint] = []
        last = _last_words(reading, looks)
        placed = ends.keys() | below.keys() | last
        for index, kind in enumerate(kinds):
            look = looks.get(kind, _PLAIN)
            is_new = has_baseline and kind in reading.new
            if look is _PLAIN and not is_new and index not in placed:
                continue
            line = reading.lines[index]
            if not line or is_frame(line):
                continue
            if index in ends and look.weight < 1.0:
                look = _Look(1.0, ends[index], look.fix)
            elif index in heads or (index in below and (is_new or not has_baseline)):
                look = _by_place(look, below.get(index))
            elif look is _PLAIN and index in last:
                look = _Look(_LAST_WORDS, "right before it says that it failed")
            hint = _hint(index, line, look, is_new, reading.is_old(kind))
            if not is_new and index + 1 < len(kinds) and kinds[index + 1] in going_on:
                hint.score *= _GOES_ON
            repeats = min(often[reading.masked[kind]] - 1, 10)
            hint.score /= 1 + (_REPEAT_NEW if is_new else _REPEAT) * repeats
            hint.score *= _AFTER if index > over else 1.0
            if kind in reading.labels:
                hint.score, hint.why = _MARKED, (reading.labels[kind], *hint.why)
            if hint.score >= FLOOR:
                hints.append(hint)
        return hints

    def _looks(self, reading: Reading, wanted: Collection[int] | None) -> dict[int, _Look]:
        """What lines of a kind look like; kinds that look like nothing are left out."""
        order = range(len(reading.examples)) if wanted is None else sorted(wanted)
        examples = [reading.examples[kind] for kind in order]
        found = self._marks.find(examples)
        looks = {order[n]: self._look(examples[n], marks) for n, marks in found.items()}
        for kind in reading.labels:
            looks.setdefault(kind, _Look(1.0))
        for kind in order:
            if kind not in looks and is_place(reading.examples[kind]):
                looks[kind] = _Look(_AT_PLACE, "names a place in the source")
        return looks

    def _look(self, line: str, marks: Sequence[str]) -> _Look:
        hit = self._catalogue.match(line, marks)
        if hit is not None:
            return _Look(hit.rule.weight * damping_of(line), hit.rule.name, hit.fix)
        shape = shape_of(line, marks)
        return _PLAIN if shape is None else _Look(shape.weight * damping_of(line), shape.why)

    def _cause(self, block: Block, reading: Reading, as_editors: bool) -> Cause:
        piece = reading.piece

        def number(index: int) -> int:
            returns = piece.returns + returns_before(piece.data, index) if as_editors else 0
            return piece.first + index + 1 + returns

        best = block.best
        hit = None
        if best.fix and best.text != reading.examples[reading.kinds[best.index]]:
            # another line of its kind was looked at: what is captured may differ
            marks = self._marks.find([best.text]).get(0, ())
            hit = self._catalogue.match(best.text, marks)
        return Cause(
            line=number(best.index),
            text=best.text.strip(),
            score=round(min(best.score, 1.0), 3),
            why=best.why,
            first=number(block.first),
            last=number(block.last),
            fix=best.fix if hit is None else hit.fix,
        )


def _heads(reading: Reading, looks: Mapping[int, _Look]) -> frozenset[int]:
    """Lines that only announce a failure."""
    kinds = {kind for kind in looks if is_headline(reading.examples[kind])}
    if not kinds:
        return frozenset()
    return frozenset(index for index, kind in enumerate(reading.kinds) if kind in kinds)


def _last_words(reading: Reading, looks: Mapping[int, _Look]) -> frozenset[int]:
    """Lines that stand right before one by which a tool says that it failed."""
    ends = {k for k, look in looks.items() if 0.1 < look.weight <= _CONSEQUENCE and look.is_end}
    found = set()
    for index, kind in enumerate(reading.kinds if ends else ()):
        if kind not in ends:
            continue
        before = index - 1
        while before > 0 and before > index - 3 and not reading.lines[before]:
            before -= 1
        if before >= 0 and any(c.isalpha() for c in reading.lines[before]):
            found.add(before)
    return frozenset(found)


def _by_place(look: _Look, is_test: bool | None) -> _Look:
    """An announcement, or the line that it points to where that one's own looks say less.

    Args:
        look: What the line looks like by itself.
        is_test: Whether it stands in a list of tests that failed; None for an announcement.
    """
    if is_test is None:
        return _Look(look.weight * _HEAD, look.why, look.fix)
    weight = _LISTED if is_test else _BELOW
    if look.weight >= weight or look.why == "consequence" or look.is_end:
        return look
    return _Look(weight, "failing test" if is_test else "below the head of a failure", look.fix)


def _hint(index: int, line: str, look: _Look, is_new: bool, is_old: bool) -> Hint:
    why = (look.why,) if look.why else ()
    score = look.weight
    if is_new:
        score, why = score * (1 - _NEW) + _NEW, ("new since success", *why)
    elif is_old:
        score *= _OLD
    return Hint(index, line, score, why, look.why, look.fix)
