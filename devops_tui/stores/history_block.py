"""Blocks of figures as few bytes: rounded, as differences, by columns, then zlib.

Ratios keep a thousandth, counts a hundredth, rates about a fifth of a per cent of
themselves. A column is one kind byte and its differences as 1, 2 or 4 bytes each (high and
low bytes apart, which zlib likes); a column that nobody knows is one byte.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Collection, Sequence
from itertools import accumulate
from math import expm1, log1p
from operator import sub

from devops_tui.domain.errors import StoreError
from devops_tui.domain.history import METRICS, Block, Step, Unit, Values
from devops_tui.domain.ids import HostName

_HEAD = struct.Struct("<BHHq")  # version, points, columns, first time in tenths of a second
_VERSION = 1
_ABSENT, _HAS_GAPS = 0, 0x80
_WIDTHS = ((1, "b"), (2, "h"), (4, "i"))
_BASE = struct.Struct("<i")
_TENTH_MS = 100
_MOST = 2**31 - 1
_RATE_STEPS = 256.0
_LEVEL = 1


def encode(block: Block) -> bytes:
    """The bytes of a block of at most 65,535 points."""
    tenths = [at // _TENTH_MS for at in block.at_ms]
    first = tenths[0] if tenths else 0
    parts = [_packed([t - first for t in tenths])]
    if block.step is not Step.SAMPLE:
        parts.append(_packed(list(block.counts)))
    per = 1 if block.step is Step.SAMPLE else 3
    for number, column in enumerate(block.columns):
        parts.append(_column(column, METRICS[number // per].unit))
    head = _HEAD.pack(_VERSION, len(tenths), len(parts), first)
    return head + zlib.compress(b"".join(parts), _LEVEL)


def decode(
    body: bytes, host: HostName, step: Step, metrics: Collection[int] | None = None
) -> Block:
    """The block again, with the columns of these metrics only; the others stay empty.

    Raises:
        StoreError: Another version wrote it, or it is damaged.
    """
    try:
        return _decoded(body, host, step, metrics)
    except (struct.error, zlib.error, IndexError, ValueError) as error:
        raise StoreError(f"figures of {host} cannot be read: {error}") from None


def _decoded(body: bytes, host: HostName, step: Step, metrics: Collection[int] | None) -> Block:
    version, points, count, first = _HEAD.unpack_from(body)
    if version != _VERSION:
        raise ValueError(f"written by version {version}")
    reader = _Reader(zlib.decompress(body[_HEAD.size :]), points)
    times = [(first + t) * _TENTH_MS for t in reader.ints()]
    is_sample = step is Step.SAMPLE
    counts = () if is_sample else tuple(reader.ints())
    per = 1 if is_sample else 3
    columns: list[Values] = []
    for number in range(count - (1 if is_sample else 2)):
        metric = number // per
        if metric >= len(METRICS) or (metrics is not None and metric not in metrics):
            reader.skip()
            columns.append(())
        else:
            columns.append(reader.figures(_BACK[METRICS[metric].unit]))
    return Block(host, step, times, columns, counts)


def _column(values: Values, unit: Unit) -> bytes:
    if not len(values):
        return bytes((_ABSENT,))
    known = [v for v in values if v is not None]
    if not known:
        return bytes((_ABSENT,))
    if len(known) == len(values) and known.count(known[0]) == len(known):
        return _steady(known[0], len(known), unit)
    try:
        packed = _packed(_rounded(known, unit))
    except (ValueError, OverflowError):  # no number at all: nobody knows it
        return bytes((_ABSENT,))
    if len(known) == len(values):
        return packed
    marks = bytes(v is not None for v in values)
    return bytes((packed[0] | _HAS_GAPS,)) + marks + packed[1:]


def _steady(value: float, count: int, unit: Unit) -> bytes:
    """A column that stood still, as many do: the same bytes at a tenth of the cost."""
    try:
        (base,) = _rounded([value], unit)
        return bytes((1,)) + _BASE.pack(base) + bytes(count - 1)
    except (ValueError, OverflowError, struct.error):
        return bytes((_ABSENT,))


def _rounded(values: Sequence[float], unit: Unit) -> list[int]:
    if unit is Unit.RATIO:
        return [int(v * 1000.0 + 0.5) for v in values]
    if unit is Unit.COUNT:
        if max(values) < _MOST / 101.0:
            return [int(v * 100.0 + 0.5) for v in values]
        return [min(_MOST, int(v * 100.0 + 0.5)) for v in values]
    return [int(log1p(v) * _RATE_STEPS + 0.5) for v in values]


_BACK: dict[Unit, Callable[[int], float]] = {
    Unit.RATIO: lambda n: n / 1000.0,
    Unit.COUNT: lambda n: n / 100.0,
    Unit.BYTES_S: lambda n: expm1(n / _RATE_STEPS),
}


def _packed(values: list[int]) -> bytes:
    """Kind, first value, differences."""
    if not values:
        return bytes((1,)) + _BASE.pack(0)
    for width, code in _WIDTHS:
        try:
            deltas = array(code, map(sub, values[1:], values))
        except OverflowError:
            continue
        return bytes((width,)) + _BASE.pack(values[0]) + _planes(deltas, width)
    raise OverflowError("too large to be kept")


def _planes(deltas: array[int], width: int) -> bytes:
    if sys.byteorder == "big":
        deltas.byteswap()
    raw = deltas.tobytes()
    return raw if width == 1 else b"".join(raw[n::width] for n in range(width))


class _Reader:
    """Goes through the columns of one block."""

    def __init__(self, data: bytes, points: int) -> None:
        self._data = data
        self._points = points
        self._at = 0

    def ints(self) -> list[int]:
        """The next column as it was packed."""
        return self._unpacked(self._data[self._at] & ~_HAS_GAPS, self._points, self._at + 1)

    def skip(self) -> None:
        """Leaves the next column out."""
        kind = self._data[self._at]
        self._at += 1
        if kind == _ABSENT:
            return
        count = self._points
        if kind & _HAS_GAPS:
            count = self._data.count(1, self._at, self._at + self._points)
            self._at += self._points
        self._at += _BASE.size + (kind & ~_HAS_GAPS) * max(0, count - 1)

    def figures(self, back: Callable[[int], float]) -> Values:
        """The next column as figures; empty when nobody knows any."""
        kind = self._data[self._at]
        if kind == _ABSENT:
            self._at += 1
            return ()
        if not kind & _HAS_GAPS:
            return list(map(back, self.ints()))
        marks = self._data[self._at + 1 : self._at + 1 + self._points]
        known = self._unpacked(kind & ~_HAS_GAPS, marks.count(1), self._at + 1 + self._points)
        values = iter(known)
        return [back(next(values)) if mark else None for mark in marks]

    def _unpacked(self, width: int, count: int, at: int) -> list[int]:
        (first,) = _BASE.unpack_from(self._data, at)
        at += _BASE.size
        size = width * max(0, count - 1)
        raw = self._data[at : at + size]
        self._at = at + size
        if len(raw) != size:
            raise ValueError("it ends too early")
        if not count:
            return []
        code = dict(_WIDTHS)[width] if width in (1, 2, 4) else ""
        if not code:
            raise ValueError(f"no column of kind {width}")
        if width > 1:
            mixed = bytearray(size)
            for n in range(width):
                mixed[n::width] = raw[n * (count - 1) : (n + 1) * (count - 1)]
            raw = bytes(mixed)
        deltas: array[int] = array(code, raw)
        if sys.byteorder == "big":
            deltas.byteswap()
        return list(accumulate(deltas, initial=first))
