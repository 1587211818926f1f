"""Reads a workspace: all mistakes at once, or all of it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devops_tui.config.compile_artifact import compile_artifacts, compile_retention
from devops_tui.config.compile_board import (
    compile_automation,
    compile_intake,
    compile_templates,
)
from devops_tui.config.compile_fleet import collect_hosts, compile_environments, compile_fleet
from devops_tui.config.compile_history import compile_alerts, compile_figures, compile_history
from devops_tui.config.compile_jira import compile_jira
from devops_tui.config.compile_maintenance import compile_maintenance
from devops_tui.config.compile_notify import compile_notify
from devops_tui.config.compile_oncall import compile_oncall
from devops_tui.config.compile_pipeline import Setting, compile_pipelines
from devops_tui.config.compile_quarantine import compile_quarantine
from devops_tui.config.compile_rules import check_count
from devops_tui.config.compile_service import compile_services
from devops_tui.config.compile_slow import compile_export, compile_slow
from devops_tui.config.compile_team import compile_board, compile_team
from devops_tui.config.compile_tool import compile_tools
from devops_tui.config.compile_triage import compile_limits, compile_runbook, compile_triage
from devops_tui.config.compile_watch import check_watch_tools
from devops_tui.config.compile_worker import compile_workers
from devops_tui.config.documents import Files, entries, read_files
from devops_tui.config.files import main_file
from devops_tui.config.inventory import inventory_entries
from devops_tui.config.report import Report
from devops_tui.domain.workspace import Workspace


def load(path: Path) -> Workspace:
    """The workspace of a devops.yaml, or of the folder that holds one.

    Only files are read, and what a program of `hosts_from` lists: no host is asked, no
    secret is resolved, nothing is written.
    Mistakes bear the file's name as `path` has it.

    Raises:
        ConfigError: With every mistake of all files, in their order.
    """
    report = Report()
    with _collector_at_rest():
        file = main_file(path)
        files = read_files(file, report)
        workspace = _compile(files, file.absolute().parent, report)
    report.end()
    return workspace


def _compile(files: Files, folder: Path, report: Report) -> Workspace:
    hosts = list(entries(files, "hosts", report))
    own = {entry.name for entry in hosts}
    hosts += [e for e in inventory_entries(files, folder, report) if e.name not in own]
    environments = list(entries(files, "environments", report))
    services = list(entries(files, "services", report))
    pipelines = list(entries(files, "pipelines", report))
    collect_hosts(hosts, report)
    report.names.environment |= {entry.name for entry in environments}
    report.names.service |= {entry.name for entry in services}
    report.names.pipeline |= {entry.name for entry in pipelines}
    team = compile_team(files, report)
    fleet = compile_fleet(hosts, folder, report)
    compiled = compile_services(services, fleet, report)
    places = compile_environments(environments, fleet, report)
    for entry in environments:
        if entry.name in places:
            rule, at = places[entry.name].approvers, (*entry.path, "approvers")
            check_count(rule, team, entry.document, at, report)
    board = compile_board(files, report)
    tools = compile_tools(files, folder, report)
    check_watch_tools(services, compiled, tools, report)
    setting = Setting(fleet, compiled, folder, report, places, team)
    return Workspace(
        name=str(files.main.data.get("name")),
        folder=str(folder),
        team=team,
        board=board,
        automation=compile_automation(files, report, board),
        templates=compile_templates(files, report),
        intake=compile_intake(files, folder, report),
        jira=compile_jira(files, folder, report, board),
        hosts=fleet.hosts,
        environments=places,
        services=compiled,
        pipelines=compile_pipelines(pipelines, setting),
        retention=compile_retention(files, report),
        artifacts=compile_artifacts(files, folder, report),
        workers=compile_workers(files, report),
        history=compile_history(files, report),
        alerts=compile_alerts(files, report),
        slow=compile_slow(files, report),
        maintenance=compile_maintenance(files, report),
        figures=compile_figures(files, report),
        tools=tools,
        export=compile_export(files, report),
        notify=compile_notify(files, folder, report),
        oncall=compile_oncall(files, report),
        quarantine=compile_quarantine(files, report),
        rules=compile_triage(files, folder, report),
        runbook=compile_runbook(files, folder, report),
        host_limits=compile_limits(files),
    )


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keeps the cyclic collector from walking a large fleet again and again while it grows."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
