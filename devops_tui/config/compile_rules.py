"""Who may decide, and when a release may act: from the models to the domain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from devops_tui.config.documents import Entry
from devops_tui.config.models_rules import (
    ApproversModel,
    FreezeModel,
    PeopleModel,
    WindowModel,
)
from devops_tui.config.report import Report
from devops_tui.config.words_hours import Moment
from devops_tui.config.yaml_events import Document, Path
from devops_tui.domain.approval import Approvers
from devops_tui.domain.hours import Freeze, Hours, Window, instant
from devops_tui.domain.team import Role, Team


def people(model: PeopleModel | None) -> Approvers | None:
    """The rule; None when there is none."""
    if model is None:
        return None
    roles = tuple(Role(role) for role in dict.fromkeys(model.roles))
    members = tuple(dict.fromkeys(model.members))
    if isinstance(model, ApproversModel):
        return Approvers(roles, members, model.count, model.not_author)
    return Approvers(roles, members)


def check_count(
    rule: Approvers | None, team: Team, document: Document, path: Path, report: Report
) -> None:
    """Notes a gate that could never open: more people are asked for than may approve."""
    if rule is None or not team.members:
        return
    is_open = not (rule.roles or rule.members)
    able = [
        m
        for m in team.members
        if is_open or m.name in rule.members or set(m.roles) & set(rule.roles)
    ]
    if rule.count > len(able):
        what = f"{rule.count} people have to approve, and {len(able)} may"
        report.add(document, (*path, "count"), what, "ask for fewer, or name more people")


def compile_hours(
    windows: Sequence[WindowModel], freezes: Sequence[FreezeModel], entry: Entry, report: Report
) -> Hours:
    """Windows and freezes; a freeze without a zone has that of the first window beside it."""
    zone = windows[0].zone if windows else "UTC"
    made = []
    for number, model in enumerate(windows):
        if model.from_ == model.to:
            path = (*entry.path, "windows", number, "to")
            report.add(entry.document, path, "the window is never open", "let it end later")
        made.append(Window(model.days, model.from_, model.to, model.zone))
    frozen = []
    for number, freeze in enumerate(freezes):
        where = freeze.zone or zone
        found = Freeze(
            instant(freeze.from_.day, freeze.from_.minutes or 0, where),
            _end(freeze.to, where),
            freeze.why,
            where,
        )
        if found.ends <= found.begins:
            path = (*entry.path, "freezes", number, "to")
            report.add(entry.document, path, "the freeze ends before it begins", "swap the two")
        frozen.append(found)
    return Hours(tuple(made), tuple(frozen))


def _end(to: Moment, zone: str) -> datetime:
    if to.minutes is not None:
        return instant(to.day, to.minutes, zone)
    return instant(to.day + timedelta(days=1), 0, zone)  # a last day is meant as a whole
