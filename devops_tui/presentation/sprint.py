"""A sprint in one line, and its burndown day by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from devops_tui.domain.board import Card
from devops_tui.domain.sprint import Burndown, Sprint, is_committed, points
from devops_tui.presentation import units
from devops_tui.presentation.line import Line, Role, cut, line

_MOST_DAYS = 60


def sprint_line(sprint: Sprint, cards: Iterable[Card], now: datetime, cells: int) -> Line:
    """Number, what is left of it, and its goal."""
    left = sum(points(card) for card in cards if is_committed(card))
    days = sprint.days_left(now)
    told = f"{units.plural(days, 'day')} left" if days > 0 else "last day"
    role: Role = "muted"
    if days < 0:
        told, role = f"over since {sprint.last_day}", "warning"
    return cut(
        line(
            (f"sprint {sprint.number}", "title"),
            (f" · {told} · ", role),
            (f"{left:g} of {sprint.points:g} points left", "text"),
            (f" · {sprint.goal}", "muted"),
        ),
        cells,
    )


def burndown_lines(found: Burndown, now: datetime, cells: int) -> list[Line]:
    """A bar for what was left at the end of each day; `│` is where an even pace would be."""
    sprint = found.sprint
    head = f" · until {sprint.last_day} · {found.left[-1][1]:g} of {sprint.points:g} points left"
    lines = [
        cut(line((f"sprint {sprint.number}", "title"), (head, "text")), cells),
        cut(line((sprint.goal, "muted")), cells),
    ]
    first, last = sprint.started_at.date(), date.fromisoformat(sprint.last_day)
    until = min(now.date(), first + timedelta(days=_MOST_DAYS))
    most = max((left for _, left in found.left), default=0.0) or 1.0
    room = max(4, cells - 20)
    day = first
    while day <= until:
        left = _left_at_end_of(found, day)
        share = max(0.0, (last - day).days / max(1, (last - first).days))
        lines.append(cut(_bar(day, left, sprint.points * share, most, room), cells))
        day += timedelta(days=1)
    return lines


def _left_at_end_of(found: Burndown, day: date) -> float:
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    return [left for at, left in found.left if at < end or at == found.sprint.started_at][-1]


def _bar(day: date, left: float, even: float, most: float, room: int) -> Line:
    filled = round(left / most * room)
    mark = min(room - 1, round(even / most * room))
    bar = "".join("│" if i == mark else "█" if i < filled else " " for i in range(room))
    role: Role = "warning" if left > even else "ok"
    return line((f"{day:%m-%d} ", "muted"), (bar, role), (f" {left:g}", "text"))
