"""Records what screens show: looks from time to time, and keeps what is new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from devops_tui.domain.codec import encode
from devops_tui.domain.fleet import Frame
from devops_tui.domain.recording import ROWS, Moment, encoded_row
from devops_tui.domain.view import Overview
from devops_tui.ports.front import Front
from devops_tui.ports.recording import RecordingWriter

PART_S = 10.0
"""So much is lost when the recorder is killed."""

WHOLE_S = 120.0
"""A replay that jumps reads so much at most."""

_SHORTEST_MASKED = 4


class Recorder:
    """Call `look` as often as it should record.

    Args:
        mask: Takes secrets out of a text.
    """

    def __init__(
        self, front: Front, writer: RecordingWriter, mask: Callable[[str], str] = str
    ) -> None:
        self._front = front
        self._writer = writer
        self._mask = mask
        self._rows: dict[str, Any] = {}
        self._seen: dict[str, object] = {}
        self._frames: dict[str, Frame] = {}
        self._surveys: dict[str, Any] = {}
        self._open: list[Moment] = []
        self._whole_at: datetime | None = None
        self.looks = 0
        self.hosts = 0

    def look(self) -> None:
        """Takes one moment; every ten seconds they are written.

        Raises:
            DevopsError: The store does not answer, or the file cannot be written; moments
                that were not written come again with the next ones.
        """
        overview = self._front.overview()
        is_whole = self._whole_at is None or overview.at - self._whole_at >= timedelta(
            seconds=WHOLE_S
        )
        if is_whole:
            self.flush()
        moment = Moment(
            overview.at,
            is_whole,
            self._new_rows(overview, is_whole=is_whole),
            self._new_frames(overview, is_whole=is_whole),
            self._new_surveys(overview) if is_whole else {},
        )
        self._open.append(moment)
        self.looks += 1
        self.hosts = len(overview.frames)
        if is_whole:
            self._whole_at = overview.at
        if is_whole or overview.at - self._open[0].at >= timedelta(seconds=PART_S):
            self.flush()

    def flush(self) -> None:
        """Writes what was taken."""
        self._writer.append(self._open)
        self._open = []

    def _new_rows(self, overview: Overview, *, is_whole: bool) -> dict[str, Any]:
        changed: dict[str, Any] = {}
        for name in ROWS:
            value = getattr(overview, name)
            if name in self._seen and self._seen[name] is value:
                continue  # nothing was written to the store since
            self._seen[name] = value
            row = self._masked(encoded_row(overview, name))
            if name not in self._rows or row != self._rows[name]:
                self._rows[name] = changed[name] = row
        return dict(self._rows) if is_whole else changed

    def _new_frames(self, overview: Overview, *, is_whole: bool) -> tuple[Frame, ...]:
        known = self._frames
        found = overview.frames
        self._frames = dict(found)
        if is_whole:
            return tuple(map(self._masked_frame, found.values()))
        return tuple(
            self._masked_frame(frame)
            for name, frame in found.items()
            if (old := known.get(name)) is not frame and old != frame
        )

    def _new_surveys(self, overview: Overview) -> dict[str, Any]:
        hosts = overview.workspace.hosts if overview.workspace is not None else {}
        surveys = (self._front.host_survey(name) for name in hosts)
        return {s.host: self._masked(encode(s)) for s in surveys if s.answers}

    def _masked_frame(self, frame: Frame) -> Frame:
        why = self._mask(frame.why) if frame.why else ""
        if why == frame.why:
            return frame
        return Frame(
            frame.host, frame.link, frame.at, frame.sample, frame.cpu_trend, why, frame.retry_at
        )

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._mask(value) if len(value) >= _SHORTEST_MASKED else value
        if isinstance(value, dict):
            return {self._masked(key): self._masked(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._masked(item) for item in value]
        return value
