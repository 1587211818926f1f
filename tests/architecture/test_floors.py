"""The shape of the house: file sizes, what may be imported where, what must not occur."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "devops_tui"
FILES = sorted(PACKAGE.rglob("*.py"))
LINE_LIMIT = 400


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_is_one_idea(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= LINE_LIMIT
    assert ast.get_docstring(ast.parse(text)), "a module says what it is about"


def modules_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after a statement."""
    tell = "print(' '.join({m.split('.')[0] for m in sys.modules}))"
    script = f"{statement}\nimport sys\n{tell}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


HEAVY = {"textual", "asyncssh", "pydantic", "yaml", "psutil", "httpx", "sqlalchemy", "dbos"}


@pytest.mark.parametrize(
    "words",
    [["--version"], ["info"], ["info", "--json"]],
    ids=" ".join,
)
def test_light_verbs_stay_light(words: list[str], tmp_path: Path) -> None:
    start = f"import os; os.chdir({str(tmp_path)!r})\nfrom devops_tui.__main__ import main"
    statement = f"{start}\nmain({words!r})"
    assert not modules_after(statement) & HEAVY


def test_a_session_needs_neither_ssh_nor_the_configuration_s_libraries() -> None:
    loaded = modules_after("import devops_tui.bootstrap.session, devops_tui.presentation.home")
    assert not loaded & HEAVY


def test_the_screen_needs_neither_ssh_nor_the_configuration_s_libraries() -> None:
    loaded = modules_after("import devops_tui.tui.app, devops_tui.tui.screens.home")
    assert not loaded & (HEAVY - {"textual"})


FORBIDDEN = {
    r"known_hosts\s*=\s*None": "a host key is always checked",
    r"yaml\.(safe_)?load\(": "configuration goes through config.yaml_events",
    r"shell\s*=\s*True": "commands are argument lists",
    r"except\s*:": "name what you expect",
    r"\b(TODO|FIXME|XXX|HACK)\b": "do it, or file an issue",
    r"NotImplementedError": "no stubs",
}


@pytest.mark.parametrize(("pattern", "why"), FORBIDDEN.items(), ids=FORBIDDEN)
def test_what_must_not_occur(pattern: str, why: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in FILES
        for number, row in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(pattern, row)
    ]
    assert not found, why


def test_every_kind_of_event_is_one_that_somebody_writes() -> None:
    from devops_tui.domain.event import KINDS

    text = "\n".join(p.read_text("utf-8") for p in FILES if p.name != "event.py")
    assert [kind for kind in KINDS if f'"{kind}"' not in text] == []


def test_nothing_names_the_machine_it_was_written_on() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=60
    ).stdout.split(b"\0")
    home = re.compile(rb"(?<![\w.])/(work|root|home/\w+)/")
    found = [
        name.decode()
        for name in tracked
        if name
        and (ROOT / name.decode()).is_file()
        and not name.startswith(b"tests/")
        and home.search((ROOT / name.decode()).read_bytes())
    ]
    assert found == []
