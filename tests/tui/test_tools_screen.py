"""Connected tools on screen: silent is silent, old is old, and a hostile text stays text."""

from __future__ import annotations

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import ago, world

from devops_tui.domain.tool import (
    Finding,
    Level,
    Reading,
    ToolKind,
    ToolSettings,
    ToolState,
    ToolStatus,
)

SIZES = [(80, 24), (120, 40), (200, 50)]
FINDINGS = (
    Finding(
        "a", Level.CRITICAL, "DiskFull [/] [@click=app.quit]x", "93 % of /var", "web-1", ago(90)
    ),
    Finding("b", Level.WARNING, "Slow\x1b[2J", "p95 is 900 ms"),
    Finding("c", Level.OK, "Up", ""),
    Finding("d", Level.CRITICAL, "Known", "", is_quiet=True),
)


def status(name: str, *findings: Finding, error: str = "", age_s: float = 20.0) -> ToolStatus:
    settings = ToolSettings(name, ToolKind.PROMETHEUS, f"https://{name}.example.com")
    read = Reading("2.53.0", findings)
    hint = "Look at its log." if error else ""
    return ToolStatus(settings, ToolState("", read, ago(age_s), ago(5), error, hint))


def front_of(*statuses: ToolStatus) -> FakeFront:
    front = FakeFront(world())
    front.statuses = statuses
    return front


@pytest.mark.parametrize("size", SIZES)
async def test_what_each_tool_says_worst_first(size: tuple[int, int]) -> None:
    async with driving(front_of(status("mon", *FINDINGS), status("quiet")), size=size) as driver:
        await driver.press("9")
        await driver.until_shown("93 %")
        text = driver.text()
        assert "✕ critical" in text
        assert "1 critical" in text
        assert "no alerts" in text
        assert "DiskFull [/]" in text
        assert "Slow␛[2J" in text
        assert text.index("DiskFull") < text.index("Slow") < text.index("Known")
        assert "⊘ critical" in text
        assert all(len(row) == size[0] for row in driver.rows())


@pytest.mark.parametrize("size", SIZES)
async def test_a_silent_tool_is_never_drawn_as_well(size: tuple[int, int]) -> None:
    well = Finding("c", Level.OK, "Up", "all is fine")
    gone = status("mon", well, error="mon.example.com does not answer", age_s=600)
    async with driving(front_of(gone), size=size) as driver:
        await driver.press("9")
        await driver.until_shown("does not answer")
        text = driver.text()
        assert "✕ silent" in text
        assert "Look at its log." in text
        assert "as it was 10 m" in text
        assert "~ ok" in text
        assert "● ok" not in "\n".join(driver.rows()[1:])


async def test_what_nobody_reads_any_more_is_stale() -> None:
    async with driving(front_of(status("mon", *FINDINGS, age_s=3600))) as driver:
        await driver.press("9")
        await driver.until_shown("~ stale")
        assert "~ critical" in driver.text()


async def test_the_list_leads_to_the_findings_and_back() -> None:
    many = [Finding(f"n{n}", Level.WARNING, f"rule-{n:03}") for n in range(200)]
    front = front_of(status("mon", *FINDINGS), status("other", *many))
    async with driving(front, size=(80, 24)) as driver:
        await driver.press("9")
        await driver.until_shown("DiskFull")
        await driver.press("j")
        await driver.until_shown("rule-000")
        await driver.press("enter", "G")
        await driver.until_shown("rule-199")
        await driver.press("escape", "k")
        await driver.until_shown("DiskFull")


async def test_a_reading_at_once_is_asked_for_and_new_ones_appear() -> None:
    front = front_of(status("mon"))
    async with driving(front) as driver:
        await driver.press("9")
        await driver.until_shown("no alerts")
        await driver.press("r")
        await driver.until_said("reads all tools now")
        assert ("ask_tools",) in front.calls
        front.statuses = (status("mon", *FINDINGS),)
        front.set(world())
        await driver.until_shown("DiskFull")


async def test_no_tools_says_where_to_write_them() -> None:
    async with driving(front_of(), size=(80, 24)) as driver:
        await driver.press("9")
        await driver.until_shown("no tools are connected; write them under tools:")
