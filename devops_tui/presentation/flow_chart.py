"""Charts made of characters: bars, points and layers, each with its scale."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.presentation.line import Line, Role, cut, fit, line

AXIS = 8
"""Cells at the left for the scale."""

Layer = tuple[str, Role]


def bars(values: Sequence[float], height: int, cells: int, role: Role = "accent") -> list[Line]:
    """One bar a value, as wide as there is room for; what is not zero shows at least a dot."""
    room = max(1, cells - AXIS)
    shown = values[-room:]
    if not shown:
        return []
    top = max(shown) or 1.0
    wide = max(1, min(6, room // len(shown)))
    made: list[Line] = []
    for row in range(height, 0, -1):
        text = ""
        for value in shown:
            full = value / top * height
            glyph = "█" if full >= row - 0.5 else "▁" if row == 1 and value > 0 else " "
            text += glyph * max(1, wide - 1) + (" " if wide > 1 else "")
        made.append(
            cut(line((_scale(f"{top:g}" if row == height else ""), "muted"), (text, role)), cells)
        )
    return [*made, cut(_foot(len(shown) * wide), cells)]


def points(
    places: Sequence[tuple[float, float]],
    levels: Sequence[tuple[str, float]],
    height: int,
    cells: int,
    unit: str,
) -> list[Line]:
    """Points at (0 to 1 from left to right, a value), and named levels as lines behind them."""
    room = max(1, cells - AXIS - 1)
    top = max([value for _, value in (*places, *levels)], default=0.0) or 1.0
    grid: list[list[tuple[str, Role]]] = [[(" ", "text")] * room for _ in range(height)]
    for name, value in levels:
        row = grid[_row(value, top, height)]
        for place in range(room):
            row[place] = ("─", "muted")
        for place, letter in enumerate(name[:room]):
            row[place] = (letter, "muted")
    for share, value in places:
        grid[_row(value, top, height)][min(room - 1, int(share * room))] = ("●", "accent")
    made: list[Line] = []
    for index, row in enumerate(grid):
        mark = top if index == 0 else 0.0 if index == height - 1 else None
        made.append(
            cut(line((_scale("" if mark is None else f"{mark:.3g} {unit}"), "muted"), *row), cells)
        )
    return [*made, cut(_foot(room), cells)]


def layers(
    days: Sequence[Sequence[int]], looks: Sequence[Layer], height: int, cells: int
) -> list[Line]:
    """Counts on top of one another, one column a cell; the first stands at the bottom."""
    room = max(1, cells - AXIS - 1)
    wide = [days[min(len(days) - 1, n * len(days) // room)] for n in range(room)] if days else []
    top = max((sum(day) for day in wide), default=0) or 1
    made: list[Line] = []
    for row in range(height, 0, -1):
        level = (row - 0.5) / height * top
        spans = [_look(day, level, looks) for day in wide]
        made.append(cut(line((_scale(f"{top}" if row == height else ""), "muted"), *spans), cells))
    return [*made, cut(_foot(room), cells)]


def _look(day: Sequence[int], level: float, looks: Sequence[Layer]) -> Layer:
    below = 0
    for count, look in zip(day, looks, strict=True):
        below += count
        if level < below:
            return look
    return (" ", "text")


def _row(value: float, top: float, height: int) -> int:
    return height - 1 - round(value / top * (height - 1))


def _scale(text: str) -> str:
    return fit(text, AXIS - 2, "right") + " │"


def _foot(cells: int) -> Line:
    return line((" " * (AXIS - 1) + "└" + "─" * cells, "muted"))
