"""An issue as Jira sends it, in the words of the board."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from devops_tui.domain.jira import JiraSettings
from devops_tui.domain.tracker import (
    Attachment,
    Person,
    RemoteChange,
    RemoteComment,
    RemoteIssue,
    RemoteValue,
)
from devops_tui.integrations.jira.edition import Edition, raw_of
from devops_tui.integrations.jira.shape import Shape
from devops_tui.integrations.jira.words import HISTORY_FIELDS, kind_here, priority_here

_TITLE = 200
_URL = 2000
_SPRINT_ID = re.compile(r"[\[,]id=(\d{1,15})[,\]]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reader:
    """Reads issues of one site.

    Args:
        me: Account by which the worker speaks.
    """

    def __init__(self, settings: JiraSettings, edition: Edition, shape: Shape, me: str) -> None:
        self._settings = settings
        self._edition = edition
        self._shape = shape
        self._me = me

    def issue(self, data: Mapping[str, Any]) -> RemoteIssue:
        """Reads whatever is there; what is missing is empty."""
        fields = data.get("fields") or {}
        text, losses = self._edition.read_text(fields.get("description"))
        shape = self._shape
        assignee = fields.get("assignee") or {}
        priority = str((fields.get("priority") or {}).get("name") or "")
        kind = str((fields.get("issuetype") or {}).get("name") or "")
        labels = tuple(sorted(str(label) for label in fields.get("labels") or ()))
        title = " ".join(str(fields.get("summary") or "").split())
        values = {
            "title": RemoteValue(title[:_TITLE] or "(no summary)", title),
            "text": RemoteValue(text, _short(raw_of(fields.get("description")))),
            "kind": RemoteValue(kind_here(kind, self._settings.types), kind),
            "priority": RemoteValue(priority_here(priority), priority),
            "assignee": RemoteValue(
                self._person(assignee).shown if assignee else "", self._edition.account_of(assignee)
            ),
            "labels": RemoteValue(labels, " ".join(labels)),
            "due": RemoteValue(str(fields.get("duedate") or ""), str(fields.get("duedate") or "")),
            "column": self._column(fields),
        }
        if shape.estimate:
            points = _points(fields.get(shape.estimate))
            values["estimate"] = RemoteValue(points, points)
        return RemoteIssue(
            str(data.get("id")),
            str(data.get("key")),
            moment(fields.get("updated")),
            values,
            str(fields.get(shape.rank) or "") if shape.rank else "",
            tuple(self.comment(c) for c in (fields.get("comment") or {}).get("comments") or ()),
            self._person(fields.get("creator") or fields.get("reporter") or {}),
            tuple(self._changes(data)),
            losses,
            tuple(self._attachment(a) for a in fields.get("attachment") or ()),
        )

    def comment(self, data: Mapping[str, Any]) -> RemoteComment:
        """A remark."""
        text, _ = self._edition.read_text(data.get("body"))
        author = self._person(data.get("author") or {})
        at = moment(data.get("created"))
        return RemoteComment(
            str(data.get("id")),
            at,
            author,
            text,
            _short(raw_of(data.get("body"))),
            max(at, moment(data.get("updated"))),
            self._person(data.get("updateAuthor") or {}),
        )

    def _attachment(self, data: Mapping[str, Any]) -> Attachment:
        size = data.get("size")
        return Attachment(
            str(data.get("id")),
            " ".join(str(data.get("filename") or "").split())[:_TITLE],
            size if isinstance(size, int) and size >= 0 else 0,
            str(data.get("content") or "")[:_URL],
            self._person(data.get("author") or {}).shown,
            moment(data.get("created")),
        )

    def _column(self, fields: Mapping[str, Any]) -> RemoteValue:
        status = str((fields.get("status") or {}).get("id") or "")
        sprint = self._sprint_of(fields)
        is_in = sprint is not None
        column = self._shape.column_of(status, is_in_sprint=is_in)
        # of the sprint only as much as the column depends on
        mark = f"{status} in {sprint}" if self._shape.is_scrum and is_in else status
        return RemoteValue(column.value, mark)

    def _sprint_of(self, fields: Mapping[str, Any]) -> int | None:
        """The sprint that it is in: the one that runs; while none does, its last one.

        Cloud sends sprints as objects, Data Center before 10 as texts that hold an id. Where
        a sprint has ended, what it left open stays planned until the next one begins.
        """
        found = fields.get(self._shape.sprints) if self._shape.sprints else None
        numbers = [_sprint_number(each) for each in found] if isinstance(found, list) else []
        if self._shape.sprint is None:
            return max((n for n in numbers if n is not None), default=None)
        return self._shape.sprint if self._shape.sprint in numbers else None

    def _person(self, user: Mapping[str, Any]) -> Person:
        account = self._edition.account_of(user)
        return Person(
            account,
            " ".join(str(user.get("displayName") or "").split())[:100],
            self._settings.login_of(account) if account else "",
            bool(account) and account == self._me,
        )

    def _changes(self, data: Mapping[str, Any]) -> list[RemoteChange]:
        histories = (data.get("changelog") or {}).get("histories") or ()
        found = []
        for history in sorted(histories, key=lambda h: moment(h.get("created"))):
            by = self._person(history.get("author") or {})
            for item in history.get("items") or ():
                name = HISTORY_FIELDS.get(str(item.get("field", "")).lower(), "")
                if str(item.get("field")) == self._shape.estimate_name:
                    name = "estimate"
                if name:
                    value = self._value_of(name, item)
                    found.append(RemoteChange(str(history.get("id")), name, by, value))
        return found

    def _value_of(self, name: str, item: Mapping[str, Any]) -> str:
        to, told = str(item.get("to") or ""), str(item.get("toString") or "")
        if name == "column":
            column = self._shape.columns.get(to)
            return column.value if column is not None else ""
        if name == "kind":
            return kind_here(told, self._settings.types)
        if name == "priority":
            return priority_here(told)
        if name == "assignee":
            return (self._settings.login_of(to) or told) if to else ""
        if name == "due":
            return to
        return _points(told) if name == "estimate" else told


def _sprint_number(sprint: Any) -> int | None:
    if isinstance(sprint, Mapping):
        number = sprint.get("id")
        return number if isinstance(number, int) else None
    found = _SPRINT_ID.search(str(sprint))
    return int(found[1]) if found else None


def moment(text: Any) -> datetime:
    """A time as Jira writes it: "2026-03-01T10:00:00.000+0000"."""
    with suppress(ValueError):
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    return _EPOCH


def _points(value: Any) -> str:
    with suppress(TypeError, ValueError):
        number = float(value)
        return f"{number:g}" if 0 < number <= 1000 else ""
    return ""


def _short(raw: str) -> str:
    """A text is compared only: its hash is enough."""
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()[:32] if raw else ""
