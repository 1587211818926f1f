"""The team and the rules of its board."""

from __future__ import annotations

from dataclasses import replace

from devops_tui.config.compile_board import compile_lanes
from devops_tui.config.compile_column import compile_columns
from devops_tui.config.documents import Files
from devops_tui.config.models import BoardModel, ColumnModel, MemberModel
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Path, shown
from devops_tui.domain.board import BoardRules, WipLimit
from devops_tui.domain.team import Member, Role, Team


def compile_team(files: Files, report: Report) -> Team:
    """The people, each once."""
    found = files.main.data.get("team")
    members: dict[str, Member] = {}
    for index, data in enumerate(found if isinstance(found, list) else []):
        path: Path = ("team", index)
        model = report.check(MemberModel, data, files.main, path)
        if model is None:
            continue
        if model.name in members:
            what = f"`{shown(model.name)}` is in the team twice"
            report.add(files.main, (*path, "name"), what, "give all roles in one line")
        roles = tuple(Role(role) for role in dict.fromkeys(model.roles))
        members[model.name] = Member(model.name, roles, tuple(dict.fromkeys(model.git)))
        report.names.member.add(model.name)
    return Team(tuple(members.values()))


def compile_board(files: Files, report: Report) -> BoardRules:
    """The prefix of cards, the further columns and the limits."""
    model = report.check(BoardModel, files.section("board"), files.main, ("board",))
    if model is None:
        return BoardRules()
    is_hard = model.limits == "hard"
    rules = BoardRules(
        prefix=model.prefix,
        planned=_limit(model.planned),
        in_work=_limit(model.in_work),
        is_hard=is_hard,
        further=compile_columns(files, report, is_hard=is_hard),
    )
    return replace(rules, lanes=compile_lanes(files, report, rules))


def _limit(column: ColumnModel) -> WipLimit:
    cards, per_member = column.limit
    return WipLimit(cards=cards, per_member=per_member)
