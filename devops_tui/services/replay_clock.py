"""The clock of a replay: runs at any speed, stands, jumps; used by two threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

SLOWEST, FASTEST = 0.25, 3600.0


class ReplayClock:
    """Implements ports.recording.ReplayControls.

    Args:
        start, end: Of the recording; the clock stands still at its end.
        monotonic: Seconds that never jump.
        complaint: What of the recording is missing.
    """

    def __init__(
        self,
        start: datetime,
        end: datetime,
        monotonic: Callable[[], float],
        complaint: Callable[[], str] = str,
    ) -> None:
        self.start = start
        self.end = end
        self._monotonic = monotonic
        self._complaint = complaint
        self._lock = threading.Lock()
        self._from = start
        self._from_s = monotonic()
        self._speed = 1.0
        self._is_paused = False
        self._shown_at = start

    @property
    def shown_at(self) -> datetime:
        """The time of what is shown."""
        return self._shown_at

    @property
    def speed(self) -> float:
        """Seconds of the recording that pass in one."""
        return self._speed

    @property
    def is_paused(self) -> bool:
        """Whether it stands."""
        return self._is_paused

    @property
    def complaint(self) -> str:
        """What of the recording is missing."""
        return self._complaint()

    def now(self) -> datetime:
        """Where the replay should be."""
        with self._lock:
            return self._now()

    def show(self, at: datetime) -> None:
        """Says what is shown."""
        self._shown_at = at

    def pause(self) -> bool:
        """Stops, or goes on; returns whether it stands now."""
        with self._lock:
            self._set(self._now())
            self._is_paused = not self._is_paused
            return self._is_paused

    def jump(self, seconds: float) -> None:
        """Goes on, or back; never beyond the recording."""
        with self._lock:
            room = (self.end - self.start).total_seconds()
            by = timedelta(seconds=max(-room, min(room, seconds)))
            self._set(self._now() + by)

    def go_to(self, at: datetime) -> None:
        """Goes to a time; never beyond the recording."""
        with self._lock:
            self._set(at)

    def set_speed(self, speed: float) -> float:
        """Plays so many times as fast; returns what it is now."""
        with self._lock:
            self._set(self._now())
            self._speed = max(SLOWEST, min(FASTEST, speed))
            return self._speed

    def _set(self, at: datetime) -> None:
        self._from = max(self.start, min(self.end, at))
        self._from_s = self._monotonic()

    def _now(self) -> datetime:
        if self._is_paused:
            return self._from
        passed_s = (self._monotonic() - self._from_s) * self._speed
        left_s = (self.end - self._from).total_seconds()
        return self.end if passed_s >= left_s else self._from + timedelta(seconds=passed_s)
