"""What is said to jobctl and what it answers: names, payloads, statuses."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from devops_tui.domain.errors import CommandLost
from devops_tui.ports.transport import TaskStatus

_SAFE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
UNUSABLE = 73
"""What jobctl ends with when nothing can be written to its spool."""

UNUSABLE_HINT = "Has its disk room, and is it ours to write in?"

_STATES = {"none", "running", "done", "lost"}


@cache
def program() -> str:
    """The shell program that runs on hosts."""
    return Path(__file__).with_name("jobctl.sh").read_text("utf-8")


@cache
def program_name() -> str:
    """Its file name there: another text has another name, so versions live side by side."""
    return f".jobctl-{hashlib.sha256(program().encode()).hexdigest()[:16]}.sh"


def spool_name(task_id: str) -> str:
    """A folder name for a task; ids with other characters keep their look and get a hash."""
    if _SAFE_NAME.fullmatch(task_id):
        return task_id
    digest = hashlib.sha256(task_id.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return f"{_UNSAFE.sub('-', task_id).strip('.-')[:80] or 'task'}.{digest}"


def environment(env: Mapping[str, str], secrets: Mapping[str, str], folder: str) -> bytes:
    """Shell text that sets the variables and goes to the folder; a secret wins over `env`.

    Raises:
        ValueError: A name is no shell variable, or a value holds a NUL.
    """
    lines: list[str] = []
    for name, value in {**env, **secrets}.items():
        if not _VARIABLE.fullmatch(name):
            raise ValueError(f"{name!r} is not a name for an environment variable")
        if "\0" in value:
            raise ValueError(f"the value of {name} holds a NUL byte")
        lines.append(f"export {name}={shlex.quote(value)}\n")
    if folder:
        place = shlex.quote(folder.removeprefix("~/") or ".")
        lines.append(f"mkdir -p -- {place} && cd -- {place} || exit 73\n")
    return "".join(lines).encode("utf-8", "surrogateescape")


def preamble(spool: str) -> str:
    """Sets `jobctl` to the program's path on the host, and puts the program there if missing."""
    place = f'"$HOME"/{shlex.quote(spool[2:])}' if spool.startswith("~/") else shlex.quote(spool)
    return (
        f"spool={place}\n"
        f'jobctl="$spool/{program_name()}"\n'
        '[ -s "$jobctl" ] || ( umask 077; mkdir -p "$spool" &&\n'
        f'printf %s {shlex.quote(program())} >"$jobctl.$$" &&\n'
        'mv -f "$jobctl.$$" "$jobctl" ) || { rm -f "$jobctl.$$"; exit 73; }\n'
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of `serve`: where the task stands, and how many bytes of output follow.

    Behind the bytes, where there are any, comes a line break.
    """

    status: TaskStatus
    length: int


def read_status(line: bytes) -> TaskStatus:
    """The status in a line that jobctl printed.

    Raises:
        CommandLost: It is no such line; something else answered.
    """
    return _parse(line, 4)[0]


def read_answer(line: bytes) -> Answer:
    """The first line of an answer of `serve`; raises CommandLost like `read_status`."""
    status, rest = _parse(line, 5)
    return Answer(status, int(rest[0]))


def _parse(line: bytes, count: int) -> tuple[TaskStatus, list[str]]:
    words = line.decode("ascii", "replace").split()
    if len(words) != count or words[0] not in _STATES:
        raise CommandLost(
            f"jobctl answered what nobody can read: {line[:120]!r}",
            "Look at the spool on the host.",
        )
    state, code, size, why, *rest = words
    if not all(word.isdigit() for word in (size, *rest)):
        raise CommandLost(f"jobctl answered no numbers: {line[:120]!r}", "Look at its spool.")
    reason = "" if why == "-" else _REASONS.get(why, why)
    return TaskStatus(state, int(code) if code.isdigit() else None, int(size), reason), rest


_REASONS = {
    "cut": "the spool's disk is full: the end of the output is missing",
    "never-began": "killed before it began",
}
