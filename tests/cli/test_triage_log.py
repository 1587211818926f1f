"""`devops-tui triage --log`: any log from anywhere, without a workspace."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.main import run

FAIL = b"fetch 1%\rfetch 100%\nready\nModuleNotFoundError: No module named 'tax'\nbye\n"
PASS = b"fetch 7%\rfetch 100%\nready\nbye\n"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fail.log").write_bytes(FAIL)
    (tmp_path / "pass.log").write_bytes(PASS)
    return tmp_path


def test_json_is_one_array(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["triage", "--log", "fail.log", "--success", "pass.log", "--json", "--top", "1"]
    assert run(words) == Exit.OK
    (cause,) = json.loads(capsys.readouterr().out)
    assert list(cause) == ["line", "text", "score", "why", "block"]
    assert (cause["line"], cause["block"]) == (4, [4, 4])
    assert cause["text"] == "ModuleNotFoundError: No module named 'tax'"
    assert cause["why"] == ["new since success", "Python module is missing"]
    assert 0 < cause["score"] <= 1


def test_text_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["triage", "--log", "fail.log"]) == Exit.OK
    assert "fix: Add tax to the dependencies" in capsys.readouterr().out


def test_the_input_can_be_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FAIL)))
    assert run(["triage", "--log", "-", "--success", "pass.log", "--json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)[0]["line"] == 4


def test_a_log_without_a_cause_gives_its_end_as_a_guess(capsys: pytest.CaptureFixture[str]) -> None:
    Path("fine.log").write_text("all is well\n")
    assert run(["triage", "--log", "fine.log", "--json"]) == Exit.OK
    (guess,) = json.loads(capsys.readouterr().out)
    assert guess["why"] == ["nothing looks like a cause; near the end"]


def test_an_empty_log_gives_an_empty_array(capsys: pytest.CaptureFixture[str]) -> None:
    Path("none.log").write_text("")
    assert run(["triage", "--log", "none.log", "--json"]) == Exit.OK
    assert capsys.readouterr().out == "[]\n"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--log", "none.log"], Exit.UNAVAILABLE, "none.log"),
        (["--success", "pass.log"], Exit.USAGE, "--log"),
        (["shop-1", "--log", "fail.log"], Exit.USAGE, "not both"),
        (["--log", "-", "--success", "-"], Exit.USAGE, "once"),
        (["--mark", "1"], Exit.USAGE, "with a run"),
    ],
)
def test_wrong_words(
    words: list[str], code: Exit, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["triage", *words]) == code
    assert told in capsys.readouterr().err
