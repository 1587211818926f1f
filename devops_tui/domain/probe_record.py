"""What a probe on a host says: framed records in a byte stream, and their meaning.

A frame is `{MARK TEXT}MARK` and a line feed; MARK is random per session, so that
whatever a login prints is skipped exactly. TEXT begins with its kind:

    h NAME      hello: ready for ticks, NAME is what reads /proc there
    x WHY       there will be no figures
    r FIELDS    one record: keys, each followed by its values

    u uptime   c eight cpu counters   k cores   m four memory sizes in kB
    l three loads   p processes   d disk, sectors read, written, ms busy
    n interface, bytes in, out   pc pm pi microseconds of pressure
"""

from __future__ import annotations

import re

from devops_tui.domain.metric import Counters

LIMIT_BYTES = 1 << 15
_VALUES = {
    b"u": 1,
    b"c": 8,
    b"k": 1,
    b"m": 4,
    b"l": 3,
    b"p": 1,
    b"d": 4,
    b"n": 3,
    b"pc": 1,
    b"pm": 1,
    b"pi": 1,
}
_REQUIRED = (b"u", b"c", b"k", b"m")
_DECIMAL = re.compile(rb"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_NAME = re.compile(rb"[!-~]{1,64}")
_DIGITS = 20  # of 2 ** 64


class MalformedRecord(ValueError):
    """The bytes are no record; the message says where they stop making sense."""


class ProbeStream:
    """Finds the frames in a stream, however it is cut into chunks.

    A frame that begins again before its end was torn and is dropped, and so is one
    longer than LIMIT_BYTES: never more than that is kept.
    """

    def __init__(self, mark: str) -> None:
        self._start = b"{%s " % mark.encode("ascii")
        self._end = b"}%s\n" % mark.encode("ascii")
        self._kept = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The texts of the frames that end in `chunk`, oldest first."""
        kept = self._kept + chunk if self._kept else chunk
        texts: list[bytes] = []
        while True:
            end = kept.find(self._end)
            if end < 0:
                break
            start = kept.rfind(self._start, 0, end)
            first = start + len(self._start)
            if start >= 0 and end - first <= LIMIT_BYTES:
                texts.append(kept[first:end])
            kept = kept[end + len(self._end) :]
        self._kept = self._worth_keeping(kept)
        return texts

    def _worth_keeping(self, rest: bytes) -> bytes:
        start = rest.rfind(self._start)
        if start >= 0 and len(rest) - start <= LIMIT_BYTES + len(self._start) + len(self._end):
            return rest[start:]
        # The mark itself may have been cut by the chunk's border.
        return rest[-(len(self._start) - 1) :]


def greeting_of(text: bytes) -> str | None:
    """What reads the figures there, when the text is a hello."""
    return text[2:].decode("ascii", "backslashreplace") if text.startswith(b"h ") else None


def refusal_of(text: bytes) -> str | None:
    """Why there will be no figures, when the text says so; untrusted text."""
    return text[2:].decode("utf-8", "backslashreplace") if text.startswith(b"x ") else None


def counters_of(text: bytes) -> Counters:
    """The counters that a record's text holds.

    Raises:
        MalformedRecord: A key is unknown, a value is missing or no number.
    """
    words = text.split(b" ")
    if words[0] != b"r":
        raise MalformedRecord("a record begins with r")
    one: dict[bytes, list[bytes]] = {}
    disks: dict[str, tuple[int, int, int]] = {}
    nets: dict[str, tuple[int, int]] = {}
    at, end = 1, len(words)
    while at < end:
        key = words[at]
        count = _VALUES.get(key)
        values = words[at + 1 : at + 1 + count] if count else []
        if count is None or len(values) != count:
            raise MalformedRecord(f"word {at} of a record is no key, or lacks values")
        if key == b"d":
            disks[_name(values[0])] = (_whole(values[1]), _whole(values[2]), _whole(values[3]))
        elif key == b"n":
            nets[_name(values[0])] = (_whole(values[1]), _whole(values[2]))
        else:
            one[key] = values
        at += 1 + count
    if any(key not in one for key in _REQUIRED):
        raise MalformedRecord("uptime, cpu, cores or memory is missing")
    return _assembled(one, disks, nets)


def _assembled(
    one: dict[bytes, list[bytes]],
    disks: dict[str, tuple[int, int, int]],
    nets: dict[str, tuple[int, int]],
) -> Counters:
    total, available, swap_total, swap_free = map(_whole, one[b"m"])
    loads = one.get(b"l")
    processes = one.get(b"p")
    kinds = (("cpu", b"pc"), ("mem", b"pm"), ("io", b"pi"))
    return Counters(
        uptime_s=_decimal(one[b"u"][0]),
        cpu=tuple(map(_whole, one[b"c"])),
        cores=_whole(one[b"k"][0]) or 1,
        mem_total_kb=total,
        mem_available_kb=available,
        swap_total_kb=swap_total,
        swap_free_kb=swap_free,
        load=(_decimal(loads[0]), _decimal(loads[1]), _decimal(loads[2]))
        if loads
        else (0.0, 0.0, 0.0),
        processes=_whole(processes[0]) if processes else 0,
        disks=disks,
        nets=nets,
        pressure_us={kind: _whole(one[key][0]) for kind, key in kinds if key in one},
    )


def _whole(word: bytes) -> int:
    # int() alone takes "-1", "1_0" and numbers too long to be divided.
    if not word.isdigit() or len(word) > _DIGITS:
        raise MalformedRecord("a counter is no whole number")
    return int(word)


def _decimal(word: bytes) -> float:
    # float() alone takes "nan", "inf" and "1e999".
    if _DECIMAL.fullmatch(word) is None:
        raise MalformedRecord("a figure is no decimal number")
    return float(word)


def _name(word: bytes) -> str:
    if _NAME.fullmatch(word) is None:
        raise MalformedRecord("a device has no printable name")
    return word.decode("ascii")
