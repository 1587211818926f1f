"""Terminals, pipes and what comes through them: colours, control bytes, closed readers."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess

import pytest
from support.shell import Shell

COLOURS = re.compile(rb"\x1b\[[\d;]*m")
EVERYTHING = [
    ["runs"], ["show", "shop-2"], ["log", "shop-2"], ["board"], ["card", "show", "SHOP-3"],
    ["traffic"], ["fleet"], ["host", "web-1"], ["triage"], ["events"],
]  # fmt: skip


def on_a_terminal(shell: Shell, *words: str, **extra: str) -> bytes:
    """What a call writes to a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        shell.command(*words),
        cwd=shell.folder,
        env=shell.environ | {"TERM": "xterm-256color", "COLUMNS": "100"} | extra,
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower,
        close_fds=True,
    )
    os.close(follower)
    said = b""
    try:
        while select.select([leader], [], [], 60)[0]:
            said += os.read(leader, 65536)
    except OSError:  # the last writer has closed it
        pass
    os.close(leader)
    assert process.wait(60) == 0
    return said


@pytest.mark.parametrize("words", EVERYTHING, ids=" ".join)
def test_nothing_from_outside_acts_on_the_terminal(words: list[str], seeded: Shell) -> None:
    said = on_a_terminal(seeded, *words)
    assert COLOURS.search(said), "a terminal gets colours"
    plain = COLOURS.sub(b"", said).decode("utf-8").replace("\r\n", "\n")
    assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", plain) is None


def test_no_colour_where_none_is_wanted(seeded: Shell) -> None:
    said = on_a_terminal(seeded, "show", "shop-2", NO_COLOR="1")
    codes = {code for found in COLOURS.findall(said) for code in found[2:-1].split(b";")}
    assert codes <= {b"0", b"1", b"2", b""}, "bold and dim are no colours"


def test_no_colour_in_a_pipe(seeded: Shell) -> None:
    assert "\x1b" not in seeded.run("show", "shop-2").out


@pytest.mark.parametrize("locale", ["C", "ko_KR.EUC-KR"])
def test_a_terminal_without_utf_8_gets_ascii(seeded: Shell, locale: str) -> None:
    done = seeded.run("show", "shop-2", LC_ALL=locale, PYTHONIOENCODING="ascii")
    assert done.code == 0
    assert done.out.isascii()
    assert done.out.startswith("x failed    shop-2 ")


def piped(shell: Shell, *words: str) -> tuple[int, bytes, bytes]:
    """Calls with a reader that goes away before it has read anything."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    process = subprocess.Popen(
        shell.command(*words),
        cwd=shell.folder,
        env=shell.environ,
        stdin=subprocess.DEVNULL,
        stdout=write_end,
        stderr=subprocess.PIPE,
    )
    os.close(write_end)
    _, said = process.communicate(timeout=60)
    return process.returncode, b"", said


@pytest.mark.parametrize(
    "words",
    [["runs"], ["runs", "--json"], ["log", "shop-2", "--raw"], ["info"], ["--help"],
     ["completion", "bash"], ["show", "shop-9", "--json"]],
    ids=" ".join,
)  # fmt: skip
def test_a_reader_that_went_away(words: list[str], seeded: Shell) -> None:
    code, _, said = piped(seeded, *words)
    assert code == 141
    assert b"Traceback" not in said
    assert b"BrokenPipe" not in said


def test_only_the_first_line_is_wanted(seeded: Shell) -> None:
    program = " ".join(seeded.command("events"))
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {program} | head -1"],
        cwd=seeded.folder,
        env=seeded.environ,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 141), "head may be slower than we are"
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


@pytest.mark.parametrize("words", [["runs"], ["runs", "--json"], ["--version", "--help"]])
def test_an_output_that_is_full(words: list[str], seeded: Shell) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            seeded.command(*words),
            cwd=seeded.folder,
            env=seeded.environ,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert done.returncode == 5
    assert done.stderr == b"devops-tui: cannot write to the output: No space left on device\n"
