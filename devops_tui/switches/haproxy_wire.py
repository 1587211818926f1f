"""What is said to HAProxy's admin socket, and what it answers: text in, values out, no I/O."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from devops_tui.domain.errors import SwitchRefused

Entry = tuple[str, str]

_PAYLOAD_BYTES = 8_000  # HAProxy takes one command with its payload of at most 16,384 bytes
_WORD = re.compile(r"[\w][\w.:@+=,~%-]*")
_PATH = re.compile(r"[\w./][\w./:@+=,~% -]*")
_SHOWN = re.compile(r"0x[0-9a-fA-F]+ (\S+) ?(.*)")
_CREATED = re.compile(r"New version created: (\d+)")


@dataclass(frozen=True, slots=True)
class BackendCounts:
    """The counters of one backend since HAProxy started, `in_flight` as of now.

    Attributes:
        latency_ms: Average of the last 1,024 answers, in ms; None while there was none.
    """

    in_flight: int
    requests: int
    errors: int
    latency_ms: float | None = None


def word(text: str, what: str) -> str:
    """`text` if it can only ever be one word of a command.

    Raises:
        SwitchRefused: It holds a space, a newline, a semicolon or the like.
    """
    if not _WORD.fullmatch(text):
        raise SwitchRefused(
            f"{what} {text!a} cannot be sent to HAProxy",
            "Use letters, digits and . : @ + = , ~ % _ - only.",
        )
    return text


def map_name(path: str) -> str:
    """The path of a map as one word of a command; spaces are escaped.

    Raises:
        SwitchRefused: It holds a character that the admin socket could misread.
    """
    if not _PATH.fullmatch(path):
        raise SwitchRefused(
            f"the map {path!a} cannot be named to HAProxy",
            "Use letters, digits, spaces and / . : @ + = , ~ % _ - only.",
        )
    return path.replace(" ", "\\ ")


def show_map(name: str, version: int | None = None) -> str:
    """Lists the entries of a map, or of a version that is being prepared."""
    return f"show map {name}" if version is None else f"show map @{version} {name}"


def prepare_map(name: str) -> str:
    """Makes a new, empty version that no request looks at."""
    return f"prepare map {name}"


def commit_map(name: str, version: int) -> str:
    """Makes a version the one that requests look at; refused when a newer one is."""
    return f"commit map @{version} {name}"


def clear_map(name: str, version: int) -> str:
    """Empties a version; on one that was never committed it is without effect on traffic."""
    return f"clear map @{version} {name}"


def show_stat(backend: str) -> str:
    """The counters of one backend, without those of its servers."""
    return f"show stat {backend} 2 -1"


def add_to_map(name: str, version: int, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Puts entries into a version: a command each with the lines of its payload."""
    head = f"add map @{version} {name} <<\n"
    commands: list[str] = []
    lines: list[str] = []
    size = 0
    for key, value in entries:
        line = f"{key} {value}\n"
        if lines and size + len(line.encode()) > _PAYLOAD_BYTES:
            commands.append(head + "".join(lines))
            lines, size = [], 0
        lines.append(line)
        size += len(line.encode())
    commands.append(head + "".join(lines))
    return tuple(commands)


def entries_of(answer: str) -> tuple[Entry, ...]:
    """The entries that a `show map` listed, in their order; other lines are passed over."""
    found = (_SHOWN.fullmatch(line) for line in answer.split("\n"))
    return tuple((m.group(1), m.group(2)) for m in found if m)


def entries_in(text: str) -> tuple[Entry, ...]:
    """The entries of a map file, as HAProxy reads it when it starts."""
    lines = (line.strip() for line in text.splitlines())
    parts = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
    return tuple((words[0], words[1] if len(words) > 1 else "") for words in parts)


def values_of(entries: Sequence[Entry]) -> Mapping[str, str]:
    """Key to value; of two entries with one key HAProxy takes the first."""
    return dict(reversed(entries))


def version_of(answer: str) -> int | None:
    """The number that `prepare map` gave, or None when the answer is something else."""
    match = _CREATED.search(answer)
    return int(match.group(1)) if match else None


def complaint_of(answer: str) -> str:
    """What HAProxy said instead of the empty line that means yes; empty for yes."""
    first = answer.partition("\n")[0].strip()
    return first.encode("ascii", "backslashreplace").decode()[:200]


def counts_of(answer: str) -> Mapping[str, BackendCounts]:
    """Backend to its counters, from the tables of one or several `show stat`.

    `hrsp_5xx` holds the answers that HAProxy itself gave for a server that did not
    take or did not answer the request, so those are not counted again; `srv_abrt`
    adds the answers that a server broke off after it had begun.
    """
    found: dict[str, BackendCounts] = {}
    for table in _tables(answer):
        for row in csv.DictReader(table):
            if row.get("svname") == "BACKEND":
                requests = _number(row.get("req_tot")) or _number(row.get("stot"))
                told = row.get("rtime") if requests else None
                found[row.get("pxname") or ""] = BackendCounts(
                    in_flight=_number(row.get("scur")),
                    requests=requests,
                    latency_ms=float(told) if told and told.isdecimal() else None,
                    errors=_number(row.get("hrsp_5xx")) + _number(row.get("srv_abrt")),
                )
    return found


def replaced(entries: Sequence[Entry], own: Mapping[str, str]) -> tuple[Entry, ...]:
    """The entries with those of `own` in place of the ones of the same key."""
    left = dict(own)
    out: list[Entry] = []
    for key, value in entries:
        if key not in own:
            out.append((key, value))
        elif key in left:
            out.append((key, left.pop(key)))
    return (*out, *left.items())


def file_of(entries: Iterable[Entry]) -> str:
    """A map file with these entries, as HAProxy reads it when it starts."""
    head = "# Written with each change of colour; HAProxy reads it when it starts.\n"
    return head + "".join(f"{key} {value}\n" for key, value in entries)


def _tables(answer: str) -> Iterable[list[str]]:
    table: list[str] = []
    for line in answer.split("\n"):
        if line.startswith("# pxname,"):
            table = [line[2:]]
        elif table and line:
            table.append(line)
        elif table:
            yield table
            table = []
    if table:
        yield table


def _number(cell: str | None) -> int:
    return int(cell) if cell and cell.isdecimal() else 0
