"""Cards at the command line: edited, taken back, asked for, and what a member may not."""

from __future__ import annotations

import json

import pytest
from support.shell import Shell

from devops_tui.__main__ import main

Printed = pytest.CaptureFixture[str]


def test_a_card_is_edited_and_shown(seeded: Shell, capsys: Printed) -> None:
    words = ["--assignee", "jun,minji", "--label", "db", "--priority", "high", "--estimate", "3",
             "--due", "2026-11-30", "--block", "waits for the bank", "--depends", "SHOP-2",
             "--check", "write it", "--link", "host:web-1", "--comment", "half [/]"]  # fmt: skip
    assert main(["card", "edit", "SHOP-1", *words]) == 0
    assert capsys.readouterr().out.startswith("SHOP-1 changed · ")
    assert main(["card", "show", "SHOP-1"]) == 0
    shown = capsys.readouterr().out
    for text in ("assigned to jun and minji", "labels: db", "priority high", "3 points",
                 "2026-11-30", "waits for the bank", "waits for SHOP-2 (", "○ write it",
                 "host web-1", "half [/]", "was changed"):  # fmt: skip
        assert text in shown
    assert main(["card", "edit", "SHOP-1", "--unblock", "--depends", "", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert (card["blocked"], card["depends"], card["labels"]) == ("", [], ["db"])


def test_what_was_done_is_taken_back_and_done_again(seeded: Shell, capsys: Printed) -> None:
    assert main(["card", "edit", "SHOP-1", "--title", "another"]) == 0
    assert main(["card", "undo"]) == 0
    assert "SHOP-1 undone: edit" in capsys.readouterr().out
    assert main(["card", "redo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["after"]["title"] == "another"
    assert main(["card", "redo"]) == 4
    assert "nothing to do again" in capsys.readouterr().err


def test_a_remark_is_changed_and_taken_away(seeded: Shell, capsys: Printed) -> None:
    assert main(["card", "edit", "SHOP-1", "--comment", "half", "--json"]) == 0
    count = len(json.loads(capsys.readouterr().out)["comments"])
    last = ["card", "edit", "SHOP-1", "--reword", str(count)]
    assert main([*last, "--comment", "all of it", "--json"]) == 0
    comment = json.loads(capsys.readouterr().out)["comments"][-1]
    assert (comment["text"], bool(comment["edited_at"])) == ("all of it", True)
    assert main(["card", "show", "SHOP-1"]) == 0
    shown = capsys.readouterr().out
    assert ", changed " in shown
    assert "half" not in shown.partition("history")[0]
    assert main(["card", "edit", "SHOP-1", "--reword", str(count + 1)]) == 4
    assert f"there is no remark {count + 1}" in capsys.readouterr().err
    assert main([*last, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["comments"]) == count - 1
    assert main(["card", "undo"]) == 0
    assert main(["card", "show", "SHOP-1"]) == 0
    assert "all of it" in capsys.readouterr().out.partition("history")[0]


def test_an_edit_without_a_change_is_wrong_words(seeded: Shell, capsys: Printed) -> None:
    assert main(["card", "edit", "SHOP-1"]) == 2
    assert "nothing is to be changed" in capsys.readouterr().err
    assert main(["card", "edit", "SHOP-1", "--due", "soon"]) == 4
    assert "soon is no day" in capsys.readouterr().err


def test_an_archived_card_comes_back(seeded: Shell, capsys: Printed) -> None:
    assert main(["card", "add", "short-lived"]) == 0
    assert main(["card", "move", "SHOP-4", "planned", "--override", "the owner is away"]) == 0
    assert main(["card", "archive", "SHOP-4"]) == 0
    capsys.readouterr()
    assert main(["board", "short-lived", "--json"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["card", "undo"]) == 0
    assert main(["board", "short-lived"]) == 0
    assert "SHOP-4" in capsys.readouterr().out


def test_the_board_is_asked_and_a_filter_kept(seeded: Shell, capsys: Printed) -> None:
    assert main(["board", "column = inwork", "--save", "now", "--json"]) == 0
    (card,) = capsys.readouterr().out.splitlines()
    assert json.loads(card)["id"] == "SHOP-1"
    assert main(["board", "--saved", "now"]) == 0
    assert "SHOP-1" in capsys.readouterr().out
    assert main(["board", "--saved", "gone"]) == 3
    assert "There are: now." in capsys.readouterr().err
    assert main(["board", "labl = x"]) == 4
    assert "column 1: `labl` is no field" in capsys.readouterr().err


def test_a_member_is_refused_what_the_product_owner_decides(seeded: Shell, capsys: Printed) -> None:
    assert main(["card", "add", "wish"]) == 0
    capsys.readouterr()
    assert main(["card", "move", "SHOP-4", "planned"]) == 4  # jun is a scrum master, no owner
    told = capsys.readouterr().err
    assert "only the product owner accepts into Planned" in told
    assert "minji" in told


def test_a_sprint_is_begun_shown_and_ended(seeded: Shell, capsys: Printed) -> None:
    assert main(["sprint", "show"]) == 4
    assert "no sprint runs" in capsys.readouterr().err
    assert main(["sprint", "start", "Vouchers", "--until", "2999-01-31"]) == 0
    assert "sprint 1 · " in capsys.readouterr().out
    assert main(["sprint", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sprint"]["goal"] == "Vouchers"
    assert main(["sprint", "end"]) == 0
    assert "points left" in capsys.readouterr().out
