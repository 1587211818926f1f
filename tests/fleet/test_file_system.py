"""The fullest disk among what df prints on real kinds of hosts."""

from __future__ import annotations

import pytest

from devops_tui.domain.file_system import FileSystem, file_systems, fullest

HEAD = b"Filesystem     1024-blocks      Used Available Capacity Mounted on\n"
SERVER = (
    HEAD
    + b"""udev                 8143280         0   8143280       0% /dev
tmpfs                1634836   1634836         0     100% /run
/dev/sda2          238313472 190650776  35483696      85% /
/dev/sda1             523248      5976    517272       2% /boot/efi
/dev/loop3            113536    113536         0     100% /snap/core22/1033
/dev/sr0             1024000   1024000         0     100% /media/cdrom
overlay            238313472 230650776   5483696      98% /var/lib/docker/overlay2/ab/merged
model_tools                4         4         0     100% /mnt/fuse
/dev/mapper/vg-data  1000000    900000         0     100% /srv/with two  blanks
"""
)


def test_images_memory_and_layers_do_not_count() -> None:
    assert fullest(file_systems(SERVER)) == FileSystem("/srv/with two  blanks", 1.0)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"overlay 100 40 60 40% /", FileSystem("/", 0.4)),  # a container
        (b"tank/home 100 40 60 40% /home", FileSystem("/home", 0.4)),  # ZFS
        (b"tank 100 40 60 40% /tank", FileSystem("/tank", 0.4)),
        (b"/dev/sda1 100 98 -3 104% /", FileSystem("/", 1.0)),  # root's own room is in use
        (b"none 100 40 60 40% /run/user", None),
        (b"/dev/sdb1 0 0 0 - /empty", None),
        (b"/dev/sdb1 100 40 60 40% /a\xff\x1b[2J", FileSystem("/a\\xff\x1b[2J", 0.4)),
        (b"df: /mnt: Stale file handle", None),
        (b"", None),
    ],
)
def test_single_lines(line: bytes, expected: FileSystem | None) -> None:
    assert fullest(file_systems(HEAD + line + b"\n")) == expected
