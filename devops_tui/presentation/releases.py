"""A service and its two colours: what serves, what is ready, what a flip is doing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.traffic import (
    Balancer,
    Colour,
    Flip,
    ServerHealth,
    Service,
    ServiceStatus,
)
from devops_tui.domain.view import Overview
from devops_tui.presentation import hours, readiness, traffic, units
from devops_tui.presentation.glyphs import COLOURS, FLIPS, Mark
from devops_tui.presentation.layout import Field, Grid, Part, blank, joined, pad, rule
from devops_tui.presentation.line import Line, Role, Span, cut, fit, line, span
from devops_tui.presentation.line import width as width_of
from devops_tui.presentation.rows import Row, heading, note
from devops_tui.presentation.sparkline import bar
from devops_tui.presentation.wrap import wrapped

SERVICE_FIELDS = (
    Field("name", "service", 14, keep=0),
    Field("environment", "environment", 12, keep=5),
    Field("live", "serves", 14, keep=1),
    Field("other", "the other", 23, keep=3),
    Field("state", "", 23, keep=2, grows=True),
)

_RULE = 4
"""Cells of the line around a title, at the least."""

_CELL = 38
"""Cells of one server or balancer; as many stand side by side as fit."""


def service_names(overview: Overview) -> list[str]:
    """Services in the workspace's order, then those that only the store knows."""
    known = list(overview.workspace.services) if overview.workspace is not None else []
    return known + sorted(set(overview.services) - set(known))


def service_list(overview: Overview, width: int) -> list[Row]:
    """One row per service: what serves, what the other colour is for, what is wrong."""
    grid = Grid(SERVICE_FIELDS, width)
    known = overview.workspace.services if overview.workspace is not None else {}
    names = service_names(overview)
    rows = [heading(grid.heading())] if names else []
    for name in names:
        status = overview.services.get(name)
        service = known.get(name)
        cells: dict[str, Part] = {
            "name": (name, "accent"),
            "environment": (service.environment if service else "", "muted"),
            "live": ("? not read yet", "lost"),
        }
        if status is not None and status.live is not None:
            cells["live"] = _named(status, status.live)
            cells["other"] = (*_named(status, status.live.other), *_warm_for(status, overview.at))
        cells["state"] = _with_asking(
            _state(status, overview) if status is not None else (), overview, name
        )
        rows.append(Row(name, grid.row(cells)))
    return rows


def _with_asking(state: Line, overview: Overview, name: str) -> Line:
    """What waits for a person: behind what is wrong, else first, as the end may be cut."""
    asks = readiness.asks_in_short(overview, name)
    roles = {piece.role for piece in state}
    if asks and roles == {"ok"}:
        return asks
    return joined([state, asks] if roles & {"failed", "lost"} else [asks, state])


def _named(status: ServiceStatus, colour: Colour) -> Line:
    version = status.versions.get(colour, "")
    return line((colour.value, COLOURS[colour]), f" {version}" if version else "")


def _warm_for(status: ServiceStatus, now: datetime) -> Line:
    """In one unit, for a list; the sheet of the service counts down."""
    if status.warm_until is None or status.warm_until <= now:
        return ()
    return line((f" warm {units.age(now, status.warm_until)}", "muted"))


def _warm(status: ServiceStatus, now: datetime) -> Line:
    if status.warm_until is None or status.warm_until <= now:
        return ()
    return line((f" warm {units.countdown(status.warm_until, now)}", "muted"))


