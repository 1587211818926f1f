"""`log` at a line, and over the newest runs."""

from __future__ import annotations

import json

import pytest
from support.shell import Shell

from devops_tui.__main__ import main


def test_a_link_prints_the_line_with_its_neighbours(
    seeded: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "shop-2/test/unit:2", "--context", "1"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row[:2] for row in rows] == [" 1", "▸2", " 3"]
    assert rows[0].endswith("collecting")
    assert "[@click=app.quit]x[/]" in rows[1]
    assert "\x1b" not in "".join(rows)


def test_a_link_as_json_says_which_line_was_wanted(
    seeded: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "shop-2/test/unit:1", "--context", "0", "--json"]) == 0
    (row,) = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert row["number"] == 1
    assert row["is_wanted"] is True
    assert row["line"] == "collecting"


@pytest.mark.parametrize(
    "place", ["shop-2/test/unit:4000", "shop-2/test/none:1", "shop-2:4", "shop-2/test/unit:x"]
)
def test_a_link_to_nothing_is_not_found(
    place: str, seeded: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", place]) == 3
    assert capsys.readouterr().out == ""


def test_a_search_prints_links_that_open(seeded: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "--search", "NO VOUCHER".lower(), "--json"]) == 0
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert rows
    assert main(["log", rows[0]["place"], "--context", "0"]) == 0
    assert "no voucher" in capsys.readouterr().out


def test_a_search_without_a_match_ends_as_grep_does(
    seeded: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "--search", "no such words anywhere"]) == 1
    assert main(["log", "--search", "collecting", "--pipeline", "none"]) == 1
    assert main(["log", "--search", "collecting", "--last", "0"]) == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "words",
    [["log"], ["log", "--search", ""], ["log", "shop-2", "--search", "x"], ["log", "--last", "x"]],
)
def test_words_that_do_not_say_what_to_do(
    words: list[str], seeded: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
