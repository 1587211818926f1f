"""What of a log is looked at: all of a usual one; of a very long one its end and what is marked.

A log of a hundred megabytes can be neither held nor ranked whole within two seconds. What
stands at its end is kept, and around each of the first and the newest lines with a word
that only failures use; their numbers stay those of the whole log.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devops_tui.triage.numbering import lone_returns

WHOLE_BYTES = 5 << 20
"""A log of this size is looked at as a whole."""

TAIL_BYTES = 1 << 19
"""The end of a longer one."""

_BLOCK_BYTES = 1 << 19
_AROUND_BYTES = 3000  # kept on both sides of a mark
_KEPT_BYTES = 1 << 20  # of all pieces before the end
_A_MARK = 10  # places kept of one mark, the first ones; later ones take turns
# each costs a twentieth of a second in 100 MB: one piece of text stands for several words
_MARKS = (
    b"Traceback (most recent call last)",
    b"Caused by: ",
    b"panic",
    b"ERROR",
    b"FATAL",
    b"FAIL",
    b"fatal: ",
    b"rror: ",
    b"No space left",
    b"No such file",
    b"ut of memory",
    b"ermission denied",
    b"onnection refused",
    b"imed out",
    b"not found",
    b"Segmentation fault",
    b"Exception: ",
    b"Killed",
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some whole lines of a log.

    Attributes:
        first: Line feeds before them.
        returns: Carriage returns before them that end a line by themselves.
    """

    first: int
    returns: int
    data: bytes


def excerpt(chunks: Iterable[bytes]) -> tuple[Sequence[Piece], int]:
    """The pieces in their order, and how many lines the log has; holds 7 MB at the most."""
    tail: deque[Piece] = deque()
    held = 0
    finder = _Finder()
    for piece in _blocks(chunks):
        tail.append(piece)
        held += len(piece.data)
        while held > WHOLE_BYTES:
            oldest = tail.popleft()
            held -= len(oldest.data)
            finder.look(oldest)
    if not finder.has_looked:
        whole = b"".join(piece.data for piece in tail)
        return [Piece(0, 0, whole)], whole.count(b"\n") + 1
    while held - len(tail[0].data) >= TAIL_BYTES:
        oldest = tail.popleft()
        held -= len(oldest.data)
        finder.look(oldest)
    last = tail[-1]
    end = Piece(tail[0].first, tail[0].returns, b"".join(piece.data for piece in tail))
    return [*finder.found, end], last.first + last.data.count(b"\n") + 1


def _blocks(chunks: Iterable[bytes]) -> Iterable[Piece]:
    """The log in blocks of about half a megabyte that end with a line, if lines are not endless."""
    first = returns = 0
    rest: list[bytes] = []
    size = 0
    for chunk in chunks:
        for at in range(0, len(chunk), _BLOCK_BYTES):
            part = chunk[at : at + _BLOCK_BYTES]
            rest.append(part)
            size += len(part)
            if size < _BLOCK_BYTES:
                continue
            data = b"".join(rest)
            end = data.rfind(b"\n") + 1
            if not end:
                # an endless line: its middle says nothing that its beginning does not
                rest, size = ([data[:_BLOCK_BYTES]], 0)
                continue
            yield Piece(first, returns, data[:end])
            first += data.count(b"\n", 0, end)
            returns += lone_returns(data[:end])
            rest, size = [data[end:]], len(data) - end
    if any(rest):
        yield Piece(first, returns, b"".join(rest))


class _Finder:
    """Keeps what stands around the marks of blocks that pass by."""

    def __init__(self) -> None:
        self.found: list[Piece] = []
        self.has_looked = False
        self._times: dict[bytes, int] = dict.fromkeys(_MARKS, 0)
        self._kept = 0

    def look(self, piece: Piece) -> None:
        """Cuts out the surroundings of marks that were not seen too often yet."""
        self.has_looked = True
        if self._kept >= _KEPT_BYTES:
            return
        data = piece.data
        spans: list[tuple[int, int]] = []
        for mark in _MARKS:
            at = data.find(mark) if self._times[mark] < _A_MARK else -1
            while at >= 0 and self._times[mark] < _A_MARK:
                self._times[mark] += 1
                begin = data.rfind(b"\n", 0, max(0, at - _AROUND_BYTES)) + 1
                end = data.find(b"\n", min(len(data), at + _AROUND_BYTES)) + 1 or len(data)
                spans.append((begin, end))
                at = data.find(mark, end)
        for begin, end in _joined(spans):
            before = data[:begin]
            first = piece.first + before.count(b"\n")
            returns = piece.returns + lone_returns(before)
            self.found.append(Piece(first, returns, data[begin:end]))
            self._kept += end - begin


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that do not overlap."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
