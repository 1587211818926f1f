from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.errors import CommandLost
from devops_tui.ports.transport import TaskStatus
from devops_tui.transports import jobctl_words as words


@given(st.text(max_size=300))
def test_spool_names_are_safe(task_id: str) -> None:
    name = words.spool_name(task_id)
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", name)
    assert words.spool_name(name) == name


@given(st.text(max_size=40), st.text(max_size=40))
def test_two_ids_never_share_a_spool(one: str, other: str) -> None:
    if one != other:
        assert words.spool_name(one) != words.spool_name(other)


def test_usual_ids_stay_readable() -> None:
    assert words.spool_name("shop-412.build_1") == "shop-412.build_1"
    assert words.spool_name("shop-412/test/unit").startswith("shop-412-test-unit.")


@given(
    st.dictionaries(
        st.from_regex(r"X[A-Za-z0-9_]{0,8}", fullmatch=True),
        st.text(st.characters(exclude_characters="\0\r", codec="utf-8"), max_size=30),
        max_size=3,
    )
)
def test_the_environment_means_what_it_says(env: dict[str, str]) -> None:
    script = words.environment(env, {}, "") + b'env -0 | grep -z "^X"'
    completed = subprocess.run(["sh"], input=script, capture_output=True, env={}, check=False)
    found = [line for line in completed.stdout.decode().split("\0") if line]
    assert sorted(found) == sorted(f"{name}={value}" for name, value in env.items())


def test_a_value_with_a_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        words.environment({"A": "x\0y"}, {}, "")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"none - 0 -\n", TaskStatus("none")),
        (b"running - 17 -\n", TaskStatus("running", None, 17)),
        (b"done 7 17 -\n", TaskStatus("done", 7, 17)),
        (b"lost - 17 rebooted\n", TaskStatus("lost", None, 17, "rebooted")),
    ],
)
def test_statuses(line: bytes, status: TaskStatus) -> None:
    assert words.read_status(line) == status


@pytest.mark.parametrize("line", [b"", b"what", b"done 7", b"gone - 0 -", b"done 7 x -", b"\xff"])
def test_what_is_no_status(line: bytes) -> None:
    with pytest.raises(CommandLost):
        words.read_status(line)


def test_an_answer_has_a_length() -> None:
    assert words.read_answer(b"done 0 9 - 4\n") == words.Answer(TaskStatus("done", 0, 9), 4)
    with pytest.raises(CommandLost):
        words.read_answer(b"done 0 9 -\n")


def test_the_program_is_named_after_its_text() -> None:
    assert re.fullmatch(r"\.jobctl-[0-9a-f]{16}\.sh", words.program_name())
    assert words.program_name() in words.preamble("~/spool")


def test_no_words_reach_the_shell_unquoted() -> None:
    preamble = words.preamble("/a b'$(id)/spool")
    completed = subprocess.run(
        ["sh"], input=preamble.splitlines()[0] + '\necho "$spool"', capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert completed.stdout == "/a b'$(id)/spool\n"


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_the_program_is_posix_sh(shell: str) -> None:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"needs {shell}")
    argv = [found, "sh", "-n"] if shell == "busybox" else [found, "-n"]
    completed = subprocess.run(
        argv, input=words.program().encode(), capture_output=True, check=True
    )
    assert completed.stderr == b""
