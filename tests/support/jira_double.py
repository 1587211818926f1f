"""The HTTP of a Jira, Cloud or Data Center, over a site; fails as it is told to."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from support.jira_faults import Faults
from support.jira_site import (
    BOT,
    ESTIMATE,
    PRIORITIES,
    RANK,
    STATUSES,
    TYPES,
    JiraSite,
    SiteRefusal,
)

TOKEN = "s3cret-token-of-jira"
_SPRINT_FIELD = {
    "id": "customfield_10020",
    "name": "Sprint",
    "schema": {"custom": "com.pyxis.greenhopper.jira:gh-sprint"},
}


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    body: Any

    @property
    def is_write(self) -> bool:
        return self.method != "GET" and "/search" not in self.path


@dataclass
class JiraDouble:
    """Serves one site.

    Attributes:
        page: The most issues of a page, whatever is asked for.
        between: Called before each request is answered: what people do meanwhile.
        is_away: Nobody listens: as while the network is away.
        cuts_after: Writes to a path that ends so are done, and have no answer.
    """

    site: JiraSite
    faults: Faults = field(default_factory=Faults)
    port: int = 0
    page: int = 1000
    retry_after: str = "7"
    token: str = TOKEN
    between: Callable[[Asked], None] | None = None
    is_away: bool = False
    cuts_after: str = ""
    asked: list[Asked] = field(default_factory=list)
    logins: set[str] = field(default_factory=set)
    tokens: dict[str, tuple[str, int]] = field(default_factory=dict)
    links: set[asyncio.StreamWriter] = field(default_factory=set)
    talks: set[asyncio.Task[None] | None] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, any number of requests."""
        self.links.add(writer)
        task = asyncio.current_task()
        self.talks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._one(reader, writer):
                pass
        writer.close()
        self.links.discard(writer)
        self.talks.discard(task)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (row.partition(":") for row in head[1:] if row)
        }
        body = await reader.readexactly(int(headers.get("content-length") or 0))
        method, target, _ = head[0].split()
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        asked = Asked(method, unquote(parts.path), query, json.loads(body) if body else None)
        self.asked.append(asked)
        self.logins.add(headers.get("authorization", ""))
        way = "cut_before" if self.is_away else self.faults.pick(is_write=asked.is_write)
        if asked.is_write and self.cuts_after and asked.path.endswith(self.cuts_after):
            way = "cut_after"
        if way == "cut_before":
            writer.transport.abort()
            return False
        if self.between is not None:
            self.between(asked)
        status, answer = self._answer(asked, way, headers)
        if way == "cut_after":
            writer.transport.abort()
            return False
        data = b"" if answer is None else json.dumps(answer).encode()
        more = f"Retry-After: {self.retry_after}\r\n" if status in (429, 503) else ""
        date = format_datetime(self.site.now, usegmt=True)
        writer.write(
            f"HTTP/1.1 {status} x\r\nDate: {date}\r\n{more}Content-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\n\r\n".encode()
            + data
        )
        await writer.drain()
        return True

    def _answer(self, asked: Asked, way: str, headers: dict[str, str]) -> tuple[int, Any]:
        if not self._is_let_in(headers.get("authorization", "")):
            return 401, {"message": "Client must be authenticated to access this resource."}
        if way == "busy":
            return 429, {"errorMessages": ["Rate limit exceeded."]}
        if way == "broken":
            return 500, {"errorMessages": ["Internal server error"]}
        if way == "conflict":
            return 409, {"errorMessages": ["The issue was updated by somebody else."]}
        try:
            return self._route(asked)
        except SiteRefusal as error:
            return error.status, {"errorMessages": list(error.messages), "errors": {}}

    def _is_let_in(self, header: str) -> bool:
        if header == f"Bearer {self.token}":
            return not self.site.is_cloud
        if header.startswith("Basic "):
            return base64.b64decode(header[6:]).decode().endswith(f":{self.token}")
        return False

    def _route(self, asked: Asked) -> tuple[int, Any]:
        for pattern, methods, act in _ROUTES:
            found = re.fullmatch(pattern, asked.path)
            if found and asked.method in methods:
                api = found.groupdict().get("api")
                if api == "3" and not self.site.is_cloud:
                    return 404, None
                named = {n: v for n, v in found.groupdict().items() if n != "api"}
                return act(self, asked, **named)
        return 404, {"errorMessages": [f"no such resource: {asked.method} {asked.path}"]}

    # The resources

    def myself(self, _: Asked) -> tuple[int, Any]:
        return 200, self.site.user(BOT)

    def statuses(self, _: Asked) -> tuple[int, Any]:
        return 200, [
            {"id": number, "name": name, "statusCategory": {"key": category}}
            for number, (name, category) in STATUSES.items()
        ]

    def fields(self, _: Asked) -> tuple[int, Any]:
        return 200, [{"id": "summary", "name": "Summary", "schema": {}}, _SPRINT_FIELD]

    def priorities(self, _: Asked) -> tuple[int, Any]:
        return 200, [{"name": name} for name in PRIORITIES]

    def project(self, _: Asked, key: str) -> tuple[int, Any]:
        if key != self.site.project:
            return 404, {"errorMessages": [f"No project could be found with key '{key}'."]}
        return 200, {"key": key, "issueTypes": [{"name": t, "subtask": False} for t in TYPES]}

    def board(self, _: Asked, number: str) -> tuple[int, Any]:
        columns = [("Backlog", "1"), ("Selected for Development", "2")]
        columns += [("In Progress", "3"), ("In Review", "4"), ("Done", "5")]
        return 200, {
            "id": int(number),
            "type": self.site.board_type,
            "columnConfig": {
                "columns": [{"name": n, "statuses": [{"id": s}]} for n, s in columns],
            },
            "estimation": {
                "type": "field",
                "field": {"fieldId": ESTIMATE, "displayName": "Story Points"},
            },
            "ranking": {"rankCustomFieldId": int(RANK.removeprefix("customfield_"))},
        }

    def sprints(self, asked: Asked, number: str) -> tuple[int, Any]:
        wanted = asked.query.get("state", "active,closed,future").split(",")
        found = [s for s in self.site.sprints if s["state"] in wanted]
        start = int(asked.query.get("startAt", 0))
        some = found[start : start + min(self.page, 50)]
        is_last = start + len(some) >= len(found)
        return 200, {"startAt": start, "values": some, "isLast": is_last}

    def plan_sprint(self, asked: Asked) -> tuple[int, Any]:
        self._allow_sprints()
        return 201, self.site.plan_sprint(asked.body["name"])

    def one_sprint(self, asked: Asked, number: str) -> tuple[int, Any]:
        if asked.method == "POST":
            self._allow_sprints()
            return 200, self.site.change_sprint(number, asked.body)
        return 200, self.site.sprint_of(number)

    def _allow_sprints(self) -> None:
        if not self.site.may_run_sprints:
            raise SiteRefusal(403, "You do not have permission to manage sprints.")

    def search_cloud(self, asked: Asked) -> tuple[int, Any]:
        body = asked.body
        start = 0
        if body.get("nextPageToken"):
            jql, start = self.tokens.get(body["nextPageToken"], ("", 0))
            if jql != body["jql"]:
                raise SiteRefusal(400, "The provided next page token is invalid or expired.")
        rows = self._rows(body["jql"])
        fresh = [str(number) for number in body.get("reconcileIssues") or ()]
        rows = [self.site.issues.get(r["id"], r) if r["id"] in fresh else r for r in rows]
        size = min(int(body.get("maxResults", 50)), self.page)
        some = rows[start : start + size]
        has_history = "changelog" in str(body.get("expand", ""))
        answer: dict[str, Any] = {"issues": [self._shown(r, has_history) for r in some]}
        is_last = start + size >= len(rows)
        answer["isLast"] = is_last
        if not is_last:
            token = f"t{len(self.tokens)}"
            self.tokens[token] = (body["jql"], start + size)
            answer["nextPageToken"] = token
        return 200, answer

    def search_server(self, asked: Asked) -> tuple[int, Any]:
        if self.site.is_cloud:
            raise SiteRefusal(410, "The requested API has been removed.")
        body = asked.body
        rows = self._rows(body["jql"])
        start, size = int(body.get("startAt", 0)), min(int(body.get("maxResults", 50)), self.page)
        has_history = "changelog" in (body.get("expand") or ())
        some = [self._shown(r, has_history) for r in rows[start : start + size]]
        return 200, {"startAt": start, "maxResults": size, "total": len(rows), "issues": some}

    def _rows(self, jql: str) -> list[dict[str, Any]]:
        if f'project = "{self.site.project}"' not in jql:
            raise SiteRefusal(400, "Unbounded JQL queries are not allowed here.")
        updated = re.search(r"updated >= -(\d+)m", jql)
        created = re.search(r"created >= -(\d+)m", jql)
        return self.site.found(
            updated_s=int(updated[1]) * 60.0 if updated else None,
            created_s=int(created[1]) * 60.0 if created else None,
        )

    def _shown(self, row: dict[str, Any], has_history: bool) -> Any:
        return self.site.shown(row, few_comments=True, has_history=has_history)

    def issue(self, asked: Asked, number: str) -> tuple[int, Any]:
        if asked.method == "PUT":
            body = asked.body
            self.site.edit(number, BOT, body.get("fields") or {}, body.get("update") or {})
            return 204, None
        has_history = "changelog" in asked.query.get("expand", "")
        issue = self.site.issue(number)
        return 200, self.site.shown(issue, few_comments=False, has_history=has_history)

    def create(self, asked: Asked) -> tuple[int, Any]:
        properties = {p["key"]: p["value"] for p in asked.body.get("properties") or ()}
        number = self.site.create(BOT, asked.body["fields"], properties)
        return 201, {"id": number, "key": self.site.issue(number)["key"]}

    def transitions(self, asked: Asked, number: str) -> tuple[int, Any]:
        self.site.issue(number)
        if asked.method == "POST":
            self.site.move(number, BOT, asked.body["transition"]["id"].removeprefix("9"))
            return 204, None
        ways = [
            {"id": f"9{status}", "name": name, "to": {"id": status, "name": name}}
            for status, (name, _) in STATUSES.items()
            if status not in self.site.no_way_to
        ]
        return 200, {"transitions": ways}

    def comments(self, asked: Asked, number: str) -> tuple[int, Any]:
        if asked.method == "POST":
            properties = {p["key"]: p["value"] for p in asked.body.get("properties") or ()}
            made = self.site.comment(number, BOT, asked.body["body"], properties)
            return 201, self.site.shown_comment(made)
        found = [self.site.shown_comment(c) for c in self.site.issue(number)["comments"]]
        start = int(asked.query.get("startAt", 0))
        some = found[start : start + int(asked.query.get("maxResults", 50))]
        return 200, {"startAt": start, "total": len(found), "comments": some}

    def one_comment(self, asked: Asked, number: str, comment: str) -> tuple[int, Any]:
        self.site.issue(number)
        if asked.method == "PUT":
            made = self.site.reword(number, BOT, comment, asked.body["body"])
            return 200, self.site.shown_comment(made)
        if asked.method == "DELETE":
            self.site.unsay(number, BOT, comment)
            return 204, None
        return 200, self.site.shown_comment(self.site.comment_of(number, comment))

    def issue_property(self, _: Asked, number: str, name: str) -> tuple[int, Any]:
        return _property(self.site.issue(number)["properties"], name)

    def comment_property(self, _: Asked, number: str, name: str) -> tuple[int, Any]:
        for issue in self.site.issues.values():
            for comment in issue["comments"]:
                if comment["id"] == number:
                    return _property(comment["properties"], name)
        return 404, {"errorMessages": ["Can not find a comment for the id."]}

    def rank(self, asked: Asked) -> tuple[int, Any]:
        body = asked.body
        if len(body["issues"]) > 50:
            raise SiteRefusal(400, "issues: The number of issues exceeds the limit of 50.")
        after, before = body.get("rankAfterIssue", ""), body.get("rankBeforeIssue", "")
        failed = self.site.rank(body["issues"], after=after, before=before)
        if not failed:
            return 204, None
        entries = [
            {"issueId": int(self.site.number_of(n)), "status": 400 if n in failed else 200}
            for n in map(self.site.number_of, body["issues"])
        ]
        return 207, {"entries": entries}

    def to_sprint(self, asked: Asked, number: str) -> tuple[int, Any]:
        sprint = self.site.sprint_of(number)
        if sprint["state"] == "closed" or len(asked.body["issues"]) > 50:
            raise SiteRefusal(400, "The sprint is completed, or there are too many issues.")
        for key in asked.body["issues"]:
            self.site.to_sprint(self.site.issue(key)["id"], BOT, sprint)
        return 204, None

    def to_backlog(self, asked: Asked) -> tuple[int, Any]:
        for key in asked.body["issues"]:
            self.site.to_sprint(self.site.number_of(key), BOT, None)
        return 204, None


