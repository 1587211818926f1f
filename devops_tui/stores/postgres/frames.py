"""The last frame of each host in the team's database, for the screens of every machine."""

from __future__ import annotations

from devops_tui.stores.postgres.database import Part, PostgresDatabase
from devops_tui.stores.postgres.link import PROMPT
from devops_tui.stores.postgres.place import place_of
from devops_tui.stores.sql.frames import SqlFrames

_PART = Part("frames", "schema_frames", is_durable=False)


class PostgresFrames(SqlFrames):
    """Implements ports.frames.Frames; belongs to the thread that opened it.

    A line and a channel of its own: a release never waits for live figures. No commit
    waits for the server's disk, and the table is unlogged.

    Raises:
        StoreUnreachable, StoreUnsupported, StoreError: As PostgresDatabase.
    """

    def __init__(self, url: str, password: str = "") -> None:
        super().__init__(PostgresDatabase(place_of(url, password), _PART, PROMPT))
