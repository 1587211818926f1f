"""The frame of one host as it changes: rates from counters, link states, events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from devops_tui.domain.event import Event
from devops_tui.domain.file_system import FileSystem
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import SHORTEST_S, Counters, sample_between
from devops_tui.ports.runtime import Clock

TREND_LENGTH = 60


class LiveFrame:
    """What is known of a host now, and whether somebody has seen it since it changed.

    `frame.at` is the time of the figures, so that their age can be told when the link
    is gone; before the first figures it is the time of the last change.

    Args:
        announce: Gets "host.state_changed" when the host becomes live, stale,
            unreachable or a wall; not for a host that is well from the first.
    """

    def __init__(self, host: HostName, clock: Clock, announce: Callable[[Event], None]) -> None:
        self._clock = clock
        self._announce = announce
        self._before: Counters | None = None
        self._fullest: FileSystem | None = None
        self._slow: Mapping[str, Any] = {}
        self._told: LinkState | None = None
        self._is_changed = True
        self.frame = Frame(host, LinkState.CONNECTING, clock.now())

    def take_changed(self) -> Frame | None:
        """The frame, if it changed since the last call."""
        if not self._is_changed:
            return None
        self._is_changed = False
        return self.frame

    def show_again(self) -> None:
        """Counts the frame as changed: whoever took it could not keep it."""
        self._is_changed = True

    def forget_counters(self) -> None:
        """The next record begins an interval: the host may have restarted meanwhile."""
        self._before = None

    def take(self, counters: Counters) -> None:
        """Makes figures of the interval since the last record; the host is live then."""
        before = self._before
        if before is not None and 0 <= counters.uptime_s - before.uptime_s < SHORTEST_S:
            return  # two answers came at once: a longer interval will be honest
        self._before = counters
        sample = None if before is None else sample_between(before, counters)
        if sample is None:
            return
        if self._slow:
            sample = replace(sample, **self._slow)
        if self._fullest is not None:
            sample = replace(
                sample,
                disk_used_ratio=self._fullest.used_ratio,
                disk_used_mount=self._fullest.mount,
            )
        trend = (*self.frame.cpu_trend[1 - TREND_LENGTH :], sample.cpu_ratio)
        self.frame = Frame(self.frame.host, LinkState.LIVE, self._clock.now(), sample, trend)
        self._is_changed = True
        if self._told is not LinkState.LIVE:
            self._tell(LinkState.LIVE, "")

    def know_slow(self, figures: Mapping[str, Any]) -> None:
        """Adds answers to slow questions to the figures to come, by fields of Sample."""
        self._slow = figures

    def know_fullest(self, found: FileSystem | None) -> None:
        """Adds how full the disks are to the figures to come; None when nobody knows."""
        self._fullest = found

    def mark(self, link: LinkState, why: str, retry_at: datetime | None = None) -> None:
        """Says that the figures are not live, and why."""
        frame = self.frame
        if (frame.link, frame.why, frame.retry_at) == (link, why, retry_at):
            return
        at = frame.at if frame.sample is not None else self._clock.now()
        self.frame = replace(frame, link=link, at=at, why=why, retry_at=retry_at)
        self._is_changed = True
        if link is not self._told:
            self._tell(link, why)

    def _tell(self, link: LinkState, why: str) -> None:
        told, self._told = self._told, link
        if told is None and link is LinkState.LIVE:
            return
        self._announce(
            Event(
                "host.state_changed",
                self.frame.host,
                self._clock.now(),
                why=why,
                data={"from": told.value if told else "", "to": link.value},
            )
        )
