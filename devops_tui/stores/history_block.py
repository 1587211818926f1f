"""Blocks of figures as few bytes: rounded, as differences, by columns, roll-ups then by zlib.

Ratios keep a thousandth, counts a hundredth, rates about a fifth of a per cent of
themselves. A column is one kind byte and its differences as 1, 2 or 4 bytes each (high and
low bytes apart, which zlib likes); a column that nobody knows is one byte, one that stood
still five. Samples are kept as they are, without differences and zlib: they stay an hour, and
that would cost half of keeping them.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Collection, Sequence
from functools import cache
from itertools import accumulate
from math import expm1, log1p
from operator import sub

from devops_tui.domain.errors import StoreError
from devops_tui.domain.history import METRICS, Block, Step, Unit, Values
from devops_tui.domain.ids import HostName

_HEAD = struct.Struct("<BHHq")  # version, points, columns, first time in tenths of a second
_ZLIB_WITHOUT_STEADY, _PLAIN, _ZLIB = 1, 2, 3
"""Versions: the first is only read."""
_SUM = struct.Struct("<I")  # CRC-32 of what follows in a plain block; zlib has its own
_ABSENT, _STEADY, _HAS_GAPS = 0, 3, 0x80
_WIDTHS = ((1, "b"), (2, "h"), (4, "i"))
_CODES = dict(_WIDTHS)
_BASE = struct.Struct("<i")
_TENTH_MS = 100
_MOST = 2**31 - 1
_RATE_STEPS = 256.0
_LEVEL = 1


def encode(block: Block) -> bytes:
    """The bytes of a block of at most 65,535 points."""
    tenths = [at // _TENTH_MS for at in block.at_ms]
    first = tenths[0] if tenths else 0
    per, pack = (1, _plain) if block.step is Step.SAMPLE else (3, _packed)
    parts = [pack([t - first for t in tenths])]
    if block.step is not Step.SAMPLE:
        parts.append(pack(list(block.counts)))
    for number, column in enumerate(block.columns):
        parts.append(_column(column, METRICS[number // per].unit, pack))
    body = b"".join(parts)
    if block.step is Step.SAMPLE:
        head = _HEAD.pack(_PLAIN, len(tenths), len(parts), first)
        return head + _SUM.pack(zlib.crc32(body)) + body
    return _HEAD.pack(_ZLIB, len(tenths), len(parts), first) + zlib.compress(body, _LEVEL)


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
    reader = _Reader(_opened(version, body), points, is_plain=version == _PLAIN)
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


def _opened(version: int, body: bytes) -> bytes:
    if version in (_ZLIB, _ZLIB_WITHOUT_STEADY):
        return zlib.decompress(body[_HEAD.size :])
    if version != _PLAIN:
        raise ValueError(f"written by version {version}")
    (told,) = _SUM.unpack_from(body, _HEAD.size)
    plain = body[_HEAD.size + _SUM.size :]
    if zlib.crc32(plain) != told:
        raise ValueError("its bytes are not those that were written")
    return plain


def _column(values: Values, unit: Unit, pack: Callable[[list[int]], bytes]) -> bytes:
    if not len(values):
        return bytes((_ABSENT,))
    first = values[0]
    if values.count(first) == len(values):
        return bytes((_ABSENT,)) if first is None else _steady(first, unit)
    known = [v for v in values if v is not None]
    try:
        packed = pack(_rounded(known, unit))
    except (ValueError, OverflowError):  # no number at all: nobody knows it
        return bytes((_ABSENT,))
    if len(known) == len(values):
        return packed
    marks = bytes(v is not None for v in values)
    return bytes((packed[0] | _HAS_GAPS,)) + marks + packed[1:]


def _steady(value: float, unit: Unit) -> bytes:
    """A column that stood still, as many do."""
    try:
        (base,) = _rounded([value], unit)
        return bytes((_STEADY,)) + _BASE.pack(base)
    except (ValueError, OverflowError, struct.error):
        return bytes((_ABSENT,))


def _rounded(values: Sequence[float], unit: Unit) -> list[int]:
    if unit is Unit.RATIO:
        return [int(v * 1000.0 + 0.5) for v in values]
    if unit is Unit.COUNT:
        if max(values) < _MOST / 101.0:
            return [int(v * 100.0 + 0.5) for v in values]
        return [min(_MOST, int(v * 100.0 + 0.5)) for v in values]
    return [int(log * _RATE_STEPS + 0.5) for log in map(log1p, values)]


@cache
def _rates() -> Sequence[float]:
    """What the rounded rates stand for, up to 70 TB/s."""
    return [expm1(n / _RATE_STEPS) for n in range(8192)]


def _rates_of(kept: Sequence[int]) -> list[float]:
    known = _rates()
    if kept and (min(kept) < 0 or max(kept) >= len(known)):
        return [expm1(n / _RATE_STEPS) for n in kept]
    return [known[n] for n in kept]


_BACK: dict[Unit, Callable[[Sequence[int]], list[float]]] = {
    Unit.RATIO: lambda kept: [n / 1000.0 for n in kept],
    Unit.COUNT: lambda kept: [n / 100.0 for n in kept],
    Unit.BYTES_S: _rates_of,
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


def _plain(values: list[int]) -> bytes:
    """Kind, all values."""
    for width, code in _WIDTHS:
        try:
            kept = array(code, values)
        except OverflowError:
            continue
        if sys.byteorder == "big":
            kept.byteswap()
        return bytes((width,)) + kept.tobytes()
    raise OverflowError("too large to be kept")


def _planes(deltas: array[int], width: int) -> bytes:
    if sys.byteorder == "big":
        deltas.byteswap()
    raw = deltas.tobytes()
    return raw if width == 1 else b"".join(raw[n::width] for n in range(width))


class _Reader:
    """Goes through the columns of one block."""

    def __init__(self, data: bytes, points: int, *, is_plain: bool) -> None:
        self._data = data
        self._points = points
        self._is_plain = is_plain
        self._at = 0

    def ints(self) -> Sequence[int]:
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
        if kind == _STEADY:
            self._at += _BASE.size
        elif self._is_plain:
            self._at += (kind & ~_HAS_GAPS) * count
        else:
            self._at += _BASE.size + (kind & ~_HAS_GAPS) * max(0, count - 1)

    def figures(self, back: Callable[[Sequence[int]], list[float]]) -> Values:
        """The next column as figures; empty when nobody knows any."""
        kind = self._data[self._at]
        if kind == _ABSENT:
            self._at += 1
            return ()
        if kind == _STEADY:
            (base,) = _BASE.unpack_from(self._data, self._at + 1)
            self._at += 1 + _BASE.size
            return back([base]) * self._points
        if not kind & _HAS_GAPS:
            return back(self.ints())
        marks = self._data[self._at + 1 : self._at + 1 + self._points]
        known = self._unpacked(kind & ~_HAS_GAPS, marks.count(1), self._at + 1 + self._points)
        values = iter(back(known))
        return [next(values) if mark else None for mark in marks]

    def _unpacked(self, width: int, count: int, at: int) -> Sequence[int]:
        if self._is_plain:
            return self._array(width, self._cut(at, width * count))
        (first,) = _BASE.unpack_from(self._data, at)
        at += _BASE.size
        size = width * max(0, count - 1)
        raw = self._cut(at, size)
        if not count:
            return []
        if width > 1:
            mixed = bytearray(size)
            for n in range(width):
                mixed[n::width] = raw[n * (count - 1) : (n + 1) * (count - 1)]
            raw = bytes(mixed)
        return list(accumulate(self._array(width, raw), initial=first))

    def _cut(self, at: int, size: int) -> bytes:
        raw = self._data[at : at + size]
        self._at = at + size
        if len(raw) != size:
            raise ValueError("it ends too early")
        return raw

    @staticmethod
    def _array(width: int, raw: bytes) -> array[int]:
        code = _CODES.get(width)
        if code is None:
            raise ValueError(f"no column of kind {width}")
        found: array[int] = array(code, raw)
        if sys.byteorder == "big":
            found.byteswap()
        return found
