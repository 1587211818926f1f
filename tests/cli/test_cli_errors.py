"""Wrong words and missing things: what is said, to whom, and the exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.shell import Shell

from devops_tui.__main__ import main
from devops_tui.cli.main import run
from devops_tui.cli.names import verb_first
from devops_tui.domain.errors import NotFound

Printed = pytest.CaptureFixture[str]
SAMPLES = Path(__file__).parents[2] / "sample_configs"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a workspace, and nothing configured."""
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("DEVOPS_TUI_WORKSPACE", raising=False)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.mark.parametrize(
    ("word", "verbs"),
    [("flp", "`flip`"), ("rnu", "`run`"), ("triag", "`triage`"), ("approove", "`approve`")],
)
def test_a_verb_that_is_nearly_one(word: str, verbs: str, empty: Path, capsys: Printed) -> None:
    assert main([word, "shop", "--json"]) == 2
    printed, said = capsys.readouterr()
    assert f"there is neither a verb nor a workspace `{word}`" in said
    assert f"Did you mean {verbs}" in said
    assert json.loads(printed)["code"] == 2


def test_a_word_that_is_nothing(empty: Path, capsys: Printed) -> None:
    assert main(["xyzzy"]) == 2
    printed, said = capsys.readouterr()
    assert printed == ""
    assert said == (
        "devops-tui: there is neither a verb nor a workspace `xyzzy`\n"
        "  `devops-tui --help` lists the verbs.\n"
    )


