"""How full a host's own file systems are, from what `df -kP` printed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

# -l keeps a dead file server from hanging it; busybox has no -l and then prints nothing.
DISK_SCRIPT = """LC_ALL=C
export LC_ALL
seen=$(df -kPl 2>/dev/null)
own=l
[ -n "$seen" ] || { own=''; seen=$(df -kP 2>/dev/null); }
printf '%s\\n#inodes\\n' "$seen"
df -iP$own 2>/dev/null
exit 0
"""

_LINE = re.compile(rb"(\S.*?)\s+(\d{1,19})\s+(\d{1,19})\s+(-?\d{1,19})\s+(?:\d+%|-)\s+(/.*)")
_READ_ONLY_IMAGES = (b"/dev/loop", b"/dev/sr", b"/dev/ram", b"/dev/zram")


@dataclass(frozen=True, slots=True)
class FileSystem:
    """One mounted file system.

    Attributes:
        mount: Where; untrusted text.
        used_ratio: 0 to 1 of what users may fill, as df counts it.
        size_bytes, free_bytes: Of what users may fill; no part of equality.
    """

    mount: str
    used_ratio: float
    size_bytes: int = field(default=0, compare=False)
    free_bytes: int = field(default=0, compare=False)


def fullest(candidates: Iterable[FileSystem]) -> FileSystem | None:
    """The one with the greatest share used, the shortest name first among equals."""
    return max(candidates, key=lambda c: (c.used_ratio, -len(c.mount)), default=None)


def file_systems(output: bytes) -> Iterable[FileSystem]:
    """Those on disks of the host's own, in df's order; of `df -i` sizes mean nothing.

    Memory (tmpfs), images that are full by nature (loop devices, discs) and the layers
    of containers do not count; the root does, whatever it lies on.
    """
    for line in output.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is None:
            continue
        source, used, free, mount = match[1], int(match[3]), int(match[4]), match[5]
        # Beyond 100 % the room kept for root is in use: then free is negative.
        room = used + max(0, free)
        if room > 0 and _counts(source, mount):
            name = mount.decode("utf-8", "backslashreplace")
            yield FileSystem(name, used / room, room * 1024, max(0, free) * 1024)


def _counts(source: bytes, mount: bytes) -> bool:
    if mount == b"/":
        return True
    if source.startswith(_READ_ONLY_IMAGES):
        return False
    # Disks begin with a slash, ZFS data sets have one inside or are mounted by their name.
    return b"/" in source or mount == b"/" + source
