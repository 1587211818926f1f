"""The whole story, as `devops-tui demo --headless` plays it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from devops_tui.demo import door, processes
from devops_tui.demo.plan import MARK


def play(folder: Path, door_choice: str) -> tuple[int, list[dict[str, object]]]:
    ended = subprocess.run(
        [sys.executable, "-m", "devops_tui", "demo", "--headless", "--folder", str(folder)],
        env={**os.environ, door.CHOICE: door_choice},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout, ended.stderr
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()]


@pytest.mark.timeout(280)
@pytest.mark.parametrize(
    "choice",
    ["embedded", pytest.param("haproxy", marks=pytest.mark.real)],
)
def test_the_story_ends_well(tmp_path: Path, choice: str) -> None:
    if choice == "haproxy" and door.haproxy_program() is None:
        pytest.skip("haproxy is not installed")
    folder = tmp_path / "world"
    code, lines = play(folder, choice)
    verdict = lines[-1]["verdict"]
    assert isinstance(verdict, dict)
    assert verdict["why"] == ""
    assert [check for check, is_so in verdict["checks"].items() if not is_so] == []
    assert code == 0
    told = [line["story"] for line in lines if "story" in line]
    assert told[0] == "a world"
    assert told[-1] == "the end"
    events = {line["event"] for line in lines if "event" in line}
    assert events >= {
        "run.created",
        "gate.approved",
        "flip.committed",
        "card.moved",
        "incident.opened",
        "incident.repeated",
    }
    figures = verdict["figures"]
    assert figures["flip"]["requests"] + figures["undo"]["requests"] >= 2000
    assert figures["failed in all"] == 0
    assert processes.marked(MARK, str(folder)) == ()


def test_a_folder_with_a_world_is_not_played_in(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text("{}")
    code, lines = play(tmp_path, "embedded")
    assert code == 1
    verdict = lines[-1]["verdict"]
    assert isinstance(verdict, dict)
    assert "there is a world" in verdict["why"]
