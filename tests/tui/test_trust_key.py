"""K shows the fingerprint of a host that is not known, and trusts it only when told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import world

from devops_tui.domain.fleet import LinkState
from devops_tui.domain.view import Overview
from devops_tui.tui.dialogs import Dialog

SHOWN = "ssh-ed25519 SHA256:" + "x" * 43
PROGRAM = (
    "import json, sys, pathlib\n"
    "if sys.argv[2]: pathlib.Path({file!r}).write_text(sys.argv[1] + ' ' + sys.argv[2])\n"
    "print(json.dumps(dict(host=sys.argv[1], fingerprint={shown!r}, place='[web-07]:2222',"
    " file='~/.ssh/known_hosts', was_known=False)))\n"
)


def at_the_door(link: LinkState) -> Overview:
    made = world()
    frame = replace(made.frames["web-07"], link=link, sample=None)
    return replace(made, frames={**made.frames, "web-07": frame})


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_fingerprint_is_shown_then_trusted(size: tuple[int, int], tmp_path: Path) -> None:
    front = FakeFront(at_the_door(LinkState.KEY_UNKNOWN))
    file = tmp_path / "trusted"
    front.trust_program = PROGRAM.format(file=str(file), shown=SHOWN)
    async with driving(front, size) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("K")
        await driver.until_shown(SHOWN)
        assert "[web-07]:2222" in driver.text()
        await driver.press("enter")  # Cancel is chosen at first
        await driver.until(lambda: not isinstance(driver.app.screen, Dialog), "cancelled")
        await driver.press("K")
        await driver.until_shown(SHOWN)
        await driver.press("j", "enter")
        await driver.until_said("is trusted")
        assert file.read_text() == f"web-07 {SHOWN.rpartition(' ')[2]}"


async def test_a_changed_key_stays_a_wall() -> None:
    front = FakeFront(at_the_door(LinkState.KEY_CHANGED))
    front.trust_program = "raise SystemExit('was asked')"
    async with driving(front) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("K")
        await driver.until_said("another key than the one on record")


async def test_what_the_verb_refuses_is_told() -> None:
    front = FakeFront(at_the_door(LinkState.KEY_UNKNOWN))
    said = {"error": "web-07 does not show its key", "hint": "", "code": 5}
    front.trust_program = f"print({json.dumps(json.dumps(said))})"
    async with driving(front) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("K")
        await driver.until_said("web-07 does not show its key")
        assert not isinstance(driver.app.screen, Dialog)
