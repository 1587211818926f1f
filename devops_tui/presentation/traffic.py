"""What serves a service: the split between its colours in one or two lines."""

from __future__ import annotations

from datetime import datetime

from devops_tui.domain.traffic import Balancer, Colour, Flip, FlipState, ServiceStatus
from devops_tui.domain.view import Overview
from devops_tui.presentation import hours, units
from devops_tui.presentation.glyphs import COLOURS, FLIPS
from devops_tui.presentation.layout import blank, joined, pad, rule
from devops_tui.presentation.line import Line, Role, Span, cut, line, span, width
from devops_tui.presentation.rows import Row, note

STATUS_OLD_S = 15.0
"""A service that was not observed for longer is shown as stale."""

_ENDED = frozenset({FlipState.DONE, FlipState.FAILED})


def shares(status: ServiceStatus) -> dict[Colour, float] | None:
    """Colour to the share of the traffic that the front doors send there.

    None while no front door was read: unknown, not 0.
    """
    told = [share for b in status.balancers if (share := green_of(b)) is not None]
    if not told:
        return None
    green = sum(told) / len(told)
    return {Colour.BLUE: 1 - green, Colour.GREEN: green}


def green_of(balancer: Balancer) -> float | None:
    """Green's share of what one front door passes on, 0 to 1."""
    if balancer.green_percent is not None:
        return balancer.green_percent / 100
    return None if balancer.serves is None else float(balancer.serves is Colour.GREEN)


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
    waits = hours.shut_line(overview.workspace, name, overview.at)
    if waits:
        rows.append(note(name, cut((blank(2), *waits), cells)))
    return rows


def lanes(overview: Overview, name: str, cells: int) -> list[Row]:
    """Both colours of a service, a line each: servers, requests, what is in flight."""
    status = overview.services.get(name)
    if status is None:
        return []
    is_old = is_stale(status, overview.at)
    rows = []
    for colour in Colour:
        seen = [s for s in status.servers if s.colour is colour]
        well = sum(s.is_healthy is True for s in seen)
        is_ill = any(s.is_healthy is False for s in seen)
        rate = units.count_rate(sum_of(status, "requests", colour), " req/s")
        flying = units.plain(sum_of(status, "in_flight", colour), 0)
        role: Role = "lost" if well < len(seen) else "ok"
        if is_ill:
            role = "failed" if colour is status.live else "muted"
        answered = last_answer(status, colour, overview.at)
        told = joined(
            [
                line((f"{well} of {units.plural(len(seen), 'server')} healthy", role)),
                line((rate, "text"), (f", {flying} in flight", "muted")),
                line((answered, "muted")) if answered else (),
            ]
        )
        head = (blank(2), *pad(line((colour.value, COLOURS[colour])), 6))
        rows.append(
            note(f"{name} {colour}", cut((*head, *(_faded(told) if is_old else told)), cells))
        )
    return rows


def flip_rows(overview: Overview, cells: int) -> list[Row]:
    """The last flips, the newest first: which way, how it ended, who, when and why."""
    if not overview.flips:
        return []
    rows = [note("flips", rule(line(("last flips", "title")), cells))]
    for flip in sorted(overview.flips, key=lambda f: f.asked_at, reverse=True):
        mark = FLIPS[flip.state]
        to = flip.to_colour
        told = joined(
            [
                line((flip.service, "accent"), " to ", (to.value, COLOURS[to])),
                line(mark.full),
                hours.glass_of_flip(flip),
                line((f"{flip.actor} {units.age(flip.asked_at, overview.at)} ago", "muted")),
                line(f"“{flip.why}”") if flip.why else (),
            ]
        )
        rows.append(note(f"flip {flip.id}", cut((blank(2), *told), cells)))
    return rows


def sum_of(status: ServiceStatus, what: str, colour: Colour) -> float | None:
    """The "requests" per second or those "in_flight" over all balancers; None when unknown."""
    found = [
        value
        for b in status.balancers
        if (value := (b.requests_per_s if what == "requests" else b.in_flight).get(colour))
        is not None
    ]
    return float(sum(found)) if found else None


def last_answer(status: ServiceStatus, colour: Colour, now: datetime) -> str:
    """When the colour answered last through any balancer; empty while nobody knows."""
    times = [b.last_answer_at[colour] for b in status.balancers if colour in b.last_answer_at]
    return f"last answer {units.age(max(times), now)} ago" if times else ""


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
        moving = (span(f"{mark.glyph} {way(flip)}: {mark.word}", mark.role),)
    drift = status.drift()
    told = [moving, line((f"✕ {drift}", "failed")) if drift else (), canary(status, overview.at)]
    if status.watching_until is not None and status.watching_until > overview.at:
        left = units.countdown(status.watching_until, overview.at)
        told.append(line((f"◐ watching, {left} left", "running")))
    told += [line((f"? {b.host} {b.why}", "lost")) for b in status.balancers if b.why][:1]
    return joined(told)


def way(flip: Flip) -> str:
    """Where a flip goes, in words: "flip to green", "green to 5 %"."""
    if flip.percent < 100:
        return f"{flip.to_colour.value} to {flip.percent} %"
    if flip.is_repair:
        return f"repair to {flip.to_colour.value}"
    word = "undo" if flip.undoes is not None or flip.is_canary else "flip"
    return f"{word} to {flip.to_colour.value}"


def canary(status: ServiceStatus, now: datetime) -> Line:
    """How far a canary is, and what can be done where nobody takes it on."""
    if not status.canary or status.live is None:
        return ()
    to = status.live.other
    told = line(("canary ", "running"), (to.value, COLOURS[to]), f" {status.canary} %")
    until = status.watching_until
    if until is not None and (now - until).total_seconds() < STATUS_OLD_S:
        return told  # it is watched, or the next share follows
    return (*told, span(" stands: flip --canary goes on, undo goes back", "waits"))


def _faded(of: Line) -> Line:
    return tuple(Span(s.text, "stale") for s in of)
