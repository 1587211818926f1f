"""A recording as a file, and what an operator can do to the clock of a replay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from devops_tui.domain.fleet import Frame
from devops_tui.domain.recording import Head, Moment, Part


class RecordingWriter(Protocol):
    """Takes moments; what was given before a crash can be read."""

    @property
    def size_bytes(self) -> int:
        """Of the file as it is now."""
        ...

    def append(self, moments: Sequence[Moment]) -> None:
        """Adds a part; where the file is as large as it may be, the oldest goes.

        Raises:
            StoreError: It was not written; nothing that was there is lost.
        """
        ...

    def close(self) -> None: ...


class RecordingReader(Protocol):
    """Reads what a writer wrote, also when the file was cut or damaged since."""

    @property
    def head(self) -> Head: ...

    @property
    def parts(self) -> Sequence[Part]:
        """Those that can be found, by time; at least one, and the first is whole."""
        ...

    @property
    def complaint(self) -> str:
        """What of the file is missing or damaged, in one line; empty when nothing is."""
        ...

    def read(self, part: Part) -> Sequence[Moment]:
        """Its moments, by time; none when it turns out to be damaged, which is complained of."""
        ...

    def frames(self, part: Part, host: str) -> Sequence[Frame]:
        """The figures of one host in it."""
        ...

    def close(self) -> None: ...


class ReplayControls(Protocol):
    """The clock of a replay; may be used by any thread."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...

    @property
    def shown_at(self) -> datetime:
        """The time of what is shown."""
        ...

    @property
    def speed(self) -> float:
        """Seconds of the recording that pass in one."""
        ...

    @property
    def is_paused(self) -> bool: ...

    @property
    def complaint(self) -> str:
        """What of the recording is missing or damaged; empty when nothing is."""
        ...

    def pause(self) -> bool:
        """Stops, or goes on; returns whether it stands now."""
        ...

    def jump(self, seconds: float) -> None:
        """Goes on, or back, by so many seconds; never beyond the recording."""
        ...

    def go_to(self, at: datetime) -> None:
        """Goes to a time; never beyond the recording."""
        ...

    def set_speed(self, speed: float) -> float:
        """Plays so many times as fast, 0.25 to 3600; returns what it is now."""
        ...
