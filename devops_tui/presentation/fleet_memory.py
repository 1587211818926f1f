"""What was found out about each host the last time, while nothing about it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from devops_tui.domain.fleet import Frame
from devops_tui.presentation import fleet
from devops_tui.presentation.host import STALE_AFTER_S, Condition, condition
from devops_tui.presentation.later_row import LaterRow
from devops_tui.presentation.layout import Grid

_LIVE = frozenset({1, 4})
_STALE_AFTER = timedelta(seconds=STALE_AFTER_S)


class FleetMemory:
    """Conditions, order and rows of the hosts, made again only where a frame is another one.

    A frame that did not change is the same object (ports.frames), so identity tells.
    With 5,000 hosts of which 200 change a second, 100 are looked at twice a second.
    """

    def __init__(self) -> None:
        self._conditions: dict[str, tuple[Frame, Condition, datetime | None]] = {}
        self._rows: dict[str, tuple[Frame, int, int, LaterRow]] = {}
        self._columns: Grid | None = None
        self._ordered: tuple[Sequence[Frame], tuple[str, bool], list[object]] | None = None

    def conditions(self, frames: Iterable[Frame], now: datetime) -> dict[str, Condition]:
        """How each host is at one moment; one that is live stays so until it is too old."""
        known, self._conditions = self._conditions, {}
        found: dict[str, Condition] = {}
        for frame in frames:
            old = known.get(frame.host)
            if old is None or old[0] is not frame or old[2] is None or now > old[2]:
                how = condition(frame, now)
                old = (frame, how, frame.at + _STALE_AFTER if how.rank in _LIVE else None)
            self._conditions[frame.host] = old
            found[frame.host] = old[1]
        return found

    def order(
        self, frames: Sequence[Frame], by: str, how: Mapping[str, Condition], is_reversed: bool
    ) -> Sequence[Frame]:
        """As `fleet.order`; by state the old order stays while every state does."""
        if by != "state":
            return fleet.order(frames, by, how, is_reversed)
        told: list[object] = [(frame.host, how[frame.host].rank) for frame in frames]
        kept = self._ordered
        if kept is not None and kept[1] == (by, is_reversed) and kept[2] == told:
            now = {frame.host: frame for frame in frames}
            listed: Sequence[Frame] = [now[frame.host] for frame in kept[0]]
        else:
            listed = fleet.order(frames, by, how, is_reversed)
        self._ordered = (listed, (by, is_reversed), told)
        return listed

    def rows(
        self, frames: Iterable[Frame], columns: Grid, now: datetime, known: Mapping[str, Condition]
    ) -> list[LaterRow]:
        """One row a host; the line of one that is never looked at is never made."""
        before, self._rows = self._rows, {}
        if columns is not self._columns:
            self._columns, before = columns, {}
        rows: list[LaterRow] = []
        for frame in frames:
            how = known[frame.host]
            age = 0 if how.rank == 4 else int(how.age_s)
            old = before.get(frame.host)
            if old is None or old[0] is not frame or old[1] != how.rank or old[2] != age:
                old = (frame, how.rank, age, _row(frame, columns, now, how))
            self._rows[frame.host] = old
            rows.append(old[3])
        return rows


def _row(frame: Frame, columns: Grid, now: datetime, how: Condition) -> LaterRow:
    return LaterRow(frame.host, lambda: fleet.row(frame, columns, now, how).line)
