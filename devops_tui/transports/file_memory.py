"""Remembers what was made of small files for as long as they stay as they were.

A fleet that connects asks for the same key and the same list of host keys once a host; a
correction in one of the files still counts at the next attempt.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

SETTLED_S = 2.0
"""A file that changed a moment ago may change again within one tick of its time stamp."""
_LIMIT = 512

_Stamp = tuple[int, int, int, int] | None


class FileMemory(Generic[T]):
    """Values by key, each with the stamps of the files that it was made of."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[list[_Stamp], T]] = {}

    def recall(self, key: Hashable, paths: Sequence[str], make: Callable[[], T]) -> T:
        """What `make` returned when the files were as they are now, else what it returns now.

        Raises:
            Exception: Whatever `make` raises; that is not remembered.
        """
        stamps = [_stamp(path) for path in paths]
        kept = self._kept.get(key)
        if kept is not None and kept[0] == stamps:
            return kept[1]
        made = make()
        self._kept.pop(key, None)
        if all(stamp is None or _is_settled(stamp) for stamp in stamps):
            if len(self._kept) >= _LIMIT:
                self._kept.clear()
            self._kept[key] = (stamps, made)
        return made


def _stamp(path: str) -> _Stamp:
    """What changes when the file does; None when it is not there or cannot be looked at."""
    try:
        seen = os.stat(path)  # noqa: PTH116 - a Path costs more than the call
    except OSError:
        return None
    return seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


def _is_settled(stamp: tuple[int, int, int, int]) -> bool:
    return time.time() - max(stamp[2], stamp[3]) / 1e9 > SETTLED_S
