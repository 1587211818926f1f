"""What differs between Cloud and Data Center: paths, pages, users, texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from devops_tui.domain.jira import JiraKind
from devops_tui.domain.tracker_errors import TrackerNotThere, TrackerRefused
from devops_tui.integrations.jira import adf, wiki
from devops_tui.integrations.jira.http import JiraHttp

PAGE = 100
ID_PAGE = 1000
_FRESH = 50  # so many ids may be asked for whatever the index knows


Found = tuple[Sequence[Mapping[str, Any]], str]
"""Issues, and what names the next page; empty on the last."""


@dataclass(frozen=True, slots=True)
class Search:
    """One page of a search.

    Attributes:
        page: As the page before named it.
        fresh: Ids whose newest state is wanted whatever the index knows.
    """

    jql: str
    fields: Sequence[str]
    page: str = ""
    size: int = PAGE
    has_history: bool = False
    fresh: Sequence[str] = ()


class Edition(Protocol):
    """One of the two."""

    api: str

    async def search(self, http: JiraHttp, wanted: Search) -> Found:
        """The issues of one page."""
        ...

    def account_of(self, user: Mapping[str, Any]) -> str:
        """What names a user."""
        ...

    def user(self, account: str) -> Mapping[str, str] | None:
        """How a user is written; empty is nobody."""
        ...

    def read_text(self, raw: Any) -> tuple[str, tuple[str, ...]]:
        """Markdown, and what of the text it does not hold."""
        ...

    def write_text(self, text: str) -> Any:
        """Markdown as the site wants it."""
        ...


class Cloud:
    """Source: Jira Cloud platform REST API v3, "Issue search"."""

    api = "/rest/api/3"

    async def search(self, http: JiraHttp, wanted: Search) -> Found:
        """By tokens; a page may be short or empty, only a missing token ends the walk."""
        body = _body(wanted)
        if wanted.page:
            body["nextPageToken"] = wanted.page
        if wanted.has_history:
            body["expand"] = "changelog"
        numbers = [int(i) for i in wanted.fresh if i.isdecimal()][:_FRESH]
        if numbers:
            body["reconcileIssues"] = numbers
        found = await _searched(http, f"{self.api}/search/jql", body, "cloud")
        token = found.get("nextPageToken") or ""
        is_last = bool(found.get("isLast", not token))
        return found.get("issues") or (), "" if is_last else str(token)

    def account_of(self, user: Mapping[str, Any]) -> str:
        """What names a user."""
        return str(user.get("accountId") or "")

    def user(self, account: str) -> Mapping[str, str] | None:
        """How a user is written."""
        return {"accountId": account} if account else None

    def read_text(self, raw: Any) -> tuple[str, tuple[str, ...]]:
        """Markdown, and what of the text it does not hold."""
        return adf.markdown_of(raw)

    def write_text(self, text: str) -> Any:
        """Markdown as the site wants it."""
        return adf.adf_of(text) if text else None


class Server:
    """Source: Jira Data Center REST API v2, "search"."""

    api = "/rest/api/2"

    async def search(self, http: JiraHttp, wanted: Search) -> Found:
        """By `startAt`; the site may give fewer than asked for, and says how many there are."""
        start = int(wanted.page or 0)
        body = {**_body(wanted), "startAt": start}
        if wanted.has_history:
            body["expand"] = ["changelog"]
        found = await _searched(http, f"{self.api}/search", body, "server")
        issues = found.get("issues") or ()
        end = start + len(issues)
        is_last = not issues or end >= int(found.get("total", 0))
        return issues, "" if is_last else str(end)

    def account_of(self, user: Mapping[str, Any]) -> str:
        """What names a user."""
        return str(user.get("name") or user.get("key") or "")

    def user(self, account: str) -> Mapping[str, str] | None:
        """How a user is written."""
        return {"name": account} if account else None

    def read_text(self, raw: Any) -> tuple[str, tuple[str, ...]]:
        """Markdown, and what of the text it does not hold."""
        return wiki.markdown_of(raw)

    def write_text(self, text: str) -> Any:
        """Markdown as the site wants it."""
        return wiki.wiki_of(text)


def edition_of(kind: JiraKind) -> Edition:
    """The one that a workspace names."""
    return Cloud() if kind is JiraKind.CLOUD else Server()


def raw_of(value: Any) -> str:
    """A value as it stands there, to be compared."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def _body(wanted: Search) -> dict[str, Any]:
    return {"jql": wanted.jql, "maxResults": wanted.size, "fields": list(wanted.fields)}


async def _searched(http: JiraHttp, path: str, body: Mapping[str, Any], kind: str) -> Any:
    try:
        return (await http.ask("POST", path, body=body)).body
    except TrackerNotThere as error:
        other = "server" if kind == "cloud" else "cloud"
        raise TrackerRefused(
            f"{http.host} has no search of `kind: {kind}`: {error.title}",
            f"Write `kind: {other}` if it is that, and look at the path in `url`.",
        ) from None
