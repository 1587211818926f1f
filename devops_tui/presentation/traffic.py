"""What serves a service: the split between its colours in one or two lines."""

from __future__ import annotations

from datetime import datetime

from devops_tui.domain.traffic import Colour, Flip, FlipState, ServiceStatus
from devops_tui.domain.view import Overview
from devops_tui.presentation import units
from devops_tui.presentation.glyphs import COLOURS, FLIPS
from devops_tui.presentation.layout import blank, joined, pad
from devops_tui.presentation.line import Line, Span, cut, line, span, width
from devops_tui.presentation.rows import Row, note

STATUS_OLD_S = 15.0
"""A service that was not observed for longer is shown as stale."""

_ENDED = frozenset({FlipState.DONE, FlipState.FAILED})


def shares(status: ServiceStatus) -> dict[Colour, float] | None:
    """Colour to the share of the front doors that send their traffic there.

    None while no front door was read: unknown, not 0.
    """
    told = [b.serves for b in status.balancers if b.serves is not None]
    if not told:
        return None
    return {colour: told.count(colour) / len(told) for colour in Colour}


def is_stale(status: ServiceStatus, now: datetime) -> bool:
    """Whether what is known of the service is too old to be shown as live."""
    at = status.observed_at
    return at is not None and (now - at).total_seconds() > STATUS_OLD_S


def active_flip(flips: tuple[Flip, ...], service: str) -> Flip | None:
    """The flip of the service that has not ended, or None."""
    return next((f for f in flips if f.service == service and f.state not in _ENDED), None)


def split_bar(status: ServiceStatus, cells: int) -> Line:
    """One bar in two colours; the words and the ratio stand beside it."""
    split = shares(status)
    if split is None:
        return line(("?" * max(0, min(cells, 3)), "lost"))
    blue = round(split[Colour.BLUE] * cells)
    if 0 < split[Colour.BLUE] < 1 and cells >= 2:
        blue = min(cells - 1, max(1, blue))
    return line(("█" * blue, "blue"), ("█" * (cells - blue), "green"))


def service_rows(overview: Overview, name: str, cells: int) -> list[Row]:
    """A service: its split, and a second line when something is going on or wrong."""
    status = overview.services.get(name, None)
    name_cells = min(12, max(4, cells // 5))
    head = (*pad(line((name, "accent")), name_cells), blank(1))
    if status is None or (status.live is None and not status.balancers):
        return [Row(name, cut((*head, span("? not read yet", "lost")), cells))]
    room = cells - name_cells - 1
    rows = [Row(name, cut((*head, *_split(status, overview.at, room)), cells))]
    says = _second(overview, status)
    if says:
        rows.append(note(name, cut((blank(2), *says), cells)))
    return rows


def _split(status: ServiceStatus, now: datetime, room: int) -> Line:
    split = shares(status)
    parts: list[Line] = []
    order = list(Colour) if status.live is None else [status.live, status.live.other]
    for colour in order:
        share = None if split is None else split[colour]
        if share == 0 and colour is not status.live:
            parts.append(_idle(status, colour, now))
            continue
        parts.append(_serving(status, colour, share))
    told = joined([p for p in parts if p], line("  "))
    if is_stale(status, now):
        told = (span(f"~ {units.age(status.observed_at, now)} old ", "stale"), *_faded(told))
    bar = min(20, room - width(told) - 1)
    if bar < 4 or split is None:
        return cut(told, room)
    return (*split_bar(status, bar), blank(1), *told)


def _serving(status: ServiceStatus, colour: Colour, share: float | None) -> Line:
    version = status.versions.get(colour, "")
    return (
        span(f"{colour.value} ", COLOURS[colour]),
        span(units.percent(share), "lost" if share is None else "text"),
        span(f" {version}" if version else "", "text"),
    )


def _idle(status: ServiceStatus, colour: Colour, now: datetime) -> Line:
    version = status.versions.get(colour, "")
    if status.warm_until is not None and status.warm_until > now:
        word = f" warm {units.countdown(status.warm_until, now)}"
    else:
        word = " idle"
    return (
        span(colour.value, COLOURS[colour]),
        span(f" {version}" if version else "", "muted"),
        span(word, "muted"),
    )


def _second(overview: Overview, status: ServiceStatus) -> Line:
    flip = active_flip(overview.flips, status.name)
    moving: Line = ()
    if flip is not None:
        mark = FLIPS[flip.state]
        word = "undo" if flip.undoes is not None else "flip"
        moving = (span(f"{mark.glyph} {word} to {flip.to_colour.value}: {mark.word}", mark.role),)
    drift = status.drift()
    told = [moving, line((f"✕ {drift}", "failed")) if drift else ()]
    if status.watching_until is not None and status.watching_until > overview.at:
        left = units.countdown(status.watching_until, overview.at)
        told.append(line((f"◐ watching, {left} left", "running")))
    told += [line((f"? {b.host} {b.why}", "lost")) for b in status.balancers if b.why][:1]
    return joined(told)


def _faded(of: Line) -> Line:
    return tuple(Span(s.text, "stale") for s in of)
