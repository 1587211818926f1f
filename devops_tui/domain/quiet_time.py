"""When alerts were kept quiet: spans of time, those that are over as well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Host
from devops_tui.domain.schedule import zone_of
from devops_tui.domain.silence import SILENCED, Maintenance, Silence

_DAYS_BACK = 2
"""Maintenance that ended before is of no importance to a problem that anybody is asked about."""


def spans_written(events: Iterable[Event]) -> Sequence[Silence]:
    """What people silenced, each with the end that it really had or will have.

    As `known` reads them: the newest about a thing counts, an early end takes all of a
    thing away.
    """
    spans: dict[tuple[str, str], Silence] = {}
    over: list[Silence] = []

    def end(key: tuple[str, str], at: datetime) -> None:
        span = spans.pop(key)
        over.append(replace(span, until=min(span.until, at)))

    for event in sorted(events, key=lambda e: e.seq):
        if event.kind != SILENCED:
            continue
        what, since = str(event.data["what"]), str(event.data.get("since", ""))
        until = datetime.fromisoformat(str(event.data["until"]))
        is_end = until <= event.at
        for key in [k for k in spans if k == (what, since) or (is_end and k[0] == what)]:
            end(key, event.at)
        if not is_end:
            begins = datetime.fromisoformat(since) if since else event.at
            spans[what, since] = Silence(what, until, event.actor, event.why, begins)
    return [s for s in (*over, *spans.values()) if s.since is not None and s.since < s.until]


def spans_planned(planned: Iterable[Maintenance], now: datetime) -> Sequence[Silence]:
    """The maintenance of today and of the days before it."""
    found: list[Silence] = []
    for plan in planned:
        today = now.astimezone(zone_of(plan.window.zone)).date()
        for back in range(_DAYS_BACK + 1):
            day = today - timedelta(days=back)
            if day.weekday() in plan.window.days:
                begins, ends = plan.window.span(day)
                found += [Silence(what, ends, "", plan.why, begins) for what in plan.what]
    return found


def quiet_until(
    spans: Iterable[Silence], alert: str, host: Host, since: datetime, now: datetime
) -> datetime | None:
    """When the last quiet of an alert ended, or will end; None for none after `since`."""
    ends = [
        span.until
        for span in spans
        if span.covers(alert, host) and (span.since or since) <= now and span.until > since
    ]
    return max(ends, default=None)
