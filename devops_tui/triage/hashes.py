"""A log as a set of numbers: which masked lines a success showed, eight bytes each."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from devops_tui.triage.excerpt import excerpt
from devops_tui.triage.mask import lines_of, mask, mask_lines, without_stamps

HASH_BYTES = 8
MOST_HASHES = 200_000
"""Different lines of one log that are kept: 1.6 MB."""


def hash_log(data: bytes) -> bytes:
    """The different masked lines of a log, in the order they came first."""
    different = list(dict.fromkeys(without_stamps(list(dict.fromkeys(lines_of(data))))))
    masked = list(dict.fromkeys(mask_lines(different)))[:MOST_HASHES]
    return hash_masked(masked)


def hash_stream(chunks: Iterable[bytes]) -> bytes:
    """The same of a log that may be too long to hold: of what the ranking would look at."""
    seen: dict[bytes, None] = {}
    for piece in excerpt(chunks)[0]:
        packed = hash_log(piece.data)
        seen.update(
            dict.fromkeys(packed[n : n + HASH_BYTES] for n in range(0, len(packed), HASH_BYTES))
        )
    return b"".join(list(seen)[:MOST_HASHES])


def hash_masked(lines: Iterable[str]) -> bytes:
    """The numbers of masked lines, one after the other."""
    return b"".join(
        blake2b(line.encode("utf-8", "replace"), digest_size=HASH_BYTES).digest() for line in lines
    )


def hash_line(line: str) -> int:
    """The number of a line; equal for lines that differ only in what is masked."""
    return int.from_bytes(hash_masked([mask(line)]), "little")


def numbers_of(packed: bytes) -> Sequence[int]:
    """The numbers in what `hash_log` gave."""
    numbers = array("Q")
    numbers.frombytes(packed[: len(packed) // HASH_BYTES * HASH_BYTES])
    if array("H", [1]).tobytes()[0] == 0:  # a machine that stores the high byte first
        numbers.byteswap()
    return numbers


def known_lines(baselines: Sequence[bytes]) -> frozenset[int]:
    """Every line that any of the successes showed."""
    known: set[int] = set()
    for packed in baselines:
        known.update(numbers_of(packed))
    return frozenset(known)
