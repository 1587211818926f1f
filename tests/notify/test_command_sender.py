"""A program that is told: the facts on its standard input, nothing of the worker's secrets."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from support.notify_samples import message

from devops_tui.domain.errors import NotTold
from devops_tui.domain.notify import CommandWay
from devops_tui.integrations.notify.command import CommandSender


def way(script: str, *more: str) -> CommandWay:
    return CommandWay((sys.executable, "-c", script, *more))


async def test_the_facts_come_on_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "hunter2")
    script = (
        "import json, os, sys\n"
        "facts = json.load(sys.stdin)\n"
        "json.dump([facts, sorted(os.environ)], open(sys.argv[1], 'w'))\n"
    )
    await CommandSender(way(script, str(tmp_path / "told"))).send(message())
    facts, names = json.loads((tmp_path / "told").read_text())
    assert facts["key"] == "shop/chat/6-7"
    assert facts["title"] == "[shop] shop-12 waits for approval at release/approve"
    assert facts["notices"][0]["kind"] == "gate.opened"
    assert "SHOP_TOKEN" not in names
    assert "PATH" in names


async def test_another_exit_code_is_not_told() -> None:
    with pytest.raises(NotTold, match="ended with 3: no pager"):
        await CommandSender(
            way("import sys; print('no pager', file=sys.stderr); sys.exit(3)")
        ).send(message())


async def test_a_program_that_hangs_is_ended() -> None:
    hangs = way("import time; time.sleep(600)")
    with pytest.raises(NotTold, match="was ended after"):
        await CommandSender(hangs, timeout_s=0.3).send(message())


async def test_a_program_that_is_not_there_is_not_told() -> None:
    with pytest.raises(NotTold, match="cannot be started"):
        await CommandSender(CommandWay(("/no/such/program",))).send(message())
