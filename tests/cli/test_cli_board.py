"""Cards at the command line: filed, moved, and what the board's rules say."""

from __future__ import annotations

import io
import json

import pytest
from support.shell import Shell

from devops_tui.__main__ import main

Printed = pytest.CaptureFixture[str]


def test_a_card_is_filed_from_words(seeded: Shell, capsys: Printed) -> None:
    assert main(["card", "add", "No voucher", "--kind", "bug", "--text", "Since 1.4"]) == 0
    assert capsys.readouterr().out == "SHOP-4 filed: Backlog · No voucher\n"
    assert main(["card", "show", "SHOP-4", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert (card["kind"], card["text"]) == ("bug", "Since 1.4")


def test_a_card_is_filed_from_a_pipe(seeded: Shell) -> None:
    given = b"\nVoucher \xff\x1b[31m is lost\nfirst line\nsecond line\n"
    done = seeded.run("card", "add", "--kind", "bug", "--json", given=given)
    assert (done.code, done.err) == (0, "")
    (card,) = done.objects
    assert card["title"] == "Voucher \ufffd\x1b[31m is lost"
    assert card["text"] == "first line\nsecond line"
    shown = seeded.run("card", "show", card["id"])
    assert "\x1b" not in shown.out
    assert "\u241b[31m" in shown.out


@pytest.mark.parametrize("given", [b"", b"\n\n  \n"])
def test_a_card_needs_a_title(seeded: Shell, given: bytes) -> None:
    done = seeded.run("card", "add", given=given)
    assert done.code == 4
    assert done.err.startswith("devops-tui: a card needs a title\n")


def test_a_terminal_is_not_read_for_a_title(
    seeded: Shell, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    assert main(["card", "add"]) == 2
    assert "needs a title" in capsys.readouterr().err


def test_a_card_is_moved(seeded: Shell, capsys: Printed) -> None:
    assert main(["card", "move", "SHOP-1", "done"]) == 0
    assert main(["card", "move", "SHOP-2", "InWork", "--json"]) == 0
    moved, card = capsys.readouterr().out.splitlines()
    assert moved == "SHOP-1 moved: Done · Vouchers"
    assert json.loads(card)["column"] == "InWork"


def test_a_full_column_says_who_can_lift_the_limit(seeded: Shell, capsys: Printed) -> None:
    assert main(["card", "move", "SHOP-2", "inwork"]) == 4
    assert capsys.readouterr().err == (
        "devops-tui: InWork is full (1/1)\n"
        "  Finish a card first, or ask jun to override with a reason.\n"
    )
    assert main(["card", "move", "SHOP-2", "inwork", "--override", "checkout is down"]) == 0


def test_only_the_product_owner_accepts(seeded: Shell, capsys: Printed) -> None:
    done = seeded.run("card", "move", "SHOP-3", "planned", "--json", DEVOPS_TUI_ACTOR="somebody")
    assert done.code == 4
    assert done.objects == [
        {
            "error": "only the product owner accepts into Planned",
            "hint": "Ask minji.",
            "code": 4,
        }
    ]


def test_words_after_the_inner_verb_count_as_before_it(seeded: Shell, capsys: Printed) -> None:
    for words in (
        ["card", "--json", "show", "SHOP-1"],
        ["card", "show", "SHOP-1", "--json"],
        ["--json", "card", "show", "SHOP-1"],
        ["-W", str(seeded.folder), "--json", "card", "show", "SHOP-1"],
    ):
        assert main(words) == 0
        assert json.loads(capsys.readouterr().out)["id"] == "SHOP-1"