def _property(properties: dict[str, Any], name: str) -> tuple[int, Any]:
    if name not in properties:
        return 404, {"errorMessages": ["The property was not found."]}
    return 200, {"key": name, "value": properties[name]}


_API = r"/rest/api/(?P<api>[23])"
_ROUTES: tuple[tuple[str, tuple[str, ...], Callable[..., tuple[int, Any]]], ...] = (
    (f"{_API}/myself", ("GET",), JiraDouble.myself),
    (f"{_API}/status", ("GET",), JiraDouble.statuses),
    (f"{_API}/field", ("GET",), JiraDouble.fields),
    (f"{_API}/priority", ("GET",), JiraDouble.priorities),
    (f"{_API}/project/(?P<key>\\w+)", ("GET",), JiraDouble.project),
    (f"{_API}/search/jql", ("POST",), JiraDouble.search_cloud),
    (f"{_API}/search", ("POST", "GET"), JiraDouble.search_server),
    (f"{_API}/issue", ("POST",), JiraDouble.create),
    (f"{_API}/issue/(?P<number>[\\w-]+)", ("GET", "PUT"), JiraDouble.issue),
    (f"{_API}/issue/(?P<number>[\\w-]+)/transitions", ("GET", "POST"), JiraDouble.transitions),
    (f"{_API}/issue/(?P<number>[\\w-]+)/comment", ("GET", "POST"), JiraDouble.comments),
    (
        f"{_API}/issue/(?P<number>[\\w-]+)/comment/(?P<comment>\\d+)",
        ("GET", "PUT", "DELETE"),
        JiraDouble.one_comment,
    ),
    (
        f"{_API}/issue/(?P<number>[\\w-]+)/properties/(?P<name>[\\w-]+)",
        ("GET",),
        JiraDouble.issue_property,
    ),
    (
        f"{_API}/comment/(?P<number>\\d+)/properties/(?P<name>[\\w-]+)",
        ("GET",),
        JiraDouble.comment_property,
    ),
    (r"/rest/agile/1.0/board/(?P<number>\d+)/configuration", ("GET",), JiraDouble.board),
    (r"/rest/agile/1.0/board/(?P<number>\d+)/sprint", ("GET",), JiraDouble.sprints),
    (r"/rest/agile/1.0/issue/rank", ("PUT",), JiraDouble.rank),
    (r"/rest/agile/1.0/sprint/(?P<number>\d+)/issue", ("POST",), JiraDouble.to_sprint),
    (r"/rest/agile/1.0/sprint", ("POST",), JiraDouble.plan_sprint),
    (r"/rest/agile/1.0/sprint/(?P<number>\d+)", ("GET", "POST"), JiraDouble.one_sprint),
    (r"/rest/agile/1.0/backlog/issue", ("POST",), JiraDouble.to_backlog),
)


@asynccontextmanager
async def jira_double(site: JiraSite, faults: Faults | None = None) -> AsyncIterator[JiraDouble]:
    """Serves while inside."""
    double = JiraDouble(site, faults or Faults())
    server = await asyncio.start_server(double.talk, "127.0.0.1", 0)
    double.port = server.sockets[0].getsockname()[1]
    try:
        yield double
    finally:
        server.close()
        for link in list(double.links):
            link.transport.abort()
        await asyncio.gather(*(t for t in double.talks if t), return_exceptions=True)
