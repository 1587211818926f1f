"""A folder in which every file is a wish.

A file is read when it did not change between two looks, and goes to `taken/` then; what
is no wish goes to `refused/`, with the reason beside it. Names that begin with a dot, and
those that end with .part or .tmp, are not looked at: whoever writes slowly renames at the end.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from devops_tui.domain.errors import Refused, StoreError
from devops_tui.domain.intake import WISH_BYTES, mark_of_file, read_wish
from devops_tui.ports.runtime import Clock
from devops_tui.services.intake.filing import Filing

LOOK_S = 2.0
_AT_ONCE = 50
_UNFINISHED = (".part", ".tmp", ".why")

log = logging.getLogger(__name__)

_Looks = tuple[int, int]  # size in bytes, and when it was changed last


@dataclass(slots=True)
class FolderIntake:
    """Watches one folder; it is made where it is missing, for the owner alone."""

    folder: Path
    filing: Filing
    clock: Clock
    _seen: dict[str, _Looks] = field(default_factory=dict)
    _done: dict[str, _Looks] = field(default_factory=dict)  # what could not be moved away
    _complaint: str = ""

    async def watch(self) -> None:
        """Looks until cancelled."""
        while True:
            try:
                await self.step()
                self._complaint = ""
            except (OSError, StoreError) as error:
                if str(error) != self._complaint:
                    log.warning("wishes in %s cannot be taken: %s", self.folder, error)
                self._complaint = str(error)
            await self.clock.sleep(LOOK_S)

    async def step(self) -> int:
        """Takes the files that are whole; how many there were.

        Raises:
            OSError: The folder cannot be read.
            StoreError: Nothing was filed; the files stay.
        """
        for name in await asyncio.to_thread(self._whole):
            await self._take(name)
        return len(self._seen)

    def _whole(self) -> Sequence[str]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        now: dict[str, _Looks] = {}
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.endswith(_UNFINISHED):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    continue
                with suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    now[entry.name] = (found.st_size, found.st_mtime_ns)
        same = [n for n, looks in now.items() if self._seen.get(n) == looks]
        self._done = {n: looks for n, looks in self._done.items() if now.get(n) == looks}
        self._seen = now
        return sorted(n for n in same if n not in self._done)[:_AT_ONCE]

    async def _take(self, name: str) -> None:
        data = await asyncio.to_thread(_read, self.folder / name)
        try:
            if data is None:
                raise Refused("no file", "Only files are wishes, no links and no pipes.")
            wish = read_wish(data)
            card, _ = self.filing.file(wish, mark_of_file(name, data))
        except Refused as error:
            log.warning("%s is no wish: %s", name, error)
            await asyncio.to_thread(self._put_away, "refused", name, name, str(error))
        else:
            await asyncio.to_thread(self._put_away, "taken", name, f"{card.id} {name}", "")

    def _put_away(self, where: str, name: str, new_name: str, why: str) -> None:
        target = self.folder / where
        try:
            target.mkdir(mode=0o700, exist_ok=True)
            (self.folder / name).rename(target / new_name)
            if why:
                (target / f"{name}.why").write_text(why + "\n", encoding="utf-8")
        except OSError as error:
            log.warning("%s stays where it is: %s", name, error)
            self._done[name] = self._seen[name]


def _read(path: Path) -> bytes | None:
    """What stands in a file, one byte more than a wish may have at the most; None: no file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        return file.read(WISH_BYTES + 1)
