from __future__ import annotations

from typing import Any

import pytest
from support.tool_damage import bears_damage
from support.tool_double import Asked, tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import MOST_FINDINGS, Finding, Level, ToolKind

AT = 1772334000123


def issue(name: str = "i1", **more: Any) -> dict[str, Any]:
    return {
        "issueId": name,
        "title": ["Error rate of the shop > 5 %"],
        "state": "ACTIVATED",
        "priority": "CRITICAL",
        "createdAt": AT - 300_000,
        "activatedAt": AT,
        "acknowledgedAt": None,
        "mutingState": "NOT_MUTED",
        "entityNames": ["web-1"],
        "totalIncidents": 1,
        **more,
    }


def page(*issues: dict[str, Any], cursor: str | None = None) -> dict[str, Any]:
    held = {"aiIssues": {"issues": {"issues": list(issues), "nextCursor": cursor}}}
    return {"data": {"actor": {"account": held}}}


async def findings(answer: Any) -> list[Finding]:
    async with tool_double({"/graphql": answer}) as double:
        read = await read_tool(ToolKind.NEWRELIC, double.url, token=True, account="4711")
    return list(read.findings)


async def test_an_issue_is_read_with_the_key_in_its_own_header() -> None:
    async with tool_double({"/graphql": page(issue())}) as double:
        read = await read_tool(ToolKind.NEWRELIC, double.url, token=True, account="4711")
        (asked,) = double.asked
    (found,) = read.findings
    assert (found.id, found.level, found.host) == ("i1", Level.CRITICAL, "web-1")
    assert (found.name, found.text) == ("Error rate of the shop > 5 %", "")
    assert found.since is not None
    assert found.since.timestamp() == AT / 1000
    assert asked.method == "POST"
    assert asked.headers["api-key"] == SECRET
    assert "authorization" not in asked.headers
    assert asked.json["variables"] == {"account": 4711, "cursor": None}
    assert "states: [CREATED, ACTIVATED]" in asked.json["query"]


@pytest.mark.parametrize(
    ("more", "level", "is_quiet"),
    [
        ({"priority": "HIGH"}, Level.WARNING, False),
        ({"priority": "MEDIUM"}, Level.WARNING, False),
        ({"priority": "LOW"}, Level.WARNING, False),
        ({"priority": "URGENT"}, Level.UNKNOWN, False),
        ({"state": "CREATED"}, Level.CRITICAL, False),
        ({"state": "PONDERED"}, Level.UNKNOWN, False),
        ({"acknowledgedAt": AT}, Level.CRITICAL, True),
        ({"mutingState": "FULLY_MUTED"}, Level.CRITICAL, True),
        ({"mutingState": "PARTIALLY_MUTED"}, Level.CRITICAL, False),
    ],
)
async def test_every_state_of_an_issue(more: dict[str, Any], level: Level, is_quiet: bool) -> None:
    (found,) = await findings(page(issue(**more)))
    assert (found.level, found.is_quiet) == (level, is_quiet)
    assert (found.text in ("acknowledged", "muted")) is is_quiet


async def test_issues_that_are_over_are_none_although_they_are_sent() -> None:
    assert await findings(page(issue(state="CLOSED"), issue(state="DEACTIVATED"))) == []


async def test_an_issue_of_many_things_names_three() -> None:
    names = [f"web-{n}" for n in range(9)]
    (found,) = await findings(page(issue(entityNames=names, totalIncidents=12, title=[])))
    assert found.text == "web-0, web-1, web-2 and 6 more; 12 incidents"
    assert (found.name, found.host) == ("issue", "")


def paged(asked: Asked) -> Any:
    at = int(asked.json["variables"]["cursor"] or 0)
    many = [issue(f"i{at}-{n}", title=[f"i{at}-{n}"]) for n in range(100)]
    return page(*many, cursor=str(at + 1) if at < LAST_PAGE else None)


LAST_PAGE = 2


async def test_pages_are_followed() -> None:
    found = await findings(paged)
    assert len(found) == 300


async def test_an_account_without_end_is_read_in_five_questions_and_says_so() -> None:
    def endless(asked: Asked) -> Any:
        return page(*[issue(f"i{n}") for n in range(120)], cursor="again")

    async with tool_double({"/graphql": endless}) as double:
        read = await read_tool(
            ToolKind.NEWRELIC, double.url, account="4711", only=("nothing of these",)
        )
        assert len(double.asked) == 5
    assert [(f.level, f.name) for f in read.findings] == [(Level.UNKNOWN, "New Relic")]
    assert len(read.findings) <= MOST_FINDINGS


async def test_a_refusal_that_comes_as_a_success_is_silence() -> None:
    refused = {"data": None, "errors": [{"message": "Access denied", "extensions": {}}]}
    with pytest.raises(ToolSilent, match="refuses the question: Access denied"):
        await findings(refused)
    with pytest.raises(ToolSilent, match="no account 4711"):
        await findings({"data": {"actor": {"account": None}}})


async def test_an_account_that_is_no_number_is_never_asked_for() -> None:
    async with tool_double({"/graphql": page()}) as double:
        with pytest.raises(ToolSilent, match="is a number"):
            await read_tool(ToolKind.NEWRELIC, double.url, account="shop")
        assert double.asked == []


async def test_damaged_answers_are_a_reading_or_silence() -> None:
    await bears_damage(ToolKind.NEWRELIC, {"/graphql": page(issue(), issue("i2"))}, account="1")


@pytest.mark.parametrize("wrong", [{}, [], {"data": {}}, page({"issueId": "x"})])
async def test_what_is_no_new_relic_is_silent(wrong: Any) -> None:
    with pytest.raises(ToolSilent, match="not that of a New Relic"):
        await findings(wrong)
