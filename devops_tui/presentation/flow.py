"""The board's flow as figures and charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from devops_tui.domain.board import Column
from devops_tui.domain.flow import DayCount, Flow, Percentiles
from devops_tui.domain.forecast import When
from devops_tui.domain.sprint import Burndown
from devops_tui.presentation import flow_chart as chart
from devops_tui.presentation import units
from devops_tui.presentation.line import Line, Role, cut, line
from devops_tui.presentation.rows import Row, note
from devops_tui.presentation.sprint import burndown_lines

_DAY_S = 86400.0
_LAYERS: Mapping[Column, chart.Layer] = {
    Column.DONE: ("─", "ok"),
    Column.IN_WORK: ("█", "running"),
    Column.PLANNED: ("○", "waits"),
    Column.BACKLOG: ("·", "muted"),
}
"""From the bottom to the top of the cumulative flow."""

_FURTHER = ("▓", "▒", "░", "◆", "◇", "△", "▽", "□")
"""Of further columns, in the colour of the one that they belong to."""


def flow_rows(flow: Flow, cells: int, height: int = 6, sprint: Burndown | None = None) -> list[Row]:
    """Every figure of the flow in lines of at most `cells` cells."""
    lines = list(_lines(flow, cells, height))
    if sprint is not None:
        lines += [(), *burndown_lines(sprint, flow.until, cells)]
    return [note(f"flow {place}", cut(of, cells)) for place, of in enumerate(lines)]


def _lines(flow: Flow, cells: int, height: int) -> Iterable[Line]:
    yield from (line((told, "warning")) for told in flow.notes)
    yield line(
        (f"{len(flow.done)} done", "title"),
        (f" · {units.plural(len(flow.wip), 'card')} in InWork", "text"),
        (f" · {flow.left} in Planned and InWork", "muted"),
    )
    if not flow.done:
        yield line(("no card was done in this period: no lead or cycle time, no forecast", "muted"))
    yield _percentiles("lead time ", flow.lead)
    yield _percentiles("cycle time", flow.cycle)
    yield _efficiency(flow)
    yield from _wip(flow)
    if flow.done:
        yield from _scatter(flow, cells, height)
        yield ()
        weeks = flow.weeks
        yield _title(f"done per week, since the week of {weeks[0][0]:%m-%d}")
        yield from chart.bars([count for _, count in weeks], height - 2, cells)
    yield ()
    names, looks = _bands(flow)
    keys = "  ".join(f"{glyph} {name}" for name, (glyph, _) in zip(names, looks, strict=True))
    yield _title(f"cumulative flow, by day    {keys}")
    days = [tuple(_by_name(d)[name] for name in names) for d in flow.days]
    yield from chart.layers(days, looks, height, cells)
    yield from _forecast(flow, cells, height)


def _bands(flow: Flow) -> tuple[list[str], list[chart.Layer]]:
    """The columns of the chart and how each is drawn, from the bottom: Done first."""
    glyphs = {s: _FURTHER[n % len(_FURTHER)] for n, s in enumerate(flow.further)}
    names: list[str] = []
    looks: list[chart.Layer] = []
    for column, look in _LAYERS.items():
        for step in reversed([s for s in flow.further if s.phase is column]):
            names.append(step.name)
            looks.append((glyphs[step], look[1]))
        names.append(column.value)
        looks.append(look)
    return names, looks


def _by_name(day: DayCount) -> Mapping[str, int]:
    four = (day.backlog, day.planned, day.in_work, day.done)
    return {**day.further, **dict(zip(Column, four, strict=True))}


def _title(text: str) -> Line:
    return line((text, "title"))


def _percentiles(name: str, found: Percentiles | None) -> Line:
    if found is None:
        return line((f"{name}  ", "muted"), ("unknown", "lost"))
    told = "  ".join(
        f"{share} % {units.duration(value)}"
        for share, value in ((50, found.p50), (85, found.p85), (95, found.p95))
    )
    return line((f"{name}  ", "muted"), told, (f"  of {found.count}", "muted"))


def _efficiency(flow: Flow) -> Line:
    if flow.efficiency is None:
        return line(("flow efficiency  ", "muted"), ("unknown", "lost"))
    return line(
        ("flow efficiency  ", "muted"),
        units.percent(flow.efficiency),
        (f" · worked {units.duration(flow.worked_s)}", "running"),
        (f" · waited {units.duration(flow.waited_s)}", "waits"),
        (f" · blocked {units.duration(flow.blocked_s)}", "warning"),
    )


def _wip(flow: Flow) -> Iterable[Line]:
    limit = flow.cycle.p85 if flow.cycle is not None else None
    for card in flow.wip[:8]:
        is_old = limit is not None and card.age_s is not None and card.age_s > limit
        role: Role = "warning" if is_old else "text"
        yield line(
            ("in work  ", "muted"),
            (card.card_id, "accent"),
            (f" {units.duration(card.age_s)}", role),
            (" older than 85 % of what was done" if is_old else "", "warning"),
            (" blocked" if card.is_blocked else "", "warning"),
            (f" {card.title}", "muted"),
        )


def _scatter(flow: Flow, cells: int, height: int) -> Iterable[Line]:
    span_s = (flow.until - flow.since).total_seconds() or 1.0
    places = [
        ((card.done_at - flow.since).total_seconds() / span_s, card.cycle_s / _DAY_S)
        for card in flow.done
        if card.cycle_s is not None
    ]
    cycle = flow.cycle
    if cycle is None:
        return
    yield ()
    yield _title(f"cycle time in days, {flow.since:%m-%d} to {flow.until:%m-%d}")
    levels = [("50 % ", cycle.p50), ("85 % ", cycle.p85), ("95 % ", cycle.p95)]
    yield from chart.points(
        places, [(name, value / _DAY_S) for name, value in levels], height, cells, "d"
    )


def _forecast(flow: Flow, cells: int, height: int) -> Iterable[Line]:
    yield ()
    if flow.when is None and flow.how_many is None:
        why = "nothing was done in the period" if not flow.done else "nothing is left to do"
        yield line(("forecast  ", "muted"), (f"none: {why}", "lost"))
        return
    if flow.when is not None:
        when = flow.when
        yield line(
            ("forecast  ", "title"),
            f"{units.plural(when.cards, 'card')} done by  ",
            "  ".join(
                f"{share} % {_day(flow, days)}"
                for share, days in ((50, when.p50), (85, when.p85), (95, when.p95))
            ),
            (f"  {when.draws:,} draws", "muted"),
        )
    if flow.how_many is not None:
        many = flow.how_many
        yield line(
            ("          ", "muted"),
            f"in {units.plural(many.days, 'day')} at least  ",
            f"50 % {many.p50}  85 % {many.p85}  95 % {many.p95}",
        )
    if flow.when is not None and len(flow.when.spread) > 1:
        first, last = flow.when.spread[0][0], flow.when.spread[-1][0]
        yield line((f"draws that end after {first} to {last} days", "muted"))
        yield from chart.bars(_buckets(flow.when, min(60, cells - chart.AXIS)), height - 2, cells)


def _buckets(when: When, most: int) -> list[float]:
    first, last = when.spread[0][0], when.spread[-1][0]
    count = max(1, min(most, last - first + 1))
    found = [0.0] * count
    for days, draws in when.spread:
        found[(days - first) * count // (last - first + 1)] += draws
    return found


def _day(flow: Flow, days: int | None) -> str:
    if days is None:
        return "in more than ten years"
    return f"{flow.until.date() + timedelta(days=days):%Y-%m-%d}"
