"""What the board does by itself, the limits of its lanes, its templates and its intake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from devops_tui.config.compile_column import column_named
from devops_tui.config.compile_fleet import absolute
from devops_tui.config.documents import Files
from devops_tui.config.fields import NAME_RULE, is_name, unique
from devops_tui.config.models_board import (
    AutomationModel,
    IntakeModel,
    LaneModel,
    TemplateModel,
)
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Path as Steps
from devops_tui.config.yaml_events import shown
from devops_tui.domain.automation import STANDARD, BoardRule, Deed, Trigger
from devops_tui.domain.board import (
    BoardRules,
    CardKind,
    Column,
    LaneLimit,
    LaneOf,
    Priority,
    WipLimit,
)
from devops_tui.domain.card_template import CardTemplate
from devops_tui.domain.intake import Intake

_ON_THE_WAY = (Column.PLANNED, Column.IN_WORK)


def compile_lanes(files: Files, report: Report, rules: BoardRules) -> tuple[LaneLimit, ...]:
    """The limits of lanes, in the order of the file."""
    found = []
    for path, data in _listed(files, "lanes"):
        model = report.check(LaneModel, data, files.main, path)
        if model is not None:
            limit = WipLimit(cards=model.limit[0], per_member=model.limit[1])
            column = column_named(model.column, rules)
            found.append(LaneLimit(LaneOf(model.by), limit, column, model.name))
    return tuple(found)


def compile_automation(files: Files, report: Report, rules: BoardRules) -> tuple[BoardRule, ...]:
    """The rules of the house: those that are written, else the usual ones."""
    if "automation" not in files.section("board"):
        return STANDARD
    found = []
    for path, data in _listed(files, "automation"):
        model = report.check(AutomationModel, data, files.main, path)
        if model is not None:
            found.append(_rule(model, rules))
    return tuple(found)


def _rule(model: AutomationModel, rules: BoardRules) -> BoardRule:
    usual = CardKind.INCIDENT if model.on == "rolled_back" else CardKind.BUG
    columns = tuple(column_named(name, rules) for name in unique(model.columns or ()))
    on_the_way = tuple(place for place in rules.places if place.phase in _ON_THE_WAY)
    return BoardRule(
        Trigger(model.on),
        Deed(model.do),
        kind=CardKind(model.kind) if model.kind else usual,
        to=column_named(model.to, rules) if model.to else None,
        is_over_limit=model.over_limit,
        text=model.text,
        where=model.where,
        pipelines=unique(model.pipelines or ()),
        idle_s=model.for_ or 0.0,
        columns=columns or on_the_way,
    )


def compile_templates(files: Files, report: Report) -> tuple[CardTemplate, ...]:
    """The templates of cards, by name."""
    found = []
    section = files.section("board").get("templates")
    for name, data in section.items() if isinstance(section, dict) else ():
        path: Steps = ("board", "templates", name)
        if not is_name(name):
            report.add(files.main, path, f"bad name `{shown(name)}`", NAME_RULE, of_key=True)
        model = report.check(TemplateModel, data, files.main, path)
        if model is not None:
            found.append(
                CardTemplate(
                    name,
                    model.title,
                    CardKind(model.kind),
                    model.text.strip(),
                    unique(model.labels),
                    unique(model.checklist),
                    model.service or "",
                    Priority(model.priority),
                    float(model.estimate) if model.estimate is not None else None,
                )
            )
    return tuple(found)


def compile_intake(files: Files, folder: Path, report: Report) -> Intake:
    """Where wishes come from; nowhere unless it is written."""
    data = files.section("board").get("intake")
    if not isinstance(data, dict):
        return Intake()
    model = report.check(IntakeModel, data, files.main, ("board", "intake"))
    if model is None:
        return Intake()
    watched = absolute(model.folder, folder) if model.folder else ""
    if model.messages is None:
        return Intake(watched)
    (address, port), reference = model.messages.listen, model.messages.secret
    kind, _, rest = reference.partition(":")
    if kind in ("file", "age", "sops"):
        reference = f"{kind}:{absolute(rest, folder)}"
    return Intake(watched, address, port, reference)


def _listed(files: Files, section: str) -> Iterator[tuple[Steps, Any]]:
    found = files.section("board").get(section)
    for index, data in enumerate(found if isinstance(found, list) else []):
        yield ("board", section, index), data
