"""A workspace with a Jira: the verbs, a real worker, and the double over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.jira_double import TOKEN, JiraDouble, jira_double
from support.jira_site import JiraSite

_PATIENCE_S = 90.0


@asynccontextmanager
async def _workspace(folder: Path) -> AsyncIterator[JiraDouble]:
    """A folder whose board is that of the double; its worker ends at the end."""
    site = JiraSite(lambda: datetime.now(UTC))
    async with jira_double(site) as double:
        (folder / ".devops-tui").mkdir(mode=0o700)
        (folder / "devops.yaml").write_text(
            "name: shop\n"
            "board:\n"
            "  prefix: SHOP\n"
            "  planned: none\n"
            "  in_work: none\n"
            "  jira:\n"
            f"    url: {double.url}\n"
            "    kind: cloud\n"
            "    project: SH\n"
            "    user: bot@example.com\n"
            "    token: env:JIRA_TOKEN\n"
            "    board: 12\n",
            encoding="utf-8",
        )
        try:
            yield double
        finally:
            await _verb(folder, "worker", "--stop")


async def _verb(folder: Path, *words: str) -> tuple[int, list[Any]]:
    """Runs a verb in a process of its own; its exit code and what it printed."""
    environment = {**os.environ, "JIRA_TOKEN": TOKEN}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "devops_tui",
        *words,
        "--json",
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await asyncio.wait_for(process.communicate(), _PATIENCE_S)
    rows = [json.loads(row) for row in out.decode().splitlines()]
    return process.returncode or 0, rows


async def test_both_ways_by_the_verbs(tmp_path: Path) -> None:
    async with _workspace(tmp_path) as double:
        number = double.site.create("acc-kim", {"summary": "Vouchers"}, {})
        code, (synced,) = await _verb(tmp_path, "jira", "sync")
        assert (code, synced["issues"], synced["state"]["error"]) == (0, 1, "")
        assert synced["tested_with"] == "contract"
        double.is_away = True
        edited = await _verb(
            tmp_path, "card", "edit", "SHOP-1", "--title", "Mine", "--label", "ours"
        )
        assert edited[0] == 0
        double.site.edit(number, "acc-kim", {"summary": "Theirs"}, {})
        code, (status,) = await _verb(tmp_path, "jira", "sync")
        assert code == 1
        assert "does not answer" in status["state"]["error"]
        assert status["unsent"] == ["SHOP-1"]
        double.is_away = False
        assert (await _verb(tmp_path, "jira", "sync"))[0] == 0
        _, (conflict,) = await _verb(tmp_path, "jira", "conflicts")
        assert (conflict["card"], conflict["clash"]["field"]) == ("SHOP-1", "title")
        assert (conflict["clash"]["mine"], conflict["clash"]["theirs"]) == ("Mine", "Theirs")
        words = ("jira", "resolve", "SHOP-1", "title", "--take", "theirs")
        assert (await _verb(tmp_path, *words))[0] == 0
        assert (await _verb(tmp_path, "jira", "sync"))[0] == 0
        assert double.site.issue(number)["labels"] == ["ours"]
        for file in await asyncio.to_thread(lambda: list(tmp_path.rglob("*"))):
            if file.suffix == ".log":
                assert TOKEN not in await asyncio.to_thread(file.read_text)
