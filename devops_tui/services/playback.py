"""What a recording showed at a time: goes there, and on from there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from devops_tui.domain.codec import decode
from devops_tui.domain.errors import Refused
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.history import BY_NAME, METRICS, Block, HostHistory, Step
from devops_tui.domain.ids import HostName
from devops_tui.domain.recording import TREND, BrokenMoment, Moment, Part, decoded_row
from devops_tui.domain.rollup import Buckets
from devops_tui.domain.survey import Survey
from devops_tui.domain.view import Overview
from devops_tui.ports.recording import RecordingReader

HOLE_S = 15.0
"""After so long without a moment, or three looks, what is shown is old."""

LONGEST_CHART_PARTS = 1500
_NOT_RECORDED = "nothing was recorded here"
_values = attrgetter(*(metric.field for metric in METRICS))


class Playback:
    """Belongs to one thread.

    Attributes:
        rows_version: Rises when rows of the overview changed.
        version: Rises when anything changed.
    """

    def __init__(self, reader: RecordingReader) -> None:
        self._reader = reader
        self._parts = tuple(reader.parts)
        self._starts = [part.start for part in self._parts]
        self._hole = timedelta(seconds=max(HOLE_S, 3 * reader.head.every_s))
        self._part = -1
        self._moments: Sequence[Moment] = ()
        self._next = 0
        self._rows: dict[str, Any] = {}
        self._frames: dict[str, Frame] = {}
        self._surveys: dict[str, Any] = {}
        self._seen_at: datetime | None = None
        self._at = self.start
        self.rows_version = 0
        self.version = 0

    @property
    def start(self) -> datetime:
        """Of the first moment."""
        return self._parts[0].start

    @property
    def end(self) -> datetime:
        """Of the last moment."""
        return max(part.end for part in self._parts)

    def go_to(self, at: datetime) -> None:
        """Shows that time; a step on costs what is new, a step back a part of the file."""
        wanted = max(0, bisect_right(self._starts, at) - 1)
        whole = next(n for n in range(wanted, -1, -1) if self._parts[n].is_whole)
        if at < self._at or self._part < whole:
            self._open(whole)
        self._at = at
        while True:
            self._take_until(at)
            if self._part >= wanted or self._next < len(self._moments):
                return
            self._open(self._part + 1)

    def overview(self) -> Overview:
        """What a screen showed."""
        is_hole = self._seen_at is None or self._at - self._seen_at > self._hole
        frames = self._frames
        if is_hole:
            frames = {name: _aged(frame) for name, frame in frames.items()}
        workspace = self._rows.get("workspace")
        if workspace is not None:  # the order of the workspace
            frames = {name: frames[name] for name in workspace.hosts if name in frames}
        return Overview(at=self._at, version=self.rows_version, frames=frames, **self._rows)

    def survey(self, host: str) -> Survey:
        """What the host had answered."""
        found = self._surveys.get(host)
        if found is None:
            return Survey(HostName(host))
        try:
            return decode(Survey, found)
        except (ValueError, TypeError, KeyError, AttributeError):
            return Survey(HostName(host))

    def history(
        self, host: str, metrics: Sequence[str], start: datetime, end: datetime, count: int
    ) -> HostHistory:
        """Figures up to the time that is shown.

        Raises:
            Refused: So much would have to be read that nobody would wait for it.
        """
        until = min(end, self._at)
        parts = [part for part in self._parts if part.end >= start and part.start < until]
        if len(parts) > LONGEST_CHART_PARTS:
            raise Refused(
                "a chart of a recording covers a few hours", "Choose a shorter span with ( ."
            )
        numbers = [METRICS.index(BY_NAME[name]) for name in metrics]
        buckets = Buckets(start.timestamp() * 1000, end.timestamp() * 1000, max(1, count), numbers)
        for part in parts:
            buckets.add(_block(host, self._frames_of(part, host, until)))
        series = {
            name: buckets.series(number) for name, number in zip(metrics, numbers, strict=True)
        }
        return HostHistory(HostName(host), start, end, series)

    def _frames_of(self, part: Part, host: str, until: datetime) -> list[Frame]:
        found: list[Frame] = []
        for frame in self._reader.frames(part, host):
            is_new = not found or frame.at > found[-1].at
            if is_new and frame.at < until and frame.link is LinkState.LIVE and frame.sample:
                found.append(frame)
        return found

    def _open(self, number: int) -> None:
        self._part, self._next = number, 0
        self._moments = self._reader.read(self._parts[number])

    def _take_until(self, at: datetime) -> None:
        while self._next < len(self._moments) and self._moments[self._next].at <= at:
            self._take(self._moments[self._next])
            self._next += 1

    def _take(self, moment: Moment) -> None:
        self.version += 1
        self._seen_at = moment.at
        if moment.is_whole:
            self._frames, self._surveys = {}, {}
        for name, data in moment.rows.items():
            try:
                self._rows[name] = decoded_row(name, data)
            except BrokenMoment:
                continue  # a version that says it otherwise: the rest can be shown
            self.rows_version += 1
        for frame in moment.frames:
            self._frames[frame.host] = self._with_trend(frame)
        self._surveys.update(moment.surveys)

    def _with_trend(self, frame: Frame) -> Frame:
        known = self._frames.get(frame.host)
        if frame.cpu_trend or known is None:
            return frame
        trend = known.cpu_trend
        if frame.sample is not None and frame.at != known.at:
            trend = (*trend[1 - TREND :], frame.sample.cpu_ratio)
        return replace(frame, cpu_trend=trend)


def _aged(frame: Frame) -> Frame:
    if frame.link is not LinkState.LIVE:
        return frame
    return replace(frame, link=LinkState.STALE, why=_NOT_RECORDED)


def _block(host: str, frames: Sequence[Frame]) -> Block:
    rows = [_values(frame.sample) for frame in frames]
    times = [int(frame.at.timestamp() * 1000) for frame in frames]
    return Block(HostName(host), Step.SAMPLE, times, list(zip(*rows, strict=True)))
