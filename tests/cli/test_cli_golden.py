"""What verbs print over a seeded store at a time that stands still: text byte by byte,
JSON key by key (a key may be added, none may go).

$UPDATE_CASES=1 writes the cases anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

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


def kept(name: str, printed: str, shell: Shell) -> tuple[str, str]:
    """What was printed without this machine's paths, and the case."""
    said = printed.replace(str(shell.home), "HOME")
    path = CASES / name
    if os.environ.get("UPDATE_CASES"):
        path.write_text(said, encoding="utf-8")
    return said, path.read_text(encoding="utf-8")


def taken_away(case: Any, said: Any, where: str = "") -> list[str]:
    """Where a program that read the case finds something else now; new keys do not hurt it."""
    if isinstance(case, dict) and isinstance(said, dict):
        return [
            found
            for key, value in case.items()
            for found in taken_away(value, said.get(key, "(gone)"), f"{where}.{key}")
        ]
    if isinstance(case, list) and isinstance(said, list) and len(case) == len(said):
        return [
            found
            for place, (one, other) in enumerate(zip(case, said, strict=True))
            for found in taken_away(one, other, f"{where}[{place}]")
        ]
    return [] if case == said else [f"{where}: {case!r} is now {said!r}"]


@pytest.mark.parametrize("name", SEEN)
def test_text(name: str, seeded: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(SEEN[name]) == 0
    printed, said = capsys.readouterr()
    assert said == ""
    assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", printed) is None
    if name in DRAWN:
        assert [words for words in DRAWN[name] if words not in printed] == []
    else:
        said, case = kept(f"{name}.txt", printed, seeded)
        assert said == case


@pytest.mark.parametrize("name", SEEN)
def test_json(name: str, seeded: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SEEN[name], "--json"]) == 0
    printed, said = capsys.readouterr()
    assert said == ""
    assert printed.isascii()
    printed, case = kept(f"{name}.jsonl", printed, seeded)
    rows = [json.loads(row) for row in printed.splitlines()]
    assert all(isinstance(row, dict) for row in rows)
    assert taken_away([json.loads(row) for row in case.splitlines()], rows) == []


def test_what_a_program_would_miss_is_found() -> None:
    case = [{"a": 1, "b": [{"c": None}]}]
    assert taken_away(case, [{"a": 1, "b": [{"c": None, "new": 1}], "more": 2}]) == []
    assert taken_away(case, [{"a": 2, "b": [{}]}]) == [
        "[0].a: 1 is now 2",
        "[0].b[0].c: None is now '(gone)'",
    ]
    assert taken_away(case, []) != []


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
