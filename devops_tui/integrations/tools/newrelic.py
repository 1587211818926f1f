"""New Relic: the issues of an account that are open.

Source: New Relic, "NerdGraph tutorial: Issue and alert event query APIs": aiIssues. A user key
that may read the account is enough; the URL is https://api.newrelic.com, or that of the EU.
"""

from __future__ import annotations

from typing import Any

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, of_epoch, text
from devops_tui.ports.tool import ToolWeb

MOST_PAGES = 5

_ISSUES = """
query($account: Int!, $cursor: String) {
  actor { account(id: $account) { aiIssues {
    issues(filter: {states: [CREATED, ACTIVATED]}, cursor: $cursor) {
      issues {
        issueId title state priority createdAt activatedAt acknowledgedAt mutingState
        entityNames totalIncidents
      }
      nextCursor
    }
  } } }
}
"""
_PRIORITIES = {
    "CRITICAL": Level.CRITICAL,
    **dict.fromkeys(("HIGH", "MEDIUM", "LOW"), Level.WARNING),
}
_OPEN = ("CREATED", "ACTIVATED")
_OVER = ("CLOSED", "DEACTIVATED")


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """A question for each page, at most five; raises ToolSilent."""
    if not (settings.account.isascii() and settings.account.isdigit()):
        raise ToolSilent("the account of New Relic is a number", "See `account:`.")
    found: list[Finding] = []
    cursor: str | None = None
    with expecting("a New Relic"):
        for _ in range(MOST_PAGES):
            variables = {"account": int(settings.account), "cursor": cursor}
            answer = await web.post("/graphql", {"query": _ISSUES, "variables": variables})
            page = _page(answer, settings.account)
            found += [_issue(each) for each in entries(page["issues"]) if _is_open(each)]
            cursor = text(page.get("nextCursor")) or None
            if cursor is None:
                break
        return reading("", found, settings, [_more()] if cursor else [])


def _page(answer: JsonObject, account: str) -> JsonObject:
    """One page of issues; NerdGraph says with 200, too, that it refuses."""
    errors = [text(each.get("message")) for each in entries(answer.get("errors") or [])]
    if errors:
        raise ToolSilent(
            f"New Relic refuses the question: {errors[0][:200]}", "May the key read this account?"
        )
    held = answer["data"]["actor"]["account"]
    if held is None:
        raise ToolSilent(f"New Relic has no account {account} for this key", "See `account:`.")
    page = held["aiIssues"]["issues"]
    return page if isinstance(page, dict) else {}


def _is_open(issue: JsonObject) -> bool:
    """The filter of the question has been seen not to hold."""
    return issue["state"] not in _OVER


def _issue(issue: JsonObject) -> Finding:
    titles, names = _words(issue.get("title")), _words(issue.get("entityNames"))
    state = text(issue["state"])
    level = _PRIORITIES.get(text(issue["priority"]), Level.UNKNOWN)
    count = issue.get("totalIncidents")
    parts = ["" if state in _OPEN else f"state {state}"]
    if len(names) > 1:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        parts.append(", ".join(names[:3]) + more)
    if isinstance(count, int) and count > 1:
        parts.append(f"{count} incidents")
    is_known, is_muted = (
        bool(issue.get("acknowledgedAt")),
        issue.get("mutingState") == "FULLY_MUTED",
    )
    parts += [word for word, so in (("acknowledged", is_known), ("muted", is_muted)) if so]
    at = issue.get("activatedAt") or issue.get("createdAt")
    return Finding(
        id=text(issue["issueId"]),
        level=level if state in _OPEN else Level.UNKNOWN,
        name=titles[0] if titles else "issue",
        text="; ".join(p for p in parts if p),
        host=names[0] if len(names) == 1 else "",
        since=of_epoch(at / 1000) if isinstance(at, int | float) else None,
        is_quiet=is_known or is_muted,
    )


def _more() -> Finding:
    said = f"it has more open issues than the {MOST_PAGES} pages that are read"
    return Finding("more", Level.UNKNOWN, "New Relic", said)


def _words(value: Any) -> list[str]:
    """A list of texts; New Relic gives titles as one."""
    found = value if isinstance(value, list) else [value]
    return [text(each) for each in found if text(each)]
