"""Words of a board and words of Jira for the same thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devops_tui.domain.board import CardKind, Column, Priority

PRIORITY_THERE: Mapping[str, Sequence[str]] = {
    Priority.EXPEDITE: ("Highest", "Blocker", "Critical"),
    Priority.HIGH: ("High", "Critical", "Major"),
    Priority.NORMAL: ("Medium", "Normal", "Major"),
    Priority.LOW: ("Low", "Minor", "Lowest"),
}
"""Ours to theirs; the first that the site has."""

_PRIORITY_HERE = {
    # never expedite: what passes the limits is decided on the board alone
    "highest": Priority.HIGH,
    "blocker": Priority.HIGH,
    "critical": Priority.HIGH,
    "high": Priority.HIGH,
    "major": Priority.HIGH,
    "low": Priority.LOW,
    "lowest": Priority.LOW,
    "minor": Priority.LOW,
    "trivial": Priority.LOW,
}
_KIND_HERE = {
    "bug": CardKind.BUG,
    "defect": CardKind.BUG,
    "incident": CardKind.INCIDENT,
    "[system] incident": CardKind.INCIDENT,
    "story": CardKind.FEATURE,
    "new feature": CardKind.FEATURE,
    "improvement": CardKind.FEATURE,
    "feature": CardKind.FEATURE,
}
_KIND_THERE: Mapping[str, Sequence[str]] = {
    CardKind.BUG: ("Bug", "Task"),
    CardKind.FEATURE: ("Story", "New Feature", "Task"),
    CardKind.INCIDENT: ("Incident", "Bug", "Task"),
}
COLUMN_HERE = {
    "backlog": Column.BACKLOG,
    "planned": Column.PLANNED,
    "selected for development": Column.PLANNED,
    "ready": Column.PLANNED,
    "to do": Column.PLANNED,
    "inwork": Column.IN_WORK,
    "in work": Column.IN_WORK,
    "in progress": Column.IN_WORK,
    "doing": Column.IN_WORK,
    "in review": Column.IN_WORK,
    "done": Column.DONE,
    "closed": Column.DONE,
    "resolved": Column.DONE,
}
"""What columns of Jira boards are mostly called."""

HISTORY_FIELDS = {
    "summary": "title",
    "description": "text",
    "issuetype": "kind",
    "priority": "priority",
    "assignee": "assignee",
    "labels": "labels",
    "status": "column",
    "sprint": "column",
    "duedate": "due",
    "rank": "order",
}
"""Names of fields in a history to ours; that of the estimate is the site's own."""


def priority_here(name: str) -> str:
    """Ours of a priority of Jira."""
    return _PRIORITY_HERE.get(name.lower(), Priority.NORMAL).value


def priority_there(value: str, known: Sequence[str]) -> str:
    """Theirs of a priority, as the site calls it."""
    wanted = PRIORITY_THERE.get(value, ())
    return next(
        (name for name in wanted if name in known or not known), wanted[0] if wanted else ""
    )


def kind_here(name: str, types: Mapping[str, str]) -> str:
    """Ours of an issue type."""
    for kind, theirs in types.items():
        if theirs.lower() == name.lower():
            return kind
    return _KIND_HERE.get(name.lower(), CardKind.REQUEST).value


def kind_there(value: str, types: Mapping[str, str], known: Sequence[str]) -> str:
    """An issue type for a kind, as the project calls it."""
    if value in types:
        return types[value]
    wanted = _KIND_THERE.get(value, ("Task", "Story"))
    return next((name for name in wanted if name in known or not known), "Task")
