"""`board` and `card move` where the workspace has a column beside the four."""

from __future__ import annotations

import json

import pytest
from support.shell import Shell

from devops_tui.__main__ import main
from devops_tui.bootstrap.paths import paths_of
from devops_tui.config.load import load
from devops_tui.stores.sqlite.store import SqliteStore

Printed = pytest.CaptureFixture[str]


def read(shell: Shell, board: str) -> None:
    """What a worker does when devops.yaml was changed; `board` is how its board begins."""
    file = shell.folder / "devops.yaml"
    text = file.read_text(encoding="utf-8").replace("{in_work:", board)
    changed = shell.folder / "changed" / "devops.yaml"
    changed.parent.mkdir(exist_ok=True)
    changed.write_text(text, encoding="utf-8")
    store = SqliteStore.open(paths_of(file, shell.environ).store)
    store.save_workspace(load(changed), (), board)
    store.close()


def test_a_card_goes_into_a_further_column_and_stays_when_it_goes(
    seeded: Shell, capsys: Printed
) -> None:
    read(seeded, "{columns: [{name: Review, after: in_work, limit: 1}], in_work:")
    assert main(["card", "move", "SHOP-1", "elsewhere"]) == 2
    assert "There are: Backlog, Planned, InWork, Review, Done." in capsys.readouterr().err
    assert main(["card", "move", "SHOP-1", "review"]) == 0
    assert capsys.readouterr().out.startswith("SHOP-1 moved: Review · ")
    assert main(["board", "column = Review", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert (card["id"], card["column"], card["step"]) == ("SHOP-1", "InWork", "Review")
    assert main(["board"]) == 0
    assert "Review 1/1 full" in capsys.readouterr().out
    assert main(["card", "show", "SHOP-1"]) == 0
    assert "moved from InWork to Review" in capsys.readouterr().out
    read(seeded, "{in_work:")
    assert main(["card", "edit", "SHOP-1", "--label", "late"]) == 0
    assert main(["board"]) == 0
    assert "1 card of Review: no such column any more, shown in InWork" in capsys.readouterr().out
    assert main(["card", "show", "SHOP-1"]) == 0
    assert "it was put into Review" in capsys.readouterr().out
