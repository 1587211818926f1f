"""What verbs print, byte by byte, over a seeded store at a time that stands still.

$UPDATE_CASES=1 writes the cases anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from support.shell import Shell

from devops_tui.__main__ import main

CASES = Path(__file__).parent / "cases"
SEEN = {
    "runs": ["runs"],
    "runs-limit": ["runs", "shop", "--limit", "1"],
    "show": ["show", "shop-2"],
    "log": ["log", "shop-2"],
    "log-stage": ["log", "shop-2/test"],
    "log-job": ["log", "shop-2/test/lint"],
    "board": ["board"],
    "card-show": ["card", "show", "SHOP-3"],
    "traffic": ["traffic"],
    "traffic-service": ["traffic", "shop"],
    "fleet": ["fleet"],
    "host": ["host", "web-2"],
    "triage": ["triage"],
    "events": ["events"],
    "events-subject": ["events", "SHOP-1", "--limit", "5"],
    "check": ["check"],
}
DRAWN = {
    "board": ["Backlog 1", "InWork 1/1", "SHOP-2"],
    "card-show": ["SHOP-3", "feature", "minji", "Because."],
    "fleet": ["lb-1", "web-2", "40 %"],
    "traffic-service": ["shop", "web-2", "healthy", "front doors"],
    "host": ["web-2", "20 %", "8.0 GiB"],
}
"""What the screens draw in the same way: its looks are tested with the presentation."""


def compare(name: str, printed: str, shell: Shell) -> None:
    said = printed.replace(str(shell.home), "HOME")
    path = CASES / name
    if os.environ.get("UPDATE_CASES"):
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SEEN)
def test_text(name: str, seeded: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(SEEN[name]) == 0
    printed, said = capsys.readouterr()
    assert said == ""
    assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", printed) is None
    if name in DRAWN:
        assert [words for words in DRAWN[name] if words not in printed] == []
    else:
        compare(f"{name}.txt", printed, seeded)


@pytest.mark.parametrize("name", SEEN)
def test_json(name: str, seeded: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SEEN[name], "--json"]) == 0
    printed, said = capsys.readouterr()
    assert said == ""
    assert printed.isascii()
    assert all(isinstance(json.loads(row), dict) for row in printed.splitlines())
    compare(f"{name}.jsonl", printed, seeded)


def test_one_may_ask_for_the_raw_bytes_of_a_log(
    seeded: Shell, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["log", "shop-2/test/unit", "--raw"]) == 0
    printed = capfdbinary.readouterr().out
    assert printed.startswith(b"collecting\n[@click=app.quit]x[/] \x1b[2J\x1b]0;owned\x07")
    assert printed.endswith(b"no voucher \xff\nno end")


def test_nothing_there_is_said(seeded: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["triage", "shop-1"]) == 0
    assert main(["events", "SHOP-99"]) == 0
    assert capsys.readouterr().out == "no problem of it\nnothing happened yet\n"


def test_info_names_every_place(seeded: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["workspace"] == str(seeded.folder / "devops.yaml")
    assert Path(facts["store"]).is_file()
    assert facts["demo"] == str(seeded.home / "state" / "devops-tui" / "demo")
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    assert all(f"{name}  {value}" in text for name, value in facts.items())
