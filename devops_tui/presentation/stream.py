"""The value-stream map: a commit's way to production, drawn from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.stream import Edge, Journey, ValueStream
from devops_tui.presentation import units
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, Role, cut, fit, line
from devops_tui.presentation.rows import Row, note

_NAME = 14
_TIME = 11
_LEAST_BAR = 8
_MOST_BAR = 60
_MARK = "◂ longest wait"


def rows(stream: ValueStream, width: int) -> list[Row]:
    """The usual way and the newest one; in lines of at most `width` cells."""
    if stream.latest is None:
        empty = f"no commit of {stream.pipeline} has been on its way yet"
        return [note("empty", cut(line((empty, "muted")), width))]
    made: list[Row] = []
    if stream.samples:
        many = units.plural(stream.samples, "commit")
        title = joined(
            [
                line((f"{stream.pipeline}: commit to production", "title")),
                line(f"lead time {units.duration(stream.lead_s)}"),
                line((f"medians of the last {many} that got there", "muted")),
            ]
        )
        made.append(note("usual", cut(title, width)))
        made += _drawing("usual", stream.usual, width)
        made.append(note("gap", ()))
    made += _latest(stream.latest, width)
    return made


def _latest(latest: Journey, width: int) -> list[Row]:
    state = "lead time" if latest.is_there else "not in production yet, so far"
    title = joined(
        [
            line((latest.commit.short, "accent"), f" {latest.commit.subject}"),
            line((f"{state} {units.duration(latest.lead_s)}", "text")),
            line((" → ".join(latest.runs), "muted")),
        ]
    )
    made = [note("latest", cut(title, width))]
    made += _drawing("latest", latest.edges, width)
    oldest = latest.oldest
    if oldest is not None and oldest.at is not None and oldest.id != latest.commit.id:
        ends = [edge.ended_at for edge in latest.edges if edge.ended_at is not None]
        waited = units.duration(units.seconds_between(oldest.at, max(ends))) if ends else ""
        told = line(("  the oldest commit that came along: ", "muted"), waited)
        made.append(note("oldest", cut(told, width)))
    return made


def _drawing(key: str, edges: Sequence[Edge], width: int) -> list[Row]:
    room = width - _NAME - 2 * _TIME - 8 - len(_MARK)
    cells = min(_MOST_BAR, room) if room >= _LEAST_BAR else 0
    longest = max((edge.lead_s for edge in edges), default=0.0)
    worst = max(edges, key=lambda edge: edge.waited_s, default=None)
    heads = line(
        "  ",
        (fit("", _NAME + 2), "muted"),
        (fit("waits", _TIME, "right"), "muted"),
        (fit("works", _TIME, "right"), "muted"),
    )
    made = [note(f"{key} heads", cut(heads, width)), note(f"{key} begin", line("  ○ commit"))]
    pipeline = ""
    for index, edge in enumerate(edges):
        if edge.name == "run":
            pipeline = edge.pipeline
        name = f"{pipeline} asked" if edge.name == "run" else edge.name
        sign: tuple[str, Role] = ("●", "ok") if edge.is_production else ("├", "muted")
        told = line(
            "  ",
            sign,
            " ",
            fit(name, _NAME),
            (fit(_time(edge.waited_s), _TIME, "right"), "waits"),
            (fit(_time(edge.worked_s), _TIME, "right"), "running"),
            "  ",
        )
        is_worst = edge is worst and edge.waited_s > 0
        bar = _bar(edge, longest, cells) if cells else ()
        mark = line((f" {_MARK}", "warning")) if is_worst else ()
        made.append(Row(f"{key} {index}", cut((*told, *bar, *mark), width)))
    return [*made, note(f"{key} total", cut(_total(edges), width))]


def _total(edges: Sequence[Edge]) -> Line:
    worked = sum(edge.worked_s for edge in edges)
    waited = sum(edge.waited_s for edge in edges)
    share = f" ({units.percent(worked / (worked + waited))})" if worked + waited else ""
    return joined(
        [
            line("  ", (f"works {units.duration(worked)}{share}", "running")),
            line((f"waits {units.duration(waited)}", "waits")),
        ]
    )


def _bar(edge: Edge, longest: float, cells: int) -> Line:
    """Waiting before working, in the scale of the longest step; what is there is seen."""
    if longest <= 0:
        return ()
    waits = _cells(edge.waited_s, longest, cells)
    works = _cells(edge.worked_s, longest, cells)
    return line(("░" * waits, "waits"), ("█" * min(works, cells - waits), "running"))


def _cells(seconds: float, longest: float, cells: int) -> int:
    return max(1, round(seconds / longest * (cells - 1))) if seconds > 0 else 0


def _time(seconds: float) -> str:
    return units.duration(seconds) if seconds > 0 else "—"
