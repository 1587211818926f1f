"""A log as a set of numbers: which masked lines a success showed, eight bytes each."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from hashlib import blake2b

from devops_tui.triage.mask import lines_of, mask, without_stamp

HASH_BYTES = 8
MOST_HASHES = 200_000
"""Different lines of one log that are kept: 1.6 MB."""


def hash_log(data: bytes) -> bytes:
    """The different masked lines of a log, in the order they came first."""
    seen = dict.fromkeys(hash_line(without_stamp(line)) for line in lines_of(data))
    return b"".join(number.to_bytes(HASH_BYTES, "little") for number in list(seen)[:MOST_HASHES])


def hash_line(line: str) -> int:
    """The number of a line; equal for lines that differ only in what is masked."""
    digest = blake2b(mask(line).encode("utf-8", "replace"), digest_size=HASH_BYTES)
    return int.from_bytes(digest.digest(), "little")


def known_lines(baselines: Sequence[bytes]) -> frozenset[int]:
    """Every line that any of the successes showed."""
    known: set[int] = set()
    for packed in baselines:
        numbers = array("Q")
        numbers.frombytes(packed[: len(packed) // HASH_BYTES * HASH_BYTES])
        if numbers.itemsize == HASH_BYTES and _is_big_endian():
            numbers.byteswap()
        known.update(numbers)
    return frozenset(known)


def _is_big_endian() -> bool:
    return array("H", [1]).tobytes()[0] == 0
