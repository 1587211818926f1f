"""A real worker reads a tool; the verbs show what it said, and a problem opens and resolves."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from support.shell import Done, Shell
from support.tool_double import tool_double

TEXT = """
name: shop
tools:
  told:
    kind: alertmanager
    url: {url}
    token: env:TOOL_TOKEN
    incidents: critical
"""
SECRET = "swordfish-4711"


def alert(name: str) -> dict[str, Any]:
    return {
        "fingerprint": name,
        "labels": {"alertname": name, "instance": "web-1:9100"},
        "annotations": {"summary": f"it hurts, {SECRET}"},
        "status": {"state": "active"},
        "startsAt": "2026-01-01T00:00:00.123456789Z",
    }


@pytest.mark.slow
async def test_from_the_tool_to_a_problem_and_back(tmp_path: Path) -> None:
    answers: dict[str, Any] = {
        "/api/v2/status": {"versionInfo": {"version": "0.27.0"}},
        "/api/v2/alerts": [alert("DiskFull")],
    }
    async with tool_double(answers) as double:
        (tmp_path / "devops.yaml").write_text(TEXT.format(url=double.url))
        shell = Shell(tmp_path, tmp_path, {"TOOL_TOKEN": SECRET})

        async def run(*words: str) -> Done:
            return await asyncio.to_thread(shell.run, *words)

        try:
            read = await run("tools", "--read")
            assert read.code == 1, read
            assert "1 critical" in read.out
            one = await run("tools", "told")
            assert one.code == 0
            assert "DiskFull" in one.out
            assert "tested_with: real" in one.out
            assert SECRET not in read.out + one.out
            assert double.asked[0].headers["authorization"] == f"Bearer {SECRET}"
            opened = await run("triage")
            assert "DiskFull on web-1" in opened.out

            double.answers["/api/v2/alerts"] = []
            well = await run("tools", "--read", "--json")
            assert well.code == 0
            assert [s["state"]["reading"]["findings"] for s in well.objects] == [[]]
            assert "told does not say it any more" in (await run("events")).out

            double.answers["/api/v2/status"] = (503, "not now")
            silent = await run("tools", "--read")
            assert silent.code == 1
            assert "answers 503: not now" in silent.out
            assert (await run("tools", "nobody")).code == 3
        finally:
            await run("worker", "--stop")
    kept = [p for p in (tmp_path / "state").rglob("*") if p.is_file()]
    assert kept
    assert not any(SECRET.encode() in p.read_bytes() for p in kept)


@pytest.mark.slow
def test_no_tools_is_said(tmp_path: Path) -> None:
    (tmp_path / "devops.yaml").write_text("name: shop\n")
    shell = Shell(tmp_path, tmp_path)
    try:
        told = shell.run("tools")
        assert told.code == 0, told
        assert "write them under tools:" in told.out
        refused = shell.run("tools", "--read")
        assert refused.code == 3
        assert "the workspace has no tools" in refused.err
    finally:
        shell.run("worker", "--stop")
