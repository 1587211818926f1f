"""A piece of a log, read once: its lines, what each is without ids and times, what is new."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from devops_tui.triage.excerpt import Piece
from devops_tui.triage.hashes import hash_masked, numbers_of
from devops_tui.triage.mask import lines_of, mask_lines, without_stamps


@dataclass(frozen=True, slots=True)
class Reading:
    """The lines of a piece, and their kinds: lines of a kind differ in what is masked only.

    Attributes:
        piece: Where it stands in the log.
        lines: As a person saw them, without times at their beginning.
        kinds: The kind of each line, a number from 0.
        masked: What lines of each kind have in common.
        examples: The first line of each kind.
        new: Kinds that no success shows; empty without any success.
        is_compared: Whether there was a success.
        labels: Kinds that somebody marked as a cause before, with what to say.
    """

    piece: Piece
    lines: list[str]
    kinds: list[int]
    masked: list[str]
    examples: list[str]
    new: frozenset[int]
    labels: Mapping[int, str]
    is_compared: bool

    def is_old(self, kind: int) -> bool:
        """Whether a success shows lines of the kind."""
        return self.is_compared and kind not in self.new


def read(piece: Piece, known: Collection[int] | None, labels: Mapping[int, str]) -> Reading:
    """Reads a piece.

    Args:
        piece: Some whole lines.
        known: The numbers of lines that successes show; None without any success.
        labels: What to say of lines that were marked as a cause, by their number.
    """
    lines = without_stamps(lines_of(piece.data))
    different = list(dict.fromkeys(lines))
    by_mask: dict[str, int] = {}
    examples: list[str] = []
    kind_of: dict[str, int] = {}
    for line, masked in zip(different, mask_lines(different), strict=True):
        kind = by_mask.setdefault(masked, len(by_mask))
        kind_of[line] = kind
        if kind == len(examples):
            examples.append(line)
    texts = list(by_mask)
    numbers = numbers_of(hash_masked(texts)) if known is not None or labels else ()
    new = [] if known is None else [k for k, number in enumerate(numbers) if number not in known]
    told = {k: labels[number] for k, number in enumerate(numbers) if number in labels}
    kinds = [kind_of[line] for line in lines]
    is_compared = known is not None
    return Reading(piece, lines, kinds, texts, examples, frozenset(new), told, is_compared)
