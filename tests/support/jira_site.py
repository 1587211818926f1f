"""A Jira site as a model: issues, their history, and an index that lags behind.

Written from the public descriptions of the REST interfaces; it knows no more of them than
the tests need, and refuses what the real ones refuse.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from support.jira_sprints import SPRINT, SiteSprints
from support.jira_talk import BOT, Json, SiteRefusal, stamp

__all__ = ["BOT", "SPRINT", "SiteRefusal", "stamp"]

STATUSES = {
    "1": ("Open", "new"),
    "2": ("Selected", "new"),
    "3": ("In Progress", "indeterminate"),
    "4": ("Review", "indeterminate"),
    "5": ("Done", "done"),
}
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
TYPES = ("Story", "Bug", "Task")
ESTIMATE, RANK = "customfield_10016", "customfield_10019"


class JiraSite(SiteSprints):
    """One project.

    Args:
        now: The clock of the tests; the site's own is `skew_s` ahead.

    Attributes:
        lag_s: So long the index does not know of a change.
        history_limit: A history shows so many of the newest changes.
    """

    def __init__(self, now: Callable[[], datetime], *, is_cloud: bool = True) -> None:
        super().__init__()
        self._now = now
        self.is_cloud = is_cloud
        self.skew_s = 0.0
        self.lag_s = 0.0
        self.project = "SH"
        self.board_type = "kanban"
        self.users: dict[str, str] = {BOT: "Board Bot"}
        self.no_way_to: set[str] = set()
        self.rank_refuses: set[str] = set()
        self._index: dict[str, list[tuple[datetime, dict[str, Any] | None]]] = {}
        self._keys = itertools.count(1)
        self._ticks = itertools.count(1)
        self._last = datetime(1970, 1, 1, tzinfo=UTC)

    @property
    def now(self) -> datetime:
        """The site's own clock."""
        return self._now() + timedelta(seconds=self.skew_s)

    def tick(self) -> datetime:
        """A moment of its own for a change."""
        self._last = max(self.now, self._last + timedelta(milliseconds=1))
        return self._last

    # What people and programs do

    def create(self, by: str, fields: dict[str, Any], properties: dict[str, Any]) -> str:
        if not str(fields.get("summary") or "").strip():
            raise SiteRefusal(400, "summary: You must specify a summary of the issue.")
        number, at = str(next(self._numbers)), self.tick()
        self.issues[number] = {
            "id": number,
            "key": f"{self.project}-{next(self._keys)}",
            "summary": "",
            "description": None,
            "issuetype": "Task",
            "priority": "Medium",
            "assignee": None,
            "labels": [],
            "duedate": None,
            "status": "1",
            ESTIMATE: None,
            RANK: f"0|{int(number):08d}:",
            SPRINT: None,
            "creator": by,
            "created": at,
            "updated": at,
            "comments": [],
            "attachments": [],
            "properties": dict(properties),
            "histories": [],
        }
        self._set(number, {n: v for n, v in fields.items() if n != "project"}, by, is_told=False)
        self._show(number)
        return number

    def edit(self, number: str, by: str, fields: dict[str, Any], update: dict[str, Any]) -> None:
        issue = self.issue(number)
        values = dict(fields)
        if "labels" in update:
            labels = list(issue["labels"])
            for act in update["labels"]:
                for name, label in act.items():
                    labels = [x for x in labels if x != label]
                    if name == "add":
                        labels.append(label)
            values["labels"] = labels
        self._set(number, values, by)
        self._show(number)

    def move(self, number: str, by: str, status: str) -> None:
        issue = self.issue(number)
        if status in self.no_way_to:
            raise SiteRefusal(400, "It seems that this transition is not valid.")
        self._told(number, by, "status", issue["status"], status, STATUSES[status][0])
        issue["status"] = status
        self._show(number)

    def delete(self, number: str) -> None:
        del self.issues[number]
        self._index.setdefault(number, []).append((self.now + timedelta(seconds=self.lag_s), None))

    def rank(
        self, numbers: list[str], *, after: str = "", before: str = "", by: str = BOT
    ) -> list[str]:
        """Ids that were not ranked."""
        ordered = sorted(self.issues.values(), key=lambda i: str(i[RANK]))
        ids = [i["id"] for i in ordered]
        moving = [self.number_of(n) for n in numbers]
        failed = [n for n in moving if n in self.rank_refuses]
        moving = [n for n in moving if n not in failed]
        anchor = self.number_of(after or before)
        rest = [n for n in ids if n not in moving]
        place = rest.index(anchor) + (1 if after else 0)
        wanted = [*rest[:place], *moving, *rest[place:]]
        for index, number in enumerate(wanted):
            rank = f"0|{index + 1:08d}:{next(self._ticks) if number in moving else ''}"
            if number in moving:
                self._told(number, by, "Rank", "", "", "Ranked higher", is_touched=False)
            self.issues[number][RANK] = rank
            self._show(number)
        return failed

    # What is asked

    def issue(self, number_or_key: str) -> dict[str, Any]:
        number = self.number_of(number_or_key)
        if number not in self.issues:
            raise SiteRefusal(404, "Issue does not exist or you do not have permission to see it.")
        return self.issues[number]

    def number_of(self, number_or_key: str) -> str:
        if number_or_key.isdecimal():
            return number_or_key
        found = [n for n, i in self.issues.items() if i["key"] == number_or_key]
        return found[0] if found else "0"

    def found(self, *, updated_s: float | None, created_s: float | None) -> list[dict[str, Any]]:
        """As the index knows them, by key."""
        now = self.now
        rows = []
        for states in self._index.values():
            seen = [state for at, state in states if at <= now]
            if seen and seen[-1] is not None:
                rows.append(seen[-1])
        if updated_s is not None:
            rows = [r for r in rows if (now - r["updated"]).total_seconds() <= updated_s]
        if created_s is not None:
            rows = [r for r in rows if (now - r["created"]).total_seconds() <= created_s]
        return sorted(rows, key=lambda r: int(r["key"].rpartition("-")[2]))

    def shown(self, issue: dict[str, Any], *, few_comments: bool, has_history: bool) -> Json:
        """As JSON."""
        comments = [self.shown_comment(c) for c in issue["comments"]]
        some = comments[:20] if few_comments else comments
        made: dict[str, Any] = {
            "id": issue["id"],
            "key": issue["key"],
            "fields": {
                "summary": issue["summary"],
                "description": issue["description"],
                "issuetype": {"name": issue["issuetype"]},
                "priority": {"name": issue["priority"]},
                "assignee": self.user(issue["assignee"]) if issue["assignee"] else None,
                "labels": issue["labels"],
                "duedate": issue["duedate"],
                "status": {"id": issue["status"], "name": STATUSES[issue["status"]][0]},
                "updated": stamp(issue["updated"]),
                "created": stamp(issue["created"]),
                "creator": self.user(issue["creator"]),
                "attachment": [self._shown_file(a) for a in issue["attachments"]],
                "comment": {"comments": some, "total": len(comments), "startAt": 0},
                ESTIMATE: issue[ESTIMATE],
                RANK: issue[RANK],
                SPRINT: issue[SPRINT],
            },
        }
        if has_history:
            made["changelog"] = {"histories": [self._shown_history(h) for h in issue["histories"]]}
        return made

    def user(self, account: str) -> Json:
        name = self.users.get(account, account)
        return {"accountId" if self.is_cloud else "name": account, "displayName": name}

    def _shown_history(self, history: dict[str, Any]) -> Json:
        return {
            "id": history["id"],
            "author": self.user(history["by"]),
            "created": stamp(history["at"]),
            "items": [history["item"]],
        }

    def _set(self, number: str, values: dict[str, Any], by: str, *, is_told: bool = True) -> None:
        issue = self.issues[number]
        made = {name: self._checked(name, value) for name, value in values.items()}
        for name, value in made.items():
            if issue[name] == value:
                continue
            if is_told:
                told = {ESTIMATE: "Story Points"}.get(name, name)
                self._told(number, by, told, issue[name], value, _words(value))
            issue[name] = value

    def _checked(self, name: str, value: Any) -> Any:
        if name == "summary" and (not str(value).strip() or "\n" in str(value)):
            raise SiteRefusal(400, "summary: The summary is invalid because it is empty or long.")
        if name in ("issuetype", "priority"):
            known = TYPES if name == "issuetype" else PRIORITIES
            if value["name"] not in known:
                raise SiteRefusal(400, f"{name}: The {name} selected is invalid.")
            return value["name"]
        if name == "assignee":
            account = (value or {}).get("accountId" if self.is_cloud else "name")
            if account and account not in self.users:
                raise SiteRefusal(400, f"assignee: User '{account}' does not exist.")
            return account
        if name == "labels" and any(" " in label for label in value):
            raise SiteRefusal(400, "labels: The label contains spaces which is invalid.")
        if name == "description" and value is not None and isinstance(value, str) == self.is_cloud:
            raise SiteRefusal(400, "description: Operation value must be of the right format.")
        if name not in ("summary", "description", "labels", "duedate", ESTIMATE):
            raise SiteRefusal(400, f"{name}: Field cannot be set. It is not on the screen.")
        return list(value) if name == "labels" else value

    def _told(
        self,
        number: str,
        by: str,
        name: str,
        old: Any,
        new: Any,
        words: str,
        *,
        is_touched: bool = True,
    ) -> None:
        issue, at = self.issues[number], self.tick()
        item = {
            "field": name,
            "from": old if isinstance(old, str) else None,
            "to": new if isinstance(new, str) else None,
            "toString": words,
        }
        issue["histories"].append({"id": str(next(self._ticks)), "by": by, "at": at, "item": item})
        if is_touched:
            issue["updated"] = at

    def _show(self, number: str) -> None:
        """The index learns it later."""
        state = copy.deepcopy(self.issues[number])
        at = self.now + timedelta(seconds=self.lag_s)
        states = self._index.setdefault(number, [])
        now = self.now
        while len(states) > 1 and states[1][0] <= now:
            del states[0]
        states.append((at, state))


def _words(value: Any) -> str:
    """As a history tells it: a document by its text."""
    if isinstance(value, dict):
        inner = [_words(node) for node in value.get("content", ())]
        return str(value.get("text", "")) + "".join(inner)
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else str(value)
