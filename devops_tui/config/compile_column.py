"""The board's columns beside the four: in which order they stand, and what each belongs to."""

from __future__ import annotations

from typing import Any

from devops_tui.config.documents import Files
from devops_tui.config.models_column import FurtherColumnModel
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Path, shown
from devops_tui.domain.board import (
    BoardRules,
    Column,
    FurtherColumn,
    Place,
    Step,
    WipLimit,
    plain_name,
)

MOST_FURTHER = 5
"""Nine columns together: one digit names each of them."""

_BETWEEN = {plain_name(c.value): c for c in (Column.PLANNED, Column.IN_WORK)}
_ENDS = frozenset(plain_name(c.value) for c in (Column.BACKLOG, Column.DONE))
_Found = dict[str, tuple[Path, FurtherColumnModel]]


def compile_columns(files: Files, report: Report, *, is_hard: bool) -> tuple[FurtherColumn, ...]:
    """The further columns from left to right; `is_hard` is what those are that say nothing."""
    found: _Found = {}
    section = files.section("board").get("columns")
    for index, data in enumerate(section if isinstance(section, list) else []):
        path: Path = ("board", "columns", index)
        _note_name(data, report)
        model = report.check(FurtherColumnModel, data, files.main, path)
        if model is None:
            continue
        key = plain_name(model.name)
        if key in found:
            what = f"`{shown(model.name)}` is there twice"
            report.add(files.main, (*path, "name"), what, "give each column its own name")
            continue
        found[key] = (path, model)
        if len(found) == MOST_FURTHER + 1:
            what = f"more than {MOST_FURTHER} further columns"
            report.add(files.main, path, what, "a digit has to name each column: take some away")
    _check_order(found, files, report)
    made: list[FurtherColumn] = []
    for key, phase in _BETWEEN.items():
        _add_after(key, phase, found, made, is_hard=is_hard)
    return tuple(made)


def column_named(name: str, rules: BoardRules) -> Place:
    """The column that a checked name means; where that one has a mistake itself, any."""
    return rules.named(name) or Column.IN_WORK


def _note_name(data: Any, report: Report) -> None:
    """Others may name it, whatever else is wrong with it."""
    name = data.get("name") if isinstance(data, dict) else None
    if isinstance(name, str):
        report.names.column.add(name)


def _check_order(found: _Found, files: Files, report: Report) -> None:
    for path, model in found.values():
        seen = {plain_name(model.name)}
        after = plain_name(model.after)
        while after in found and after not in seen:
            seen.add(after)
            after = plain_name(found[after][1].after)
        place = (*path, "after")
        if after in _BETWEEN:
            continue
        if after in seen:
            report.add(files.main, place, "these columns stand after one another", _HINT)
        elif plain_name(model.after) in _ENDS:
            what = "a further column stands between Planned and Done"
            report.add(files.main, place, what, _HINT)
        elif plain_name(model.after) not in found:
            known = {"planned", "in_work", *(m.name for _, m in found.values())}
            what = f"unknown column `{shown(model.after)}`"
            report.add(files.main, place, what, report.choose(model.after, known, _HINT))


_HINT = "write `after: planned`, `after: in_work`, or the name of another further column"


def _add_after(
    key: str, phase: Column, found: _Found, made: list[FurtherColumn], *, is_hard: bool
) -> None:
    """Those that stand after a column, each with what stands after it, in the file's order."""
    for name, (_, model) in found.items():
        if plain_name(model.after) != key:
            continue
        limit = WipLimit(cards=model.limit[0], per_member=model.limit[1])
        mode = is_hard if model.mode is None else model.mode == "hard"
        made.append(FurtherColumn(Step(model.name, phase), limit, mode))
        _add_after(name, phase, found, made, is_hard=is_hard)
