"""How full a host's own file systems are, from what `df -kP` printed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# -l keeps a dead file server from hanging it; busybox has no -l and then prints nothing.
DISK_SCRIPT = """LC_ALL=C
export LC_ALL
seen=$(df -kPl 2>/dev/null)
[ -n "$seen" ] || seen=$(df -kP 2>/dev/null)
printf '%s\\n' "$seen"
"""

_LINE = re.compile(rb"(\S.*?)\s+(\d{1,19})\s+(\d{1,19})\s+(-?\d{1,19})\s+(?:\d+%|-)\s+(/.*)")
_READ_ONLY_IMAGES = (b"/dev/loop", b"/dev/sr", b"/dev/ram", b"/dev/zram")


@dataclass(frozen=True, slots=True)
class FileSystem:
    """One mounted file system.

    Attributes:
        mount: Where; untrusted text.
        used_ratio: 0 to 1 of what users may fill, as df counts it.
    """

    mount: str
    used_ratio: float


def fullest_of(output: bytes) -> FileSystem | None:
    """The fullest file system on a disk of the host's own; None when df named none.

    Memory (tmpfs), images that are full by nature (loop devices, discs) and the layers
    of containers do not count; the root does, whatever it lies on.
    """
    return fullest(_file_systems(output))


def fullest(candidates: Iterable[FileSystem]) -> FileSystem | None:
    """The one with the greatest share used, the shortest name first among equals."""
    return max(candidates, key=lambda c: (c.used_ratio, -len(c.mount)), default=None)


def _file_systems(output: bytes) -> Iterable[FileSystem]:
    for line in output.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is None:
            continue
        source, used, free, mount = match[1], int(match[3]), int(match[4]), match[5]
        # Beyond 100 % the room kept for root is in use: then free is negative.
        room = used + max(0, free)
        if room > 0 and _counts(source, mount):
            yield FileSystem(mount.decode("utf-8", "backslashreplace"), used / room)


def _counts(source: bytes, mount: bytes) -> bool:
    if mount == b"/":
        return True
    if source.startswith(_READ_ONLY_IMAGES):
        return False
    # Disks begin with a slash, ZFS data sets have one inside or are mounted by their name.
    return b"/" in source or mount == b"/" + source
