"""Help, version and completion."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from devops_tui import __version__
from devops_tui.__main__ import main
from devops_tui.cli.main import build_parser
from devops_tui.cli.names import INTERNAL, VERBS

Printed = pytest.CaptureFixture[str]


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser and all below it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from parsers(inner)


ALL = [p for p in parsers(build_parser()) if p.prog.split()[-1] not in INTERNAL]


@pytest.mark.parametrize("parser", ALL, ids=lambda p: p.prog)
@pytest.mark.parametrize("columns", ["80", "200"])
def test_help_fits_80_columns(
    parser: argparse.ArgumentParser, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert max(map(len, parser.format_help().splitlines())) <= 80


@pytest.mark.parametrize("parser", ALL, ids=lambda p: p.prog)
def test_every_word_has_a_name_that_says_what_it_is(parser: argparse.ArgumentParser) -> None:
    for action in parser._actions:
        if action.nargs != 0:
            assert action.metavar, f"{parser.prog} {action.dest}"
            is_choice = "|" in str(action.metavar)  # the verbs of a verb
            assert is_choice or str(action.metavar)[0].isupper()


def test_examples_are_command_lines_that_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    import shlex

    seen = 0
    for parser in ALL:
        for row in (parser.epilog or "").splitlines()[1:]:
            command = next(part for part in row.split(" | ") if "devops-tui" in part)
            _, _, words = command.partition("devops-tui ")
            given = shlex.split(words, comments=True)
            build_parser().parse_args(given[: given.index(">")] if ">" in given else given)
            seen += 1
    assert seen > 30


def test_the_help_names_every_verb_but_ours(capsys: Printed) -> None:
    for words in (["--help"], ["-h"], ["help"]):
        assert main(words) == 0
        text = capsys.readouterr().out
        for verb in VERBS:
            assert bool(re.search(rf"^  {verb} ", text, re.MULTILINE)) == (verb not in INTERNAL)


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb(verb: str, capsys: Printed) -> None:
    assert main([verb, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: devops-tui {verb} ")


def test_the_version(capsys: Printed) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"devops-tui {__version__}\n"


@pytest.mark.parametrize(("shell", "check"), [("bash", "-n"), ("zsh", "-n"), ("tcsh", "-nf")])
def test_a_completion_script_parses(shell: str, check: str, capsys: Printed) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "collector" not in script
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    done = subprocess.run(
        [program, check], input=script, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("devops-tui trou", []),
        ("devops-tui tri", ["triage"]),
        ("devops-tui ru", ["run", "runs"]),
        ("devops-tui rerun --fa", ["--failed"]),
        ("devops-tui card m", ["move"]),
        ("devops-tui completion z", ["zsh"]),
        ("devops-tui flip shop --to ", ["blue", "green"]),
    ],
)
def test_bash_completes(words: str, completed: list[str], capsys: Printed) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    parts = words.split(" ")
    ask = (
        f"{script}\nCOMP_WORDS=({' '.join(parts)}); "
        f"[ -z '{parts[-1]}' ] && COMP_WORDS+=(''); COMP_CWORD={len(parts) - 1}; "
        "_shtab_devops_tui; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(
        ["bash", "-c", ask], capture_output=True, text=True, timeout=60, check=True
    )
    assert sorted(done.stdout.split()) == completed
