"""The hosts at a minute of the past: read in pieces, shown in place of the live ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.history import METRICS, HostHistory
from devops_tui.domain.history_moment import frame_at
from devops_tui.domain.view import Overview
from devops_tui.ports.front import Front
from devops_tui.presentation import fleet_past
from devops_tui.presentation.host import Condition
from devops_tui.presentation.line import Line

Histories = Sequence[HostHistory]
Ask = Callable[[Callable[[Front], Histories], Callable[[Histories], None]], None]

_NAMES = tuple(metric.name for metric in METRICS)
_MINUTE = timedelta(minutes=1)
_AT_ONCE = 25  # hosts in one question: other questions wait some 20 ms at most
_ASK_AGAIN = timedelta(seconds=10)
_STILL_COMES = timedelta(minutes=3)
"""The collector keeps a minute some seconds after it is over: what is missing is asked again."""


class FleetPast:
    """Which minute is looked at, none for now, and the hosts as they were in it.

    Reads: `fleet_history` of all hosts, in pieces, those that were listed first before the
    others; a piece of a minute that was left meanwhile is not read.

    Args:
        ask: Asks the house on its thread, and hands on the answer here.
        changed: Called when other figures are to be drawn.
    """

    def __init__(self, ask: Ask, changed: Callable[[], None]) -> None:
        self._ask = ask
        self._changed = changed
        self.at: datetime | None = None
        self.frames: Mapping[str, Frame] = {}
        self.how: Mapping[str, Condition] = {}
        self._live: Mapping[str, Frame] = {}
        self._asked_at: datetime | None = None
        self._round = 0
        self._came: dict[str, Frame] = {}  # read, not drawn yet
        self._drawn = 0  # hosts of this round
        self._is_kept = True
        self._mark: Line = ()

    def move(self, minutes: int, now: datetime) -> None:
        """Back (below 0) or on by whole minutes; past the last whole one it is now again."""
        this = now.astimezone(UTC).replace(second=0, microsecond=0)
        try:
            at = (self.at or this) + minutes * _MINUTE
        except OverflowError:
            return
        if at >= this:
            self.leave()
        elif at != self.at:
            self.at = at
            self.let_go()
            self._changed()

    def leave(self) -> None:
        """Now again."""
        if self.at is not None:
            self.at = None
            self.let_go()
            self._changed()

    def let_go(self) -> None:
        """Forgets the figures, not the minute; what was asked for is not wanted any more."""
        self.frames, self.how, self._live = {}, {}, {}
        self._asked_at, self._is_kept = None, True
        self._begin_round()

    def _begin_round(self) -> None:
        self._round += 1
        self._came, self._drawn = {}, 0

    def shown(self, overview: Overview) -> Overview:
        """What is to be drawn: all as it is now, or hosts of then; reads what is missing.

        While nothing came the frames are the same object.
        """
        if self.at is None:
            return overview
        self._live = overview.frames
        if self.frames.keys() != self._live.keys():
            blank = {n: self.frames.get(n) or _blank(f, self.at) for n, f in self._live.items()}
            self.how = {name: self.how.get(name, fleet_past.NOT_READ) for name in blank}
            self.frames = blank
        self._read(overview.at)
        return replace(overview, frames=self.frames, silences=())

    def mark(self, now: datetime) -> Line:
        """That this is the past; the same object while it says the same. Nothing when it is now."""
        said = fleet_past.mark(self.at, now, is_kept=self._is_kept) if self.at is not None else ()
        if said != self._mark:
            self._mark = said
        return self._mark

    def _read(self, now: datetime) -> None:
        if self.at is None or (
            self._asked_at is not None and abs(now - self._asked_at) < _ASK_AGAIN
        ):
            return
        is_fresh = now - self.at < _STILL_COMES
        wanted = [
            name
            for name, how in self.how.items()
            if how is fleet_past.NOT_READ or (is_fresh and how is fleet_past.NOT_SEEN)
        ]
        self._asked_at = now
        self._begin_round()
        if wanted:
            self._read_piece(wanted, self.at, self._round)

    def _read_piece(self, wanted: Sequence[str], at: datetime, number: int) -> None:
        piece, rest = wanted[:_AT_ONCE], wanted[_AT_ONCE:]

        def question(front: Front) -> Histories:
            if self._round != number:  # left before its turn came
                return ()
            return front.fleet_history(piece, _NAMES, at, at + _MINUTE)

        def take(found: Histories) -> None:
            if self._round != number:
                return
            self._take(found, at)
            # a large list is not drawn anew for each piece: after 25, 50, 100, 200...
            if not rest or len(self._came) >= self._drawn:
                self._draw()
            if rest and self._round == number:
                self._read_piece(rest, at, number)

        self._ask(question, take)

    def _take(self, found: Histories, at: datetime) -> None:
        for history in found:
            live = self._live.get(history.host)
            if live is not None:
                then = frame_at(history, at, live)
                self._came[history.host] = replace(then, cpu_trend=())  # a minute has none
        self._is_kept = all(history.has_store for history in found)

    def _draw(self) -> None:
        came, self._came = self._came, {}
        came = {name: then for name, then in came.items() if name in self.frames}
        self._drawn += len(came)
        self.frames = {**self.frames, **came}
        self.how = {**self.how, **{n: fleet_past.how_then(then) for n, then in came.items()}}
        self._changed()


def _blank(live: Frame, at: datetime) -> Frame:
    """A host of which nothing of then is known yet."""
    return Frame(live.host, LinkState.CONNECTING, at)
