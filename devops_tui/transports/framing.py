"""Gives POSIX sh a script on its standard input and finds exactly its output again.

The login shell of an account may be fish or csh, prints a greeting, or is replaced by a
ForceCommand: so it gets nothing but `exec sh -s`, and everything else is said to sh. A
random mark goes before and after the output of the script; what stands outside is noise.

The script's own input is sent only after the first mark has come back: dash reads its
standard input in blocks, and would otherwise swallow the beginning of it.
"""

from __future__ import annotations

import secrets
import shlex
from dataclasses import dataclass
from enum import Enum, auto

COMMAND = "exec sh -s"
"""All that a login shell ever sees."""

_NOISE_LIMIT = 2048


@dataclass(frozen=True, slots=True)
class Envelope:
    """The marks around one script.

    The halves are put together by the host, so that an echo of the script is no mark.
    """

    nonce: str
    takes_input: bool

    @classmethod
    def new(cls, *, takes_input: bool) -> Envelope:
        """An envelope with marks that nobody can guess."""
        return cls(secrets.token_hex(12), takes_input)

    @property
    def begin(self) -> bytes:
        """What the host prints before the script's first byte."""
        return f"<{self.nonce}begin>\n".encode()

    @property
    def end(self) -> bytes:
        """What the host prints after its last one; the exit code and a newline follow."""
        return f"<{self.nonce}end ".encode()

    def program(self, script: str) -> bytes:
        """What is sent to `sh -s`: one compound command, read whole before it runs.

        Raises:
            ValueError: The script holds a NUL, which no shell can take.
        """
        if "\0" in script:
            raise ValueError("a shell script cannot hold a NUL byte")
        source = "" if self.takes_input else " </dev/null"
        begin = f"printf '<%s%s>\\n' {self.nonce} begin"
        end = f"printf '<%s%s %d>\\n' {self.nonce} end \"$?\""
        text = (
            f'{{ {begin}; {begin} >&2; (eval {shlex.quote(" " + script)}){source}; set -- "$?"; '
            f'(exit "$1"); {end} >&2; (exit "$1"); {end}; exit "$1"; }}\n'
        )
        return text.encode("utf-8", "surrogateescape")


class _Part(Enum):
    BEFORE = auto()
    INSIDE = auto()
    CODE = auto()
    AFTER = auto()


class Unwrapper:
    """Cuts one output stream at the marks of an envelope, in chunks of any size.

    Attributes:
        noise: The first bytes that came before the mark.
        skipped: How many bytes came before it.
        exit_code: What the closing mark says; None before it came.
    """

    def __init__(self, envelope: Envelope) -> None:
        self._begin = envelope.begin
        self._end = envelope.end
        self._part = _Part.BEFORE
        self._held = b""
        self.noise = b""
        self.skipped = 0
        self.exit_code: int | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the first mark has come."""
        return self._part is not _Part.BEFORE

    @property
    def has_ended(self) -> bool:
        """Whether the last mark has come."""
        return self._part is _Part.AFTER

    def feed(self, data: bytes) -> bytes:
        """The script's own bytes among `data`; a possible piece of a mark is held back."""
        data = self._held + data
        self._held = b""
        if self._part is _Part.BEFORE:
            data = self._skip_noise(data)
        output = b""
        if self._part is _Part.INSIDE:
            output, data = self._take_output(data)
        if self._part is _Part.CODE:
            self._read_code(data)
        return output

    def finish(self) -> bytes:
        """What was held back and turned out to be no mark: the stream ended."""
        held, self._held = self._held, b""
        if self._part is _Part.BEFORE:
            self._note_noise(held)
        return held if self._part is _Part.INSIDE else b""

    def _skip_noise(self, data: bytes) -> bytes:
        found = data.find(self._begin)
        if found < 0:
            keep = len(self._begin) - 1
            self._note_noise(data[:-keep])
            self._held = data[-keep:]
            return b""
        self._note_noise(data[:found])
        self._part = _Part.INSIDE
        return data[found + len(self._begin) :]

    def _note_noise(self, data: bytes) -> None:
        self.skipped += len(data)
        if len(self.noise) < _NOISE_LIMIT:
            self.noise = (self.noise + data)[:_NOISE_LIMIT]

    def _take_output(self, data: bytes) -> tuple[bytes, bytes]:
        found = data.find(self._end)
        if found >= 0:
            self._part = _Part.CODE
            return data[:found], data[found + len(self._end) :]
        held = _overlap(data, self._end)
        self._held = data[len(data) - held :]
        return data[: len(data) - held], b""

    def _read_code(self, data: bytes) -> None:
        digits, mark, _ = data.partition(b">")
        if not mark:
            self._held = data
            return
        self._part = _Part.AFTER
        self.exit_code = int(digits) if digits.isdigit() else None


def _overlap(data: bytes, mark: bytes) -> int:
    """How many bytes at the end of `data` could be the beginning of `mark`."""
    start = max(0, len(data) - len(mark) + 1)
    while (at := data.find(mark[:1], start)) >= 0:
        if mark.startswith(data[at:]):
            return len(data) - at
        start = at + 1
    return 0
