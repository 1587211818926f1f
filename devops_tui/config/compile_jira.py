"""The Jira of the board."""

from __future__ import annotations

from pathlib import Path

from devops_tui.config.compile_column import column_named
from devops_tui.config.compile_fleet import secret_near
from devops_tui.config.documents import Files
from devops_tui.config.fields import unique
from devops_tui.config.models_jira import JiraModel
from devops_tui.config.report import Report
from devops_tui.domain.board import BoardRules
from devops_tui.domain.jira import JiraKind, JiraSettings


def compile_jira(
    files: Files, folder: Path, report: Report, rules: BoardRules
) -> JiraSettings | None:
    """What is said of it; None where there is none. The team is compiled before."""
    data = files.section("board").get("jira")
    path = ("board", "jira")
    if data is None:
        return None
    model = report.check(JiraModel, data, files.main, path)
    if model is None:
        return None
    known: dict[str, str] = {}
    for login, account in model.people.items():
        if account in known:
            what = f"the account of {login} is that of {known[account]}"
            report.add(files.main, (*path, "people", login), what, "give each his own")
        known[account] = login
    return JiraSettings(
        model.url,
        JiraKind.CLOUD if model.is_cloud else JiraKind.SERVER,
        model.project,
        secret_near(model.token, folder),
        model.user,
        model.board,
        model.filter or "",
        {column_named(n, rules).value: unique(found) for n, found in model.columns.items()},
        dict(model.people),
        {str(kind): name for kind, name in model.types.items()},
        model.every,
        model.create,
        tuple(each.step for each in rules.further),
    )
