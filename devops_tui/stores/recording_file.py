"""A recording as one private file that is only ever added to.

One line that names the format, one of JSON (the head), then parts: a mark, times, length
and checksums, and zlib of the lines of its moments. A part whose checksum is wrong costs
itself and what needs it, never the rest: the next whole part begins anew.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from devops_tui.domain.codec import decode, encode
from devops_tui.domain.errors import NotFound, Refused, StoreError, StoreFull
from devops_tui.domain.fleet import Frame
from devops_tui.domain.recording import (
    BrokenMoment,
    Head,
    Moment,
    Part,
    frame_of,
    host_mark,
    lines_of,
    milliseconds,
    moment_at,
    moments_of,
)

FORMAT = b"devops-tui recording 1\n"
LEAST_BYTES = 1 << 20
_MARK = b"\x00part\xff\r\n"
_ABOUT = struct.Struct("<BqqII")  # is whole, first and last ms, length, checksum of the body
_CHECK = struct.Struct("<I")
_HEADING = len(_MARK) + _ABOUT.size + _CHECK.size
_HEAD_LIMIT = 1 << 16
_BODY_LIMIT = 1 << 28
_TEXT_LIMIT = 1 << 29
_KEPT_SHARE = 0.75
_LEVEL = 6
_BLOCK = 1 << 20


class RecordingFileWriter:
    """Implements ports.recording.RecordingWriter.

    Args:
        path: A file that must not exist yet.
        limit_bytes: The file never grows beyond it; the oldest quarter goes then.

    Raises:
        Refused: The file exists.
        StoreError: It cannot be made.
    """

    def __init__(self, path: Path, head: Head, limit_bytes: int) -> None:
        self._path = path
        self._limit = max(limit_bytes, LEAST_BYTES)
        self._top = FORMAT + json.dumps(encode(head)).encode() + b"\n"
        self._parts: list[tuple[bool, int]] = []  # whether it is whole, and its bytes
        try:
            self._file: BinaryIO = os.fdopen(
                os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "r+b"
            )
        except FileExistsError:
            raise Refused(
                f"{path} exists", "Name a new file; a recording overwrites nothing."
            ) from None
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}") from None
        self._write(self._top)

    @property
    def size_bytes(self) -> int:
        return len(self._top) + sum(size for _, size in self._parts)

    def append(self, moments: Sequence[Moment]) -> None:
        if not moments:
            return
        lines = (line for moment in moments for line in lines_of(moment))
        body = zlib.compress("\n".join(lines).encode("ascii"), _LEVEL)
        first, last = milliseconds(moments[0].at), milliseconds(moments[-1].at)
        about = _ABOUT.pack(moments[0].is_whole, first, last, len(body), zlib.crc32(body))
        whole = _MARK + about + _CHECK.pack(zlib.crc32(about)) + body
        if self.size_bytes + len(whole) > self._limit:
            self._forget_oldest(len(whole))
        self._write(whole)
        self._parts.append((moments[0].is_whole, len(whole)))

    def close(self) -> None:
        self._file.close()

    def _write(self, data: bytes) -> None:
        at = self._file.tell()
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            self._file.seek(at)
            self._file.truncate()
            kind = StoreFull if error.errno == 28 else StoreError
            raise kind(f"{self._path} cannot be written: {error.strerror}") from None

    def _forget_oldest(self, room: int) -> None:
        """Writes the newer parts to a new file that takes the place of this one."""
        sizes = [size for _, size in self._parts]
        kept = max(0, int(self._limit * _KEPT_SHARE) - room - len(self._top))
        first = len(sizes)
        while first and sum(sizes[first - 1 :]) <= kept:
            first -= 1
        while first < len(sizes) and not self._parts[first][0]:
            first += 1
        new = self._path.with_name(self._path.name + ".new")
        try:
            descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            target = os.fdopen(descriptor, "r+b")
            target.write(self._top)
            self._file.seek(len(self._top) + sum(sizes[:first]))
            while block := self._file.read(_BLOCK):
                target.write(block)
            target.flush()
            new.replace(self._path)
        except OSError as error:
            self._file.seek(0, os.SEEK_END)
            new.unlink(missing_ok=True)
            raise StoreError(f"{self._path} cannot be shortened: {error.strerror}") from None
        self._file.close()
        self._file = target
        del self._parts[:first]


class RecordingFileReader:
    """Implements ports.recording.RecordingReader.

    Raises:
        NotFound: There is no such file, or it cannot be read.
        StoreError: It is no recording, or nothing of it can be shown.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lost: list[str] = []
        self._damaged: set[int] = set()
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise NotFound(f"{path}: {error.strerror}", "Name a recording.") from None
        try:
            self.head = self._read_head()
            self._parts = self._find_parts()
        except BaseException:
            self._file.close()
            raise

    @property
    def parts(self) -> Sequence[Part]:
        return self._parts

    @property
    def complaint(self) -> str:
        return "; ".join(self._lost)

    def read(self, part: Part) -> Sequence[Moment]:
        text = self._text(part)
        if text is None:
            return ()
        try:
            return moments_of(text.splitlines(), self.head.figures)
        except BrokenMoment as error:
            self._lose(part, f"cannot be understood ({error})")
            return ()

    def frames(self, part: Part, host: str) -> Sequence[Frame]:
        text, mark = self._text(part), "\n" + host_mark(host)
        found: list[Frame] = []
        at = text.find(mark) if text else -1
        while text and at >= 0:
            end = text.find("\n", at + 1)
            try:
                found.append(frame_of(text[at + 1 : end if end >= 0 else None], self.head.figures))
            except BrokenMoment as error:
                self._lose(part, f"cannot be understood ({error})")
                break
            at = text.find(mark, end) if end >= 0 else -1
        return found

    def verify(self) -> None:
        """Reads all of it, so that the complaint is complete."""
        for part in self._parts:
            self.read(part)

    def close(self) -> None:
        self._file.close()

    def _read_head(self) -> Head:
        what = self._file.readline(len(FORMAT))
        if what != FORMAT:
            if what.startswith(b"devops-tui recording "):
                raise StoreError(
                    f"{self._path} was recorded by a newer version", "Replay it with that one."
                )
            raise StoreError(f"{self._path} is no recording", "`fleet --record FILE` makes one.")
        try:
            return decode(Head, json.loads(self._file.readline(_HEAD_LIMIT)))
        except (ValueError, TypeError) as error:
            raise StoreError(f"{self._path} is damaged at its beginning: {error}") from None

    def _find_parts(self) -> list[Part]:
        size = self._path.stat().st_size
        at, found = self._file.tell(), list[Part]()
        while at < size:
            part, end = self._part_at(at)
            if part is not None and end <= size:
                found.append(part)
                at = end
                continue
            next_at = self._next_mark(at + 1)
            if part is not None and next_at is None:
                self._lost.append(
                    f"it is cut after {moment_at(milliseconds(part.start)):%H:%M:%S} UTC"
                )
                break
            self._lost.append(f"{(next_at or size) - at} bytes at {at} are damaged")
            if next_at is None:
                break
            at = next_at
        while found and not found[0].is_whole:
            del found[0]
        if not found:
            raise StoreError(
                f"{self._path} holds nothing that can be shown",
                self.complaint or "It was ended before the first look.",
            )
        return found

    def _part_at(self, at: int) -> tuple[Part | None, int]:
        self._file.seek(at)
        heading = self._file.read(_HEADING)
        if len(heading) < _HEADING or not heading.startswith(_MARK):
            return None, at
        about = heading[len(_MARK) : -_CHECK.size]
        if _CHECK.unpack(heading[-_CHECK.size :]) != (zlib.crc32(about),):
            return None, at
        is_whole, first, last, length, _ = _ABOUT.unpack(about)
        if length > _BODY_LIMIT:
            return None, at
        part = Part(moment_at(first), moment_at(last), bool(is_whole), at)
        return part, at + _HEADING + length

    def _next_mark(self, at: int) -> int | None:
        """Where the next part begins whose heading is sound."""
        self._file.seek(at)
        tail = b""
        while block := self._file.read(_BLOCK):
            data, start = tail + block, self._file.tell() - len(block) - len(tail)
            place = data.find(_MARK)
            while place >= 0:
                after = self._file.tell()
                if self._part_at(start + place)[0] is not None:
                    return start + place
                self._file.seek(after)
                place = data.find(_MARK, place + 1)
            tail = data[-(len(_MARK) - 1) :]
        return None

    def _text(self, part: Part) -> str | None:
        self._file.seek(part.place + len(_MARK))
        about = self._file.read(_ABOUT.size + _CHECK.size)[: _ABOUT.size]
        _, _, _, length, check = _ABOUT.unpack(about)
        body = self._file.read(length)
        if zlib.crc32(body) != check:
            self._lose(part, "is damaged")
            return None
        try:
            unpacker = zlib.decompressobj()
            text = unpacker.decompress(body, _TEXT_LIMIT)
            if not unpacker.eof:
                raise ValueError("it is larger than any we write")
            return text.decode("ascii")
        except (zlib.error, ValueError) as error:
            self._lose(part, f"cannot be read ({error})")
            return None

    def _lose(self, part: Part, how: str) -> None:
        if part.place not in self._damaged:
            self._damaged.add(part.place)
            self._lost.append(f"{part.start:%H:%M:%S} to {part.end:%H:%M:%S} UTC {how}")