def _state(status: ServiceStatus, overview: Overview) -> Line:
    flip = traffic.active_flip(overview.flips, status.name)
    drift = status.drift()
    if drift:
        return line((f"✕ {drift}", "failed"))
    if flip is not None:
        mark = FLIPS[flip.state]
        return line((f"{mark.glyph} {traffic.way(flip)}: {mark.word}", mark.role))
    if status.canary and not traffic.is_stale(status, overview.at):
        return joined([traffic.canary(status, overview.at), _watching(status, overview.at)])
    if traffic.is_stale(status, overview.at):
        return line((f"~ {units.age(status.observed_at, overview.at)} old", "stale"))
    ill = sum(s.is_healthy is False and s.colour is status.live for s in status.servers)
    if ill:
        return line((f"✕ {units.plural(ill, 'server')} ill", "failed"))
    watching = _watching(status, overview.at)
    if watching:
        return watching
    return line(("● ok", "ok")) if status.live is not None else ()


def _watching(status: ServiceStatus, now: datetime) -> Line:
    if status.watching_until is None or status.watching_until <= now:
        return ()
    return line((f"◐ watching {units.countdown(status.watching_until, now)}", "running"))


def service_detail(overview: Overview, name: str, width: int) -> list[Row]:
    """Lanes of both colours, the front doors, the split, the checks, the last flip.

    What is under way stands first: the run, the journal of a flip, and while somebody is
    asked to approve also the checks and the evidence, so that they are seen without scrolling.
    """
    status = overview.services.get(name) or ServiceStatus(name)  # type: ignore[arg-type]
    service = overview.workspace.services.get(name) if overview.workspace else None
    moving = traffic.active_flip(overview.flips, name)
    last = next((f for f in overview.flips if f.service == name), None)
    rows = [note("head", cut(_head(status, service, overview), width))]
    waits = hours.shut_line(overview.workspace, name, overview.at)
    if waits:
        rows.append(note("hours", cut(waits, width)))
    rows += readiness.run_rows(overview, name, width)
    drift = status.drift()
    if drift:
        rows += wrapped("drift", f"✕ {drift}{_repairs(status)}", width, "failed")
    if moving is not None:
        rows += journal(moving, overview.at, width)
    is_asked = readiness.asking_gate(overview, name) is not None
    ready = readiness.rows(overview, status, service, width)
    rows += ready if is_asked else ()
    for colour in Colour:
        rows += _lane(status, service, colour, overview.at, width)
    rows += _balancers(status, service, overview.at, width)
    rows += _split(status, overview.at, width)
    rows += () if is_asked else ready
    if last is not None and moving is None:
        rows += journal(last, overview.at, width)
    return rows


def _repairs(status: ServiceStatus) -> str:
    """What puts a drift right, behind its words; nothing where that happens by itself."""
    return "" if status.set_aside else f"; d, or `switch repair {status.name}`, puts it right"


def _head(status: ServiceStatus, service: Service | None, overview: Overview) -> Line:
    parts = [line((status.name, "title")), _state(status, overview)]
    if service is not None:
        parts.append(line((service.environment, "accent")))
    if status.live is not None:
        parts.append((*_named(status, status.live), span(" serves")))
        warm = _warm(status, overview.at)
        if warm:
            parts.append((*_named(status, status.live.other), *warm))
    else:
        parts.append(line(("? nobody knows yet what serves", "lost")))
    if status.fence:
        parts.append(line((f"generation {status.fence}", "muted")))
    return joined(parts)


def _lane(
    status: ServiceStatus, service: Service | None, colour: Colour, now: datetime, width: int
) -> list[Row]:
    seen = [s for s in status.servers if s.colour is colour]
    asked = {s.host for s in seen}
    if service is not None and colour in service.colours:
        known = service.colours[colour].hosts
        seen += [ServerHealth(h, colour) for h in known if h not in asked]
    digest = status.digests.get(colour, "")
    does = "unknown" if status.live is None else "serves" if status.live is colour else "idle"
    if status.canary and does == "idle":
        does = f"gets {status.canary} %"
    title = joined(
        [
            _named(status, colour),
            line((does, "ok" if does == "serves" else "muted")),
            line((f"{digest[:19]}…", "muted")) if digest else (),
            line((_count(seen), "text")),
            _testers(service, colour) if does == "idle" else (),
        ]
    )
    rows = [note(f"lane {colour}", rule(title, width))]
    return rows + _flow(f"lane {colour}", [_server(s, now) for s in seen], width)