def test_control_characters_of_a_word_do_not_act(empty: Path, capsys: Printed) -> None:
    assert main(["\x1b[2Jx"]) == 2
    assert main(["run", "a", "b\x1b[2J"]) == 2
    assert "\x1b" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run"], "run: the following arguments are required: PIPELINE"),
        (["flip", "shop"], "flip: the following arguments are required: --why"),
        (["flip", "shop", "--why", "x", "--to", "red"], "flip: argument --to: invalid choice: "),
        (["approve", "shop-1"], "approve: the following arguments are required: --why"),
        (
            ["card"],
            "card: the following arguments are required: add|move|edit|archive|show|undo|redo",
        ),
        (["card", "move", "SHOP-1"], "card move: the following arguments are required: COLUMN"),
        (["rerun", "r", "--failed", "--from", "x"], "rerun: argument --from: not allowed with"),
        (["runs", "--limit", "0"], "runs: argument --limit: 0 is less than 1"),
        (["runs", "--limit", "x"], "runs: argument --limit: invalid count value: 'x'"),
        (["run", "a", "--timeout", "nan"], "run: argument --timeout: nan is no number of seconds"),
        (["rerun", "r", "--fail"], "unrecognized arguments: --fail"),
        (["completion", "fish"], "completion: argument SHELL: invalid choice: 'fish'"),
        (["board", "--nonsense"], "unrecognized arguments: --nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_words(words: list[str], said: str, empty: Path, capsys: Printed) -> None:
    assert main(words) == 2
    title, usage = capsys.readouterr().err.splitlines()
    assert title.startswith(f"devops-tui: {said}")
    assert usage.startswith("  usage: devops-tui ")


@pytest.mark.parametrize(
    "words",
    [
        ["runs"], ["show", "a-1"], ["log", "a-1"], ["board"], ["card", "show", "A-1"], ["fleet"],
        ["host", "a"], ["triage"], ["events"], ["check"], ["traffic"], ["worker", "--stop"],
        ["run", "a"], ["rerun", "a-1"], ["cancel", "a-1"], ["approve", "a-1", "--why", "x"],
        ["reject", "a-1", "--why", "x"], ["flip", "a", "--why", "x"], ["undo", "a"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_workspace(words: list[str], empty: Path, capsys: Printed) -> None:
    assert main([*words, "--json"]) == 3
    printed, said = capsys.readouterr()
    assert json.loads(printed) == {
        "error": "no workspace here",
        "hint": "Try `devops-tui demo`, or make one by `devops-tui init`.",
        "code": 3,
    }
    assert said.startswith("devops-tui: no workspace here\n  Try `devops-tui demo`")


def test_a_workspace_that_is_named_and_not_there(
    empty: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["-W", "shop", "board"]) == 3
    assert main(["info", "--workspace", "shop"]) == 3
    monkeypatch.setenv("DEVOPS_TUI_WORKSPACE", "elsewhere")
    assert main(["board"]) == 3
    said = capsys.readouterr().err
    assert said.count("no workspace shop\n") == 2
    assert "no workspace elsewhere\n" in said
    assert f"or one in {empty.parent}/home/devops-tui." in said


@pytest.mark.parametrize(
    "words",
    [
        ["show", "shop-9"], ["log", "shop-9"], ["log", "shop-2/deploy"], ["card", "show", "X-1"],
        ["card", "move", "X-1", "done"], ["host", "web-9"], ["traffic", "shpo"],
        ["flip", "shpo", "--why", "x"], ["undo", "shpo"], ["run", "shpo"], ["runs", "shpo"],
        ["rerun", "shop-9"], ["cancel", "shop-9"], ["triage", "shop-9"],
        ["approve", "shop-9", "--why", "x"], ["check", "nowhere"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_such_thing(words: list[str], seeded: Shell, capsys: Printed) -> None:
    assert main(words) == 3
    printed, said = capsys.readouterr()
    assert printed == ""
    assert said.startswith("devops-tui: ")
    assert len(said.splitlines()) == 2, "what to do stands below"


@pytest.mark.parametrize(
    "words",
    [["approve", "shop-2", "--why", "x"], ["reject", "shop-2", "--why", " "]],
    ids=" ".join,
)
def test_a_rule_says_no(words: list[str], seeded: Shell, capsys: Printed) -> None:
    assert main(words) == 4


def test_eight_mistakes_are_all_said(empty: Path, capsys: Printed) -> None:
    broken = SAMPLES / "broken"
    assert main(["check", str(broken)]) == 2
    printed, said = capsys.readouterr()
    assert printed == ""
    *mistakes, last, hint = said.splitlines()
    assert len(mistakes) == 8
    assert all(row.startswith(f"{broken}/devops.yaml:") for row in mistakes)
    assert last == "devops-tui: 8 mistakes in the configuration"
    assert hint == "  Correct the lines named."


def test_eight_mistakes_as_json(empty: Path, capsys: Printed) -> None:
    assert main(["check", str(SAMPLES / "broken"), "--json"]) == 2
    *mistakes, error = map(json.loads, capsys.readouterr().out.splitlines())
    assert len(mistakes) == 8
    assert all(set(m) == {"file", "line", "column", "what", "todo"} for m in mistakes)
    assert error == {
        "error": "8 mistakes in the configuration",
        "hint": "Correct the lines named.",
        "code": 2,
    }


@pytest.mark.parametrize("name", ["minimal", "one-vm-nginx", "two-haproxies-six-hosts"])
def test_the_samples_are_good(name: str, empty: Path, capsys: Printed) -> None:
    assert main(["check", str(SAMPLES / name)]) == 0
    assert capsys.readouterr().out.startswith("ok ")


def test_init_writes_what_check_takes(empty: Path, capsys: Printed) -> None:
    assert main(["init"]) == 0
    assert main(["check"]) == 0
    assert main(["init"]) == 4
    printed, said = capsys.readouterr()
    assert printed.startswith(f"wrote {empty}/devops.yaml  0 hosts\n")
    assert said.startswith(f"devops-tui: {empty}/devops.yaml exists already\n")


def test_init_takes_the_hosts_of_ssh(empty: Path, capsys: Printed) -> None:
    (empty / "config").write_text("Host web-1 web-2\n  User jun\nHost *\n  Port 22\n")
    assert main(["init", "my shop", "--from-ssh-config", "config", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "config": f"{empty}/my shop/devops.yaml",
        "hosts": ["web-1", "web-2"],
    }
    assert main(["check", "my shop"]) == 0
    assert "  3 hosts · " in capsys.readouterr().out


def test_init_without_the_file_it_shall_read_or_write(empty: Path, capsys: Printed) -> None:
    assert main(["init", "--from-ssh-config"]) == 3
    (empty / "file").write_text("")
    assert main(["init", "file/below"]) == 5
    assert not (empty / "devops.yaml").exists()
    said = capsys.readouterr().err
    assert f"no file {empty.parent}/home/.ssh/config" in said
    assert "Not a directory" in said


def test_mistakes_that_no_worker_has_seen_yet(seeded: Shell, capsys: Printed) -> None:
    """The last good configuration counts, and somebody says so."""
    from devops_tui.bootstrap.paths import paths_of
    from devops_tui.domain.errors import Mistake
    from devops_tui.stores.sqlite.store import SqliteStore

    store = SqliteStore.open(paths_of(seeded.folder / "devops.yaml").store)
    store.save_workspace(None, [Mistake("devops.yaml", 1, 1, "bad")], "2")
    store.close()
    assert main(["board"]) == 0
    assert capsys.readouterr().err == (
        "devops-tui: the configuration has mistakes, the last good one counts; "
        "`devops-tui check` says which\n"
    )


def test_an_error_that_nobody_expected_is_not_hidden(
    seeded: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("devops_tui.cli.verbs.setup._info", act)
    with pytest.raises(ZeroDivisionError):
        run(["info"])


def test_ctrl_c_while_nothing_is_open(
    empty: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("devops_tui.cli.verbs.setup._info", act)
    assert main(["info", "--json"]) == 130
    printed, said = capsys.readouterr()
    assert said == "devops-tui: interrupted; what was started goes on\n"
    assert json.loads(printed)["code"] == 130


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["board"], ["board"]),
        (["--json", "board"], ["board", "--json"]),
        (["-W", "x", "board", "--json"], ["board", "-W", "x", "--json"]),
        (["--workspace=x", "card", "show", "A"], ["card", "--workspace=x", "show", "A"]),
        (["-W", "x"], ["x"]),
        (["--workspace", "x", "--readonly"], ["x", "--readonly"]),
        (["help"], ["--help"]),
        (["help", "run"], ["run", "--help"]),
        (["shop"], ["shop"]),
        (["--readonly", "board"], ["--readonly", "board"]),
        (["-W"], ["-W"]),
        ([], []),
    ],
)
def test_where_the_verb_stands(words: list[str], meant: list[str]) -> None:
    assert verb_first(words) == meant


def test_a_folder_of_the_name_of_no_verb_is_a_workspace(
    empty: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SAMPLES / "minimal", empty / "flp")
    opened: list[list[str]] = []

    def open_screen(words: list[str]) -> int:
        opened.append(list(words))
        return 0

    monkeypatch.setattr("devops_tui.tui.entry.open_screen", open_screen)
    for words in (["flp"], [], ["--readonly"], ["./nothing"]):
        assert main(words) == 0
    assert opened == [["flp"], [], ["--readonly"], ["./nothing"]]


def test_errors_have_a_title_and_a_hint() -> None:
    assert str(NotFound("no run a-1", "List them.")) == "no run a-1. List them."
