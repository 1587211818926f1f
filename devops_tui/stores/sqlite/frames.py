"""The last frame of each host, in a file of its own that a release never waits for."""

from __future__ import annotations

from pathlib import Path

from devops_tui.stores.sql.frames import SqlFrames
from devops_tui.stores.sqlite.connection import Connection


class SqliteFrames(SqlFrames):
    """Implements ports.frames.Frames; belongs to the thread that opened it.

    Raises:
        StoreUnsupported: A network file system, or a file of a newer version.
        StoreError: The file cannot be opened; it may be deleted, it holds live figures only.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(Connection(path, synchronous="NORMAL", schema="schema_frames"))
