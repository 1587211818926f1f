"""Maintenance that comes again: hours of weekdays in which hosts open no incidents."""

from __future__ import annotations

from devops_tui.config.documents import Files
from devops_tui.config.fields import unique
from devops_tui.config.models_maintenance import MaintenanceModel
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Path, shown
from devops_tui.domain.hours import Window
from devops_tui.domain.silence import EVERYTHING, Maintenance


def compile_maintenance(files: Files, report: Report) -> tuple[Maintenance, ...]:
    """The hours; notes hosts and groups that are not there, and hours that never begin."""
    found = files.main.data.get("maintenance")
    planned: list[Maintenance] = []
    for index, data in enumerate(found if isinstance(found, list) else []):
        path: Path = ("maintenance", index)
        model = report.check(MaintenanceModel, data, files.main, path)
        if model is None:
            continue
        for what in model.hosts:
            name = what.partition("@")[2] or what
            if name != EVERYTHING and not any(
                report.names.knows(kind, name) for kind in ("host", "group")
            ):
                names = report.names.host | report.names.group
                todo = report.choose(name, names, "name a host, a group, or all")
                wrong = f"unknown host or group `{shown(name)}`"
                report.add(files.main, (*path, "hosts"), wrong, todo)
        if model.from_ == model.to:
            wrong = "the maintenance never begins"
            report.add(files.main, (*path, "to"), wrong, "let it end later")
        window = Window(model.days, model.from_, model.to, model.zone)
        planned.append(Maintenance(unique(model.hosts), window, model.why))
    return tuple(planned)
