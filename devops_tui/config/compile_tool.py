"""The tools of `tools:`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from devops_tui.config.compile_fleet import absolute, secret_near
from devops_tui.config.compile_slow import credentials
from devops_tui.config.documents import Files
from devops_tui.config.fields import NAME_RULE, is_name, unique
from devops_tui.config.models_tool import ToolModel
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import shown
from devops_tui.domain.tool import Level, ToolKind, ToolSettings


def compile_tools(files: Files, folder: Path, report: Report) -> tuple[ToolSettings, ...]:
    """The tools by name, in the order of the file."""
    tools: list[ToolSettings] = []
    for name, data in files.section("tools").items():
        path = ("tools", name)
        if not is_name(name):
            report.add(files.main, path, f"bad name `{shown(name)}`", NAME_RULE, of_key=True)
        model = report.check(ToolModel, data, files.main, path)
        if model is None:
            continue
        login = credentials(model, files, path, report)
        tools.append(
            ToolSettings(
                name,
                ToolKind(model.kind),
                model.url,
                replace(
                    login,
                    password=secret_near(login.password, folder),
                    token=secret_near(login.token, folder),
                ),
                model.every,
                unique(model.only),
                None if model.incidents == "none" else Level(model.incidents),
                model.query or "",
                model.account or "",
                absolute(model.ca, folder) if model.ca else "",
            )
        )
    return tuple(tools)