def _testers(service: Service | None, colour: Colour) -> Line:
    """What somebody sends who looks at a colour before it serves."""
    if service is None or service.testers is None:
        return ()
    return line((f"testers send {service.testers.told(colour)}", "muted"))


def _count(seen: Sequence[ServerHealth]) -> str:
    well = sum(s.is_healthy is True for s in seen)
    return f"{well} of {units.plural(len(seen), 'server')} healthy"


def _server(server: ServerHealth, now: datetime) -> Line:
    mark = _health(server, now)
    parts: list[Span] = [span(fit(server.host, 12), "accent"), blank(1), mark.full]
    if server.version:
        parts.append(span(f" {server.version}", "muted"))
    if server.latency_ms is not None:
        parts.append(span(f" {units.milliseconds(server.latency_ms)}", "muted"))
    if server.why:
        parts.append(span(f" {server.why}", mark.role))
    return tuple(parts)


def _health(server: ServerHealth, now: datetime) -> Mark:
    if server.is_healthy is None:
        return Mark("?", "unknown", "lost")
    if server.at is not None and (now - server.at).total_seconds() > traffic.STATUS_OLD_S:
        return Mark("~", f"{units.age(server.at, now)} old", "stale")
    return Mark("●", "healthy", "ok") if server.is_healthy else Mark("✕", "ill", "failed")


def _balancers(
    status: ServiceStatus, service: Service | None, now: datetime, width: int
) -> list[Row]:
    told = len({b.host for b in status.balancers if (b.serves, b.green_percent) != (None, None)})
    title = line(("front doors ", "title"), (f"{told} of {len(status.balancers)} read", "muted"))
    switch = service.switch if service is not None else None
    can = f"{switch.kind}: {', '.join(switch.abilities.words)}" if switch is not None else ""
    whole = joined([title, line((can, "muted"))]) if can else title
    rows = [note("balancers", rule(whole, width))]
    if (
        can and width_of(whole) + _RULE > width
    ):  # what it can do is said whole, or it says the opposite
        rows = [note("balancers", rule(title, width)), *wrapped("abilities", can, width, "muted")]
    if not status.balancers:
        return [*rows, note("no balancer", cut(line(("  none was read yet", "lost")), width))]
    return rows + _flow("balancer", [_balancer(b, status, now) for b in status.balancers], width)


def _balancer(balancer: Balancer, status: ServiceStatus, now: datetime) -> Line:
    name = span(fit(balancer.host, 12), "accent")
    is_old = balancer.at is not None and (now - balancer.at).total_seconds() > traffic.STATUS_OLD_S
    shares = {traffic.green_of(b) for b in status.balancers} - {None}
    green = traffic.green_of(balancer)
    if green is not None and (balancer.serves is None or len(shares) > 1):
        return (name, *_door_bar(status, round(100 * green), balancer.at if is_old else None, now))
    if balancer.serves is None:
        return (name, span(f" ? {balancer.why or 'unknown'}", "lost"))
    glyph, role = ("~", "stale") if is_old else ("●", "ok")
    age = f" {units.age(balancer.at, now)} old" if is_old else ""
    errors = units.percent(balancer.error_ratio, 2)
    return (
        name,
        span(f" {glyph} ", "stale" if role == "stale" else "ok"),
        span(balancer.serves.value, COLOURS[balancer.serves]),
        span(age, "stale"),
        span(f" errors {errors}", "muted")
        if balancer.armed is None
        else span(f" armed: {balancer.armed}", "failed"),
    )


