"""Rings the terminal, and shows notifications of the desktop, for what just happened.

Only a screen does this, on its own terminal. The text is one printable line: no byte of
it can end the sequence that carries it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from textual.app import App

from devops_tui.domain.notice import Notice, notice_of, one_line
from devops_tui.domain.notify import Channel, Desktop, TerminalWay
from devops_tui.domain.view import Overview

_TEXT = 160


class Ringer:
    """Follows the events of the overviews; what was there at the start rings nothing."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._seen: int | None = None
        self._rang_at: datetime | None = None

    def follow(self, overview: Overview) -> None:
        """Rings once, however many events of one overview deserve it."""
        newest = max((e.seq for e in overview.events), default=0)
        seen, self._seen = self._seen, max(newest, self._seen or 0)
        if seen is None or newest <= seen or overview.workspace is None:
            return
        channel = overview.workspace.notify.terminal
        found = _wanted(overview, channel, seen)
        if not found or self._is_too_soon(channel, overview.at):
            return
        self._rang_at = overview.at
        way = channel.way
        if isinstance(way, TerminalWay):
            if way.has_bell:
                self._app.bell()
            text = sequence(way.desktop, overview.workspace.name, found)
            driver = self._app._driver
            if text and driver is not None and not self._app.is_headless:
                driver.write(text)

    def _is_too_soon(self, channel: Channel, now: datetime) -> bool:
        last = self._rang_at
        return last is not None and now < last + timedelta(seconds=channel.every_s)


def sequence(desktop: Desktop, workspace: str, found: tuple[Notice, ...]) -> str:
    """What a terminal takes as a notification; empty where none is wanted."""
    if desktop is Desktop.OFF or not found:
        return ""
    worst = max(found, key=lambda n: n.severity.rank)
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    text = one_line(f"{worst}{more}", _TEXT)
    title = one_line(workspace, _TEXT).replace(";", ",")
    if desktop is Desktop.OSC9:
        return f"\x1b]9;{title}: {text}\x07"
    return f"\x1b]777;notify;{title};{text}\x07"


def _wanted(overview: Overview, channel: Channel, seen: int) -> tuple[Notice, ...]:
    told = (notice_of(event) for event in overview.events if event.seq > seen)
    return tuple(notice for notice in told if notice is not None and channel.wants(notice))
