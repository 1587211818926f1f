"""A hand-over note in one key; a post-mortem of the problem under the cursor."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import driving

from devops_tui.tui.handover_act import write_new


def notes(folder: Path, name: str) -> list[tuple[str, int]]:
    return [(p.name, p.stat().st_mode & 0o777) for p in folder.glob(f"{name}*.md")]


@pytest.mark.parametrize(("key", "name"), [("h", "handover-"), ("P", "post-mortem-INC-31-")])
async def test_one_key_writes_the_note(
    key: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with driving(size=(120, 40)) as driver:
        await driver.press("6")
        await driver.until_shown("INC-31")
        await driver.press(key)
        await driver.until(lambda: notes(tmp_path, name), "the note")
    assert [mode for _, mode in notes(tmp_path, name)] == [0o600]


def test_a_note_never_takes_the_place_of_another(tmp_path: Path) -> None:
    first = write_new(tmp_path, "note", "one")
    second = write_new(tmp_path, "note", "two")
    assert (first.read_text(), second.name, second.read_text()) == ("one", "note-2.md", "two")
