"""Silences and maintenance as lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from devops_tui.domain.fleet import Host
from devops_tui.domain.silence import Silence, silencing, with_planned
from devops_tui.domain.view import Overview
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.units import plural, time_of_day

QUIET, MAINTENANCE = "quiet", "maintenance"
"""What a person keeps quiet, and what the configuration does; each stands beside a glyph."""


def told(silence: Silence, now: datetime) -> str:
    """Such as "until 03:00 by jun: disk is moved", "in maintenance until 04:00: patches"."""
    who = f" by {silence.actor}" if silence.actor else ""
    head = "" if silence.actor else "in maintenance "
    begins = ""
    if silence.since is not None and silence.since > now:
        begins = f"from {time_of_day(silence.since, now)} "
    why = f": {silence.why}" if silence.why else ""
    return f"{head}{begins}until {time_of_day(silence.until, now)}{who}{why}"


def lines(silences: Iterable[Silence], now: datetime) -> list[Line]:
    """One a line, what ends first on top."""
    listed = sorted(silences, key=lambda s: s.until)
    return [line((f"{s.what:<24} ", "accent"), told(s, now)) for s in listed]


def of_host(overview: Overview, host: Host | None) -> Silence | None:
    """What keeps all alerts of a host quiet now."""
    if host is None or overview.workspace is None:
        return None
    planned = with_planned(overview.silences, overview.workspace.maintenance, overview.at)
    return silencing(planned, "", host, overview.at)


def marks(overview: Overview) -> Mapping[str, str]:
    """Hosts all of whose alerts are kept quiet now, with the word for it."""
    if overview.workspace is None:
        return {}
    found = with_planned(overview.silences, overview.workspace.maintenance, overview.at)
    hold = [silence for silence in found if silence.holds(overview.at)]
    if not hold:
        return {}
    words = {}
    for name, host in overview.workspace.hosts.items():
        over = [silence for silence in hold if silence.covers("", host)]
        if over:
            words[name] = QUIET if any(silence.actor for silence in over) else MAINTENANCE
    return words


def summary(overview: Overview) -> Line:
    """How many silences hold now; empty for none."""
    workspace = overview.workspace
    planned = workspace.maintenance if workspace is not None else ()
    found = with_planned(overview.silences, planned, overview.at)
    count = sum(silence.holds(overview.at) for silence in found)
    return line((plural(count, "silence"), "match")) if count else ()
