"""One Jira project as a tracker: reads its issues, changes them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from devops_tui.domain.board import Column, Place
from devops_tui.domain.jira import JiraSettings
from devops_tui.domain.tracker import RemoteComment, RemoteIssue, Value
from devops_tui.domain.tracker_errors import TrackerNotThere, TrackerRefused
from devops_tui.integrations.jira.edition import ID_PAGE, Search, edition_of
from devops_tui.integrations.jira.http import Answer, JiraHttp
from devops_tui.integrations.jira.reading import Reader, moment
from devops_tui.integrations.jira.shape import Shape, shape_of
from devops_tui.integrations.jira.sprints import JiraSprints
from devops_tui.integrations.jira.words import kind_there, priority_there
from devops_tui.ports.tracker import Draft, Hello, IdPage, Page

MARK = "devops-tui"
"""The property of an issue or a remark that bears its idempotency key."""

RANKED = 50
"""So many issues are ranked by one request."""

_AGILE = "/rest/agile/1.0"
_FIELDS = (
    "summary", "description", "issuetype", "priority", "assignee", "labels", "duedate", "status",
    "updated", "creator", "reporter", "comment", "attachment",
)  # fmt: skip


class JiraTracker:
    """Implements ports.tracker.Tracker."""

    def __init__(self, settings: JiraSettings, http: JiraHttp) -> None:
        self._settings = settings
        self._http = http
        self._edition = edition_of(settings.kind)
        self._api = self._edition.api
        self._shape: Shape | None = None
        self._me = ""

    def close(self) -> None:
        """Gives the connections back."""
        self._http.close()

    async def hello(self) -> Hello:
        """Reads who the worker is there, and how the site is set up."""
        me = await self._get(f"{self._api}/myself")
        self._me = self._edition.account_of(me.body)
        board = await self._board()
        statuses, fields, priorities, project = await asyncio.gather(
            self._get(f"{self._api}/status"),
            self._get(f"{self._api}/field"),
            self._get(f"{self._api}/priority"),
            self._get(f"{self._api}/project/{self._settings.project}"),
        )
        self._shape = shape_of(
            self._settings,
            statuses.body,
            board,
            fields.body,
            await self._sprints(board),
            priorities.body,
            project.body.get("issueTypes") or (),
        )
        shape = self._shape
        return Hello(me.at or datetime.now(UTC), self._me, shape.sprint_told, bool(shape.rank))

    def sprints(self) -> JiraSprints | None:
        """Those of a scrum board."""
        board = self._settings.board
        if board is None or not self._known().is_scrum:
            return None
        return JiraSprints(self._http, board)

    async def changed(
        self, within_s: float | None, page: str = "", fresh: Sequence[str] = ()
    ) -> Page:
        """By the clock over there: the window is written as minutes before its now."""
        narrowed = ""
        if within_s is not None:
            narrowed = f" AND updated >= -{max(1, int(within_s / 60) + 1)}m"
        jql = f"{self._scope()}{narrowed} ORDER BY key ASC"
        has_history = within_s is not None
        wanted = Search(jql, self._fields(), page, has_history=has_history, fresh=fresh)
        issues, following = await self._edition.search(self._http, wanted)
        read = [await self._with_comments(data) for data in issues]
        return Page(tuple(self._reader().issue(data) for data in read), following)

    async def ids(self, page: str = "") -> IdPage:
        """All of the project, with when they changed."""
        jql = f"{self._scope()} ORDER BY key ASC"
        rank = self._known().rank
        wanted = Search(jql, ("updated", rank) if rank else ("updated",), page, ID_PAGE)
        issues, following = await self._edition.search(self._http, wanted)
        found = []
        for issue in issues:
            fields = issue.get("fields") or {}
            at = moment(fields.get("updated"))
            found.append((str(issue["id"]), at, str(fields.get(rank) or "") if rank else ""))
        return IdPage(tuple(found), following)

    async def issue(self, issue_id: str) -> RemoteIssue:
        """Read where it is kept, not from the index."""
        query = {"fields": ",".join(self._fields()), "expand": "changelog"}
        answer = await self._get(f"{self._api}/issue/{issue_id}", query)
        return self._reader().issue(await self._with_comments(answer.body))

    async def create(self, values: Mapping[str, Value], key: str) -> str:
        """Only what makes an issue: whatever else the card says is sent as a change of it."""
        kind = kind_there(str(values["kind"]), self._settings.types, self._known().types)
        body = {
            "fields": {
                "project": {"key": self._settings.project},
                "issuetype": {"name": kind},
                "summary": values["title"],
            },
            "properties": [{"key": MARK, "value": {"key": key}}],
        }
        answer = await self._http.ask("POST", f"{self._api}/issue", body=body)
        return str(answer.body["id"])

    async def key_of(self, issue_id: str) -> str:
        """Its property, read where it is kept."""
        return await self._mark_of(f"issue/{issue_id}")

    async def created(self, key: str, within_s: float) -> Sequence[str]:
        """Asks each issue of the account that is young enough for its property."""
        minutes = int(within_s / 60) + 2
        jql = f"{self._scope()} AND created >= -{minutes}m ORDER BY key ASC"
        found: list[str] = []
        page = ""
        while True:
            wanted = Search(jql, ("creator",), page)
            issues, page = await self._edition.search(self._http, wanted)
            for issue in issues:
                creator = (issue.get("fields") or {}).get("creator") or {}
                is_mine = self._edition.account_of(creator) == self._me
                if is_mine and await self.key_of(str(issue["id"])) == key:
                    found.append(str(issue["id"]))
            if not page:
                return found

    async def edit(self, draft: Draft) -> None:
        """Fields in one request; then the status, and on a scrum board the sprint."""
        fields, update = self._changes(draft)
        assert draft.before is not None  # noqa: S101 - an edit follows a read
        issue_id = draft.before.id
        if fields or update:
            body = {name: part for name, part in (("fields", fields), ("update", update)) if part}
            await self._http.ask("PUT", f"{self._api}/issue/{issue_id}", body=body)
        if "column" in draft.values:
            await self._move(draft.before, self._settings.place(str(draft.values["column"])))

    def says(self, issue: RemoteIssue, name: str, value: Value) -> bool:
        """Whether the issue is as an edit to that value makes it."""
        there = issue.values[name]
        if name == "column":
            column = self._settings.place(str(value))
            status = there.raw.partition(" ")[0]
            is_there = status in self._known().targets.get(column, ())
            if self._known().is_by_sprint(column):
                return is_there and there.value == self._known().seen_as(column)
            return is_there
        if name == "kind":
            types = self._settings.types
            return there.raw == kind_there(str(value), types, self._known().types)
        if name == "priority":
            return there.raw == priority_there(str(value), self._known().priorities)
        if name == "labels":
            return set(there.value) == set(value)
        return there.value == value

    async def comment(self, issue_id: str, text: str, key: str) -> RemoteComment:
        """Adds a remark."""
        body = {
            "body": self._edition.write_text(text),
            "properties": [{"key": MARK, "value": {"key": key}}],
        }
        answer = await self._http.ask("POST", f"{self._api}/issue/{issue_id}/comment", body=body)
        return self._reader().comment(answer.body)

    async def reword(self, issue_id: str, comment_id: str, text: str) -> RemoteComment:
        """Its properties, and so its idempotency key, stay."""
        body = {"body": self._edition.write_text(text)}
        path = f"{self._api}/issue/{issue_id}/comment/{comment_id}"
        return self._reader().comment((await self._http.ask("PUT", path, body=body)).body)

    async def unsay(self, issue_id: str, comment_id: str) -> None:
        """Jira keeps no copy of it."""
        await self._http.ask("DELETE", f"{self._api}/issue/{issue_id}/comment/{comment_id}")

    async def commented(self, issue_id: str, key: str, but: Sequence[str]) -> RemoteComment | None:
        """Looks at the account's own remarks alone."""
        for data in await self._comments(issue_id):
            remark = self._reader().comment(data)
            if remark.id in but or not remark.author.is_me:
                continue
            if await self._mark_of(f"comment/{remark.id}") == key:
                return remark
        return None

    async def rank(self, issue_ids: Sequence[str], *, after: str, before: str) -> Sequence[str]:
        """Some may fail (207): those are named."""
        failed: list[str] = []
        for start in range(0, len(issue_ids), RANKED):
            some = list(issue_ids[start : start + RANKED])
            body: dict[str, Any] = {"issues": some}
            body.update({"rankAfterIssue": after} if after else {"rankBeforeIssue": before})
            if self._known().rank:
                body["rankCustomFieldId"] = int(self._known().rank.removeprefix("customfield_"))
            answer = await self._http.ask("PUT", f"{_AGILE}/issue/rank", body=body)
            if answer.status == 207:
                entries = answer.body.get("entries") or ()
                bad = [e for e in entries if int(e.get("status", 200)) >= 300]
                failed += [str(e.get("issueId")) for e in bad]
            done = [i for i in some if i not in failed]
            after = done[-1] if done else after
        return failed

    # The ways of Jira

    def _known(self) -> Shape:
        if self._shape is None:
            raise TrackerRefused("Jira was not asked yet how it is set up")
        return self._shape

    def _reader(self) -> Reader:
        return Reader(self._settings, self._edition, self._known(), self._me)

    def _scope(self) -> str:
        narrowed = f" AND ({self._settings.filter})" if self._settings.filter else ""
        return f'project = "{self._settings.project}"{narrowed}'

    def _fields(self) -> tuple[str, ...]:
        shape = self._known()
        return (*_FIELDS, *(f for f in (shape.estimate, shape.rank, shape.sprints) if f))

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        return await self._http.ask("GET", path, query)

    async def _board(self) -> Mapping[str, Any]:
        number = self._settings.board
        if number is None:
            return {}
        answer = await self._get(f"{_AGILE}/board/{number}/configuration")
        found: Mapping[str, Any] = answer.body
        return found

    async def _sprints(self, board: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        if str(board.get("type", "")).lower() != "scrum":
            return ()
        path = f"{_AGILE}/board/{self._settings.board}/sprint"
        answer = await self._get(path, {"state": "active"})
        found: Sequence[Mapping[str, Any]] = answer.body.get("values") or ()
        return found

    async def _with_comments(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """A search shows some of the remarks only: where there are more, all are read."""
        fields = data.get("fields") or {}
        known = fields.get("comment") or {}
        if len(known.get("comments") or ()) >= int(known.get("total") or 0):
            return data
        comments = await self._comments(str(data["id"]))
        whole = {"comments": comments, "total": len(comments)}
        return {**data, "fields": {**fields, "comment": whole}}

    async def _comments(self, issue_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            query = {"startAt": str(len(found)), "maxResults": "100", "orderBy": "created"}
            answer = await self._get(f"{self._api}/issue/{issue_id}/comment", query)
            some = answer.body.get("comments") or []
            found += some
            if not some or len(found) >= int(answer.body.get("total") or 0):
                return found

    async def _mark_of(self, what: str) -> str:
        try:
            answer = await self._get(f"{self._api}/{what}/properties/{MARK}")
        except TrackerNotThere:
            return ""
        value = answer.body.get("value")
        return str(value.get("key") or "") if isinstance(value, Mapping) else ""

    def _changes(self, draft: Draft) -> tuple[dict[str, Any], dict[str, Any]]:
        fields: dict[str, Any] = {}
        update: dict[str, Any] = {}
        for name, value in draft.values.items():
            if name == "title":
                fields["summary"] = value
            elif name == "text":
                fields["description"] = self._edition.write_text(str(value))
            elif name == "kind":
                kind = kind_there(str(value), self._settings.types, self._known().types)
                fields["issuetype"] = {"name": kind}
            elif name == "priority":
                there = priority_there(str(value), self._known().priorities)
                fields["priority"] = {"name": there}
            elif name == "due":
                fields["duedate"] = value or None
            elif name == "estimate" and self._known().estimate:
                fields[self._known().estimate] = float(str(value)) if value else None
            elif name == "assignee":
                fields["assignee"] = self._edition.user(self._account(str(value)))
            elif name == "labels" and draft.before is not None:
                had, wanted = set(draft.before.values["labels"].value), set(value)
                acts = [{"add": label} for label in sorted(wanted - had)]
                acts += [{"remove": label} for label in sorted(had - wanted)]
                update["labels"] = acts
        return fields, update

    def _account(self, login: str) -> str:
        if login and login not in self._settings.people:
            raise TrackerRefused(
                f"nobody knows who {login} is in Jira", "Write it under `people:` of `jira:`."
            )
        return self._settings.people.get(login, "")

    async def _move(self, issue: RemoteIssue, to: Place) -> None:
        shape = self._known()
        status = issue.values["column"].raw.partition(" ")[0]
        targets = shape.targets.get(to, ())
        if status not in targets:
            await self._transition(issue.id, to, targets)
        if shape.is_scrum and to is Column.BACKLOG:
            await self._http.ask("POST", f"{_AGILE}/backlog/issue", body={"issues": [issue.key]})
        elif shape.is_scrum and to.phase is Column.PLANNED:
            if shape.sprint is None:
                raise TrackerRefused(
                    "no sprint runs in Jira, and Planned means to be in one", "Start it there."
                )
            path = f"{_AGILE}/sprint/{shape.sprint}/issue"
            await self._http.ask("POST", path, body={"issues": [issue.key]})

    async def _transition(self, issue_id: str, to: Place, targets: Sequence[str]) -> None:
        path = f"{self._api}/issue/{issue_id}/transitions"
        answer = await self._get(path)
        ways = answer.body.get("transitions") or ()
        for target in targets:
            for way in ways:
                if str((way.get("to") or {}).get("id")) == target:
                    body = {"transition": {"id": str(way["id"])}}
                    await self._http.ask("POST", path, body=body)
                    return
        names = ", ".join(sorted({str((w.get("to") or {}).get("name")) for w in ways}))
        wanted = ", ".join(self._known().names.get(t, t) for t in targets) or "any status"
        raise TrackerRefused(
            f"no transition leads from here to {wanted} for {to.value}",
            f"From here Jira goes to: {names}." if names else "From here Jira goes nowhere.",
        )
