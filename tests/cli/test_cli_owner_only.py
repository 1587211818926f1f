"""At the command line nobody does what only the product owner may: by no verb, by no file."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from support.shell import Shell

from devops_tui.__main__ import main

Printed = pytest.CaptureFixture[str]

TRIED: tuple[tuple[Sequence[str], str], ...] = (
    (("card", "move", "SHOP-4", "planned"), "accepts into Planned"),
    (("card", "move", "SHOP-4", "done"), "accepts into Planned"),
    (("card", "move", "SHOP-5", "backlog", "--before", "SHOP-4"), "orders the Backlog"),
    (("card", "move", "SHOP-1", "backlog"), "takes back into the Backlog"),
    (("card", "archive", "SHOP-4"), "archives what is in the Backlog"),
)


def board(capsys: Printed) -> dict[str, tuple[object, ...]]:
    capsys.readouterr()
    assert main(["board", "--json"]) == 0
    cards = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    return {c["id"]: (c["rev"], c["column"], c["rank"]) for c in cards}


def test_no_verb_does_what_is_the_product_owner_s(seeded: Shell, capsys: Printed) -> None:
    assert main(["card", "add", "first"]) == main(["card", "add", "second"]) == 0
    before = board(capsys)
    for words, told in TRIED:
        assert main(list(words)) == 4, words
        assert f"only the product owner {told}" in capsys.readouterr().err
    assert board(capsys) == before


def test_no_file_does_what_is_the_product_owner_s(
    seeded: Shell, capsys: Printed, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert main(["card", "add", "first"]) == 0
    before = board(capsys)
    file = tmp_path_factory.mktemp("files") / "board.json"
    assert main(["board", "export", str(file)]) == 0
    found = json.loads(file.read_text())
    for one in found["cards"]:
        one["column"] = "Planned" if one["column"] == "Backlog" else "Backlog"
    found["cards"].append({"title": "at once", "column": "InWork"})
    file.write_text(json.dumps(found))
    capsys.readouterr()
    assert main(["board", "import", str(file), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert {one["what"] for one in report["outcomes"]} == {"refused"}
    now = board(capsys)
    assert {name: card for name, card in now.items() if name in before} == before
    assert [card[1] for name, card in now.items() if name not in before] == ["Backlog"]


def test_taking_back_is_no_way_around(
    seeded: Shell, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVOPS_TUI_ACTOR", "minji")
    assert main(["card", "add", "first"]) == 0
    assert main(["card", "move", "SHOP-4", "planned"]) == 0
    monkeypatch.setenv("DEVOPS_TUI_ACTOR", "jun")
    before = board(capsys)
    for verb in ("undo", "redo"):
        assert main(["card", verb]) == 4
    assert board(capsys) == before
