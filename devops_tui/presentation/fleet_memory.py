"""What was found out about each host the last time, while nothing about it changed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import is_

from devops_tui.domain.fleet import Frame
from devops_tui.domain.ids import HostName
from devops_tui.presentation import fleet, units
from devops_tui.presentation.host import STALE_AFTER_S, Condition, condition
from devops_tui.presentation.later_row import AnyRow
from devops_tui.presentation.layout import Grid
from devops_tui.presentation.line import Line

_LIVE = frozenset({1, 4})
_STALE = 2
_STALE_AFTER = timedelta(seconds=STALE_AFTER_S)
_MOMENT = timedelta(microseconds=1)
_FAR = datetime.max.replace(tzinfo=UTC)


class FleetMemory:
    """Conditions, order and rows of the hosts, made again only where they are others.

    A frame that did not change is the same object (ports.frames), and so is the condition
    that was found for it until something that is read of it changes: identity tells. With
    5,000 hosts of which 200 change a second, 100 are looked at twice a second; with 5,000
    that are all old, only those whose age is told in another word.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Frame, Condition, datetime]] = {}
        self._found: dict[str, Condition] = {}
        self._of: Mapping[str, Frame] = {}
        self._until = datetime.min.replace(tzinfo=UTC)
        self._at = self._until
        self._rows: dict[str, _HostRow] = {}
        self._listed: list[_HostRow] = []
        self._ordered: tuple[Sequence[Frame], bool, list[HostName], list[int]] | None = None

    def conditions(self, frames: Mapping[str, Frame], now: datetime) -> dict[str, Condition]:
        """How each host is at one moment; the same mapping while none of them changed."""
        if frames is self._of and self._at <= now <= self._until:
            return self._found
        is_back = now < self._at
        known, self._known = self._known, {}
        found: dict[str, Condition] = {}
        soonest = _FAR
        is_other = len(frames) != len(self._found)
        for name, frame in frames.items():
            old = known.get(name)
            if old is None or old[0] is not frame or now > old[2] or is_back:
                how = condition(frame, now)
                if old is not None and old[1] == how:
                    how = old[1]
                else:
                    is_other = True
                old = (frame, how, _changes_at(frame, how, now))
            if old[2] < soonest:
                soonest = old[2]
            self._known[name] = old
            found[name] = old[1]
        self._of, self._at, self._until = frames, now, soonest
        if is_other:
            self._found = found
        return self._found

    def order(
        self, frames: Sequence[Frame], by: str, how: Mapping[str, Condition], is_reversed: bool
    ) -> Sequence[Frame]:
        """As `fleet.order`; by state the old order stays while every state does."""
        if by != "state":
            return fleet.order(frames, by, how, is_reversed)
        names = [frame.host for frame in frames]
        ranks = [how[name].rank for name in names]
        kept = self._ordered
        if kept is not None and kept[1:] == (is_reversed, names, ranks):
            now = dict(zip(names, frames, strict=True))
            listed: Sequence[Frame] = [now[frame.host] for frame in kept[0]]
        else:
            listed = fleet.order(frames, by, how, is_reversed)
        self._ordered = (listed, is_reversed, names, ranks)
        return listed

    def rows(
        self,
        frames: Sequence[Frame],
        columns: Grid,
        known: Mapping[str, Condition],
        quiet: Mapping[str, str] | None = None,
    ) -> Sequence[AnyRow]:
        """One row a host; the line of one that is never looked at is never made.

        `quiet` has the word for what keeps the alerts of a host from opening incidents.

        The same rows while none of them changed.
        """
        before, words = self._rows, quiet or {}
        rows: list[_HostRow] = []
        for frame in frames:
            name = frame.host
            row = before.get(name)
            how = known[name]
            word = words.get(name, "")
            if row is None or not row.is_of(frame, how, columns, word):
                row = before[name] = _HostRow(frame, how, columns, word)
            rows.append(row)
        if len(rows) != len(self._listed) or not all(map(is_, rows, self._listed)):
            self._listed = rows
        if len(before) > 2 * len(rows) + 100:
            self._rows = {row.key: row for row in rows}
        return self._listed


class _HostRow:
    """A row that makes its line when that is first asked for, as `LaterRow` does."""

    __slots__ = ("_columns", "_frame", "_how", "_line", "_quiet", "key")

    is_selectable = True
    is_heading = False

    def __init__(self, frame: Frame, how: Condition, columns: Grid, quiet: str) -> None:
        self.key: str = frame.host
        self._frame = frame
        self._how = how
        self._columns = columns
        self._quiet = quiet
        self._line: Line | None = None

    def is_of(self, frame: Frame, how: Condition, columns: Grid, quiet: str) -> bool:
        """Whether it would be drawn of these just as it is."""
        is_same = self._frame is frame and self._how is how and self._columns is columns
        return is_same and self._quiet == quiet

    @property
    def line(self) -> Line:
        """What is drawn; made once."""
        if self._line is None:
            frame, how = self._frame, self._how
            self._line = fleet.row(frame, self._columns, frame.at, how, quiet=self._quiet).line
        return self._line


def _changes_at(frame: Frame, how: Condition, now: datetime) -> datetime:
    """Until when the condition of a frame tells what it tells now."""
    if how.rank in _LIVE:
        return frame.at + _STALE_AFTER
    if frame.retry_at is not None and frame.retry_at > now:
        left = math.ceil((frame.retry_at - now).total_seconds())
        return frame.retry_at - timedelta(seconds=left - 1) - _MOMENT
    if how.rank != _STALE:
        return _FAR
    step = units.rough_step_s(how.age_s)
    return frame.at + timedelta(seconds=how.age_s + step) - _MOMENT