def _door_bar(status: ServiceStatus, green: int, old: datetime | None, now: datetime) -> Line:
    """A door's own share: shown while it is no whole colour, or the doors disagree."""
    cells = round(green / 10) if green in (0, 100) else min(9, max(1, round(green / 10)))
    is_off = status.live is not None and green != status.live.other.green_percent(status.canary)
    colour = Colour.BLUE if green == 0 else Colour.GREEN
    is_faded = old is not None
    share = f"~ {units.age(old, now)}" if is_faded else f"{100 if green == 0 else green} %"
    told = f" {colour.value} {share}"
    return (
        span(" ✕ " if is_off else " ", "failed"),
        span("█" * (10 - cells), "stale" if is_faded else "blue"),
        span("█" * cells, "stale" if is_faded else "green"),
        span(told, "stale" if is_faded else COLOURS[colour]),
    )


def _flow(key: str, cells: Sequence[Line], width: int) -> list[Row]:
    across = max(1, (width - 2) // _CELL)
    room = min(width - 2, _CELL) if across > 1 else width - 2
    rows: list[Row] = []
    for start in range(0, len(cells), across):
        made: list[Span] = [blank(2)]
        for cell in cells[start : start + across]:
            made.extend(pad(cell, room - 1))
            made.append(blank(1))
        rows.append(note(f"{key} {start}", cut(tuple(made), width)))
    return rows


def _split(status: ServiceStatus, now: datetime, width: int) -> list[Row]:
    split = traffic.shares(status)
    is_old = traffic.is_stale(status, now)
    rows = [note("split", rule(line(("traffic", "title")), width))]
    for colour in Colour:
        share = None if split is None else split[colour]
        told = f"{fit(units.percent(share), 6, 'right')}  "
        rate = units.count_rate(traffic.sum_of(status, "requests", colour), " req/s")
        more = "  ".join(
            part
            for part in (
                fit(rate, 12, "right"),
                f"in flight {units.plain(traffic.sum_of(status, 'in_flight', colour), 0)}",
                traffic.last_answer(status, colour, now),
            )
            if part
        )
        role: Role = "stale" if is_old else COLOURS[colour]
        cells = max(4, min(40, width - 64))
        shown = (
            span(fit(f"  {colour.value}", 8), COLOURS[colour]),
            span(bar(share, cells), role),
            span(told, "lost" if share is None else "stale" if is_old else "text"),
            span(more, "stale" if is_old else "muted"),
        )
        rows.append(note(f"split {colour}", cut(shown, width)))
    return rows


def journal(flip: Flip, now: datetime, width: int) -> list[Row]:
    """What a flip did so far, step by step."""
    mark = FLIPS[flip.state]
    word = "undo" if flip.undoes is not None else "flip"
    named = f"{word} {flip.from_colour.value} → {flip.to_colour.value}"
    title = joined(
        [
            line((traffic.way(flip) if flip.is_canary else named, "title")),
            line(mark.full),
            line((f"by {flip.actor} {units.age(flip.asked_at, now)} ago", "muted")),
            line(f"“{flip.why}”") if flip.why else (),
        ]
    )
    rows = [note("journal", rule(title, width))]
    if flip.glass:
        rows.append(note("flip glass", cut((span("  "), *hours.glass_of_flip(flip)), width)))
    for index, step in enumerate(flip.steps):
        glyph, role = _step_look(flip, step.is_done)
        took = units.milliseconds(step.ms) if step.is_done and step.ms else ""
        shown = (
            span(f"  {units.time_of_day(step.at, now)} ", "muted"),
            span(f"{glyph} ", role),
            span(step.what),
            span(f"  {took}", "muted"),
        )
        rows.append(note(f"step {index}", cut(shown, width)))
    if flip.error:
        rows += wrapped("flip error", f"✕ {flip.error}", width, "failed")
    if not flip.steps:
        rows.append(note("no step", cut(line(("  nothing was done yet", "muted")), width)))
    return rows


def _step_look(flip: Flip, is_done: bool) -> tuple[str, Role]:
    if is_done:
        return "●", "ok"
    return ("◐", "running") if flip.ended_at is None else ("?", "lost")
