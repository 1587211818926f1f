"""Charts of one host: a span is chosen, a cursor goes back in time."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from devops_tui.domain.fleet import Frame
from devops_tui.domain.history import SPANS, HostHistory
from devops_tui.domain.history_moment import frame_at
from devops_tui.domain.history_tail import Seen, with_tail
from devops_tui.domain.view import Overview
from devops_tui.presentation.host_charts import SHOWN, View, bucket_count, charts
from devops_tui.presentation.line import line
from devops_tui.presentation.rows import Row, readable
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from devops_tui.tui.screens.base import ViewScreen

_TAIL = 600  # samples: ten minutes in view
_ASK_AGAIN_S = 20.0
_WORDS = tuple(SPANS)
_ROOMY_ROWS = 40


class HostHistoryPane(Pane):
    """The figures of one host over a span of time.

    Reads: `host_history`, when the host, the span or the window is another one, and every
    20 s; the samples of the meantime come from the frames.
    """

    def __init__(self) -> None:
        empty = line(("reading…", "muted"))
        super().__init__("History", LineTable(empty=empty, id="host-charts"), id="history")
        self._host = ""
        self._view = View()
        self._end: datetime | None = None  # of a window that stands still
        self._history: HostHistory | None = None
        self._asked: tuple[object, ...] = ()
        self._asked_at: datetime | None = None
        self._tail: deque[Seen] = deque(maxlen=_TAIL)
        self._now: datetime | None = None

    # What the screen tells it

    def look_at(self, host: str, overview: Overview) -> None:
        """Shows a host as it is known now."""
        if host != self._host:
            self._host = host
            self._history = None
            self._tail.clear()
            self._view = replace(self._view, at=None)
            self._end = None
        frame = overview.frames.get(host)
        is_new = frame is not None and (not self._tail or frame.at > self._tail[-1][0])
        if frame is not None and frame.sample is not None and is_new:
            self._tail.append((frame.at, frame.sample))
        self._now = overview.at
        self.draw()

    def choose(self, by: int) -> None:
        """A longer span, or a shorter one."""
        place = min(max(0, _WORDS.index(self._view.span) + by), len(_WORDS) - 1)
        self._view = replace(self._view, span=_WORDS[place])
        if self._view.at is not None:
            self._end = self._window_around(self._view.at)
        self.draw()

    def move(self, cells: float) -> None:
        """The cursor back or on by so many cells; past the newest figure it is live again."""
        if self._now is None:
            return
        whole_s = SPANS[self._view.span]
        wide = max(1, bucket_count(self._room()) // 2)
        at = (self._view.at or self._now) + timedelta(seconds=cells * whole_s / wide)
        if at >= self._now:
            self.go_live()
            return
        end = self._end or self._now
        if not end - timedelta(seconds=whole_s) <= at < end:
            end = self._window_around(at)
        self._end = end
        self._view = replace(self._view, at=at)
        self.draw()

    def jump(self, share: float) -> None:
        """As `move`, by a share of the span."""
        self.move(share * max(1, bucket_count(self._room()) // 2))

    def go_to(self, at: datetime) -> None:
        """The cursor to a moment, in the middle of the span; one that is not over is live."""
        if self._now is None or at >= self._now:
            self.go_live()
            return
        self._end = self._window_around(at)
        self._view = replace(self._view, at=at)
        self.draw()

    def go_live(self) -> None:
        """The newest figures again."""
        self._end = None
        self._view = replace(self._view, at=None)
        self.draw()

    @property
    def at(self) -> datetime | None:
        """The moment under the cursor; None when live."""
        return self._view.at

    def then(self, now: Frame) -> Frame | None:
        """The host at the moment under the cursor; None when live, or nothing was read yet."""
        if self._view.at is None or self._history is None or self._history.host != now.host:
            return None
        return frame_at(with_tail(self._history, list(self._tail)), self._view.at, now)

    # What it shows

    def draw(self) -> None:
        """Asks for what is missing, and draws what is there."""
        if self._now is None or not self._host or not self.display:
            return
        self._ask(self._now)
        self.summarise(line((self._host, "accent")))
        self.table.show(self._rows)

    def _rows(self, cells: int) -> list[Row]:
        if self._history is None or self._now is None:
            return []
        roomy = self.size.height >= _ROOMY_ROWS
        view = replace(self._view, rows=4 if roomy else 3)
        history = with_tail(self._history, list(self._tail))
        return readable(charts(history, view, self._now, cells))

    def _room(self) -> int:
        return max(20, self.table.size.width - 2)

    def _window_around(self, at: datetime) -> datetime:
        """The end of a window that has a moment in its middle; never in the future."""
        end = at + timedelta(seconds=SPANS[self._view.span] / 2)
        return min(end, self._now) if self._now is not None else end

    def _ask(self, now: datetime) -> None:
        count = bucket_count(self._room())
        whole_s = SPANS[self._view.span]
        bucket_s = whole_s / count
        # buckets that begin at round times: they do not wander with the clock
        ticks = (self._end or now).timestamp() / bucket_s
        end = datetime.fromtimestamp(math.ceil(ticks + 1e-6) * bucket_s, now.tzinfo)
        wanted = (self._host, self._view.span, end, count)
        is_old = (
            self._asked_at is None or abs((now - self._asked_at).total_seconds()) > _ASK_AGAIN_S
        )
        if wanted == self._asked and not is_old:
            return
        self._asked, self._asked_at = wanted, now
        host, start = self._host, end - timedelta(seconds=whole_s)
        cast("ViewScreen", self.screen).ask(
            lambda front: front.host_history(host, SHOWN, start, end, count), self._take
        )

    def _take(self, history: HostHistory) -> None:
        if not history.is_whole:
            self._asked = ()  # it comes from elsewhere: the next look asks again
        if history.host == self._host and (history.is_whole or self._history is None):
            self._history = history
            self.table.show(self._rows)
