"""Figures over time, and alerts on them: read where they were written."""

from __future__ import annotations

from pydantic import ValidationError

from devops_tui.config.compile_slow import credentials
from devops_tui.config.documents import Files
from devops_tui.config.fields import unique
from devops_tui.config.models_history import AlertModel, FiguresModel, HistoryModel
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Path, shown
from devops_tui.domain.alert_condition import UNREACHABLE as GONE
from devops_tui.domain.alert_condition import parse_rule
from devops_tui.domain.condition import BadCondition
from devops_tui.domain.errors import Mistake
from devops_tui.domain.export import FigureSource
from devops_tui.domain.history import BY_NAME, HistoryKeep
from devops_tui.domain.workspace import UNREACHABLE, Alert


def compile_history(files: Files, report: Report) -> HistoryKeep:
    """How long figures stay; limits that are not written have their defaults."""
    model = report.check(HistoryModel, files.section("history"), files.main, ("history",))
    if model is None:
        return HistoryKeep()
    return HistoryKeep(model.samples, model.ten_seconds, model.minutes, model.hours)


def compile_figures(files: Files, report: Report) -> FigureSource:
    """Where charts are read back from; a model that is wrong was said already."""
    section = files.section("history")
    data = section.get("read_from")
    if not isinstance(data, dict):
        return FigureSource()
    try:
        model = FiguresModel.model_validate(data, context=report.names)
    except ValidationError:
        return FigureSource()
    who = credentials(model, files, ("history", "read_from"), report)
    return FigureSource(model.url, who)


def compile_alerts(files: Files, report: Report) -> tuple[Alert, ...]:
    """The rules that are on; an unreachable host is told unless one of them says otherwise."""
    found = files.main.data.get("alerts")
    alerts: list[Alert] = []
    names: set[str] = set()
    for index, data in enumerate(found if isinstance(found, list) else []):
        path: Path = ("alerts", index)
        model = report.check(AlertModel, data, files.main, path)
        if model is None:
            continue
        if model.name in names:
            what = f"two alerts are called `{shown(model.name)}`"
            report.add(files.main, (*path, "name"), what, "give one of them another name")
        names.add(model.name)
        for group in model.groups:
            if not report.names.knows("group", group):
                todo = report.choose(group, report.names.group, "name a group of hosts")
                what = f"unknown group `{shown(group)}`"
                report.add(files.main, (*path, "groups"), what, todo)
        _check(model.when, files, (*path, "when"), report)
        if model.clear:
            _check(model.clear, files, (*path, "clear"), report)
        if model.enabled:
            groups = unique(model.groups)
            alerts.append(
                Alert(model.name, model.when, model.for_, model.clear, model.severity, groups)
            )
    return tuple(alerts if UNREACHABLE.name in names else [*alerts, UNREACHABLE])


def _check(text: str, files: Files, path: Path, report: Report) -> None:
    try:
        parse_rule(text)
    except BadCondition as error:
        document = files.main
        line, column = document.place(path)
        column += error.at + (1 if path in document.quoted else 0)
        near = report.nearest(error.unknown, (GONE, *BY_NAME)) if error.unknown else None
        todo = f"did you mean `{near}`?" if near else error.todo
        report.note(Mistake(document.file, line, column, error.what, todo))
