"""The admin socket of the embedded front door: the part of HAProxy's runtime API that a flip uses.

One connection carries one line of commands parted by `;` (a backslash takes the meaning
of the next character), or one command that ends in `<<` with its payload up to an empty
line. Each answer ends with an empty line, then the door closes, as HAProxy does.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devops_tui.demo.door_map import Entry, MapError, VersionedMap

_LIMIT_BYTES = 1 << 20
_PATIENCE_S = 10.0
_COLUMNS = (
    *("pxname", "svname", "scur", "stot", "econ", "eresp", "status"),
    *("hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx", "req_tot", "srv_abrt"),
)


@dataclass(slots=True)
class Counts:
    """The counters of one backend since the door opened."""

    in_flight: int = 0
    requests: int = 0
    refused: int = 0
    broken: int = 0
    cut: int = 0
    answers: dict[int, int] = field(default_factory=dict)

    def answered(self, status: int) -> None:
        """Counts an answer by the hundred of its status."""
        self.answers[status // 100] = self.answers.get(status // 100, 0) + 1


class AdminSocket:
    """Answers commands over a UNIX socket that only its owner may open.

    Attributes:
        name: The map's name in commands: the path of its file.
        counts: Name of a backend to its counters.
    """

    def __init__(self, map_: VersionedMap, name: str, counts: Mapping[str, Counts]) -> None:
        self._map = map_
        self.name = name
        self.counts = counts
        self._began = time.monotonic()

    async def listen(self, path: Path) -> asyncio.Server:
        """Opens the socket (0600); one that a dead door left there is replaced.

        Raises:
            OSError: The path is longer than 107 bytes, or not writable.
        """
        _remove(path)
        before = os.umask(0o177)  # bind makes the file: there is no moment of wider rights
        try:
            return await asyncio.start_unix_server(self._serve, path, limit=_LIMIT_BYTES)
        finally:
            os.umask(before)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                line = (await reader.readline()).decode(errors="replace").rstrip("\r\n")
                payload: list[str] = []
                if line.endswith("<<"):
                    line = line[:-2].rstrip()
                    payload = await _payload(reader)
                writer.write(self.answer(line, payload).encode())
                await writer.drain()
        except (TimeoutError, ValueError, OSError):
            return  # a silent, too talkative or vanished peer gets no answer
        finally:
            writer.close()

    def answer(self, line: str, payload: list[str]) -> str:
        """What a line of commands and its payload are answered with."""
        commands = [words for words in _commands(line) if words]
        answers: list[str] = []
        for index, words in enumerate(commands):
            given = payload if index == len(commands) - 1 else []
            try:
                text = self._do(words, given)
            except MapError as error:
                text = f"{error}\n"
            answers.append(f"{text}\n")
        return "".join(answers)

    def _do(self, words: list[str], payload: list[str]) -> str:
        verbs: Mapping[str, Callable[[list[str], list[str]], str]] = {
            "show map": self._show_map,
            "prepare map": self._prepare,
            "add map": self._add,
            "commit map": self._commit,
            "clear map": self._clear,
            "show stat": self._show_stat,
            "show info": self._show_info,
        }
        verb = verbs.get(" ".join(words[:2]))
        if verb is None:
            known = "".join(f"  {name}\n" for name in sorted(verbs))
            return f"Unknown command. Please enter one of the following commands only:\n{known}"
        return verb(words[2:], payload)

    def _show_map(self, words: list[str], payload: list[str]) -> str:
        if not words:
            held = len(self._map.entries())
            return (
                f"# id (file) description\n0 ({self.name}) curr_ver={self._map.current} "
                f"next_ver={self._map.newest} entry_cnt={held}\n"
            )
        version, _ = self._target(words)
        entries = enumerate(self._map.entries(version), 1)
        return "".join(f"0x{number:x} {key} {value}\n" for number, (key, value) in entries)

    def _prepare(self, words: list[str], payload: list[str]) -> str:
        self._target(words)
        return f"New version created: {self._map.prepare()}\n"

    def _add(self, words: list[str], payload: list[str]) -> str:
        version, rest = self._target(words)
        lines = [" ".join(rest)] if rest else payload
        entries: list[Entry] = []
        for line in lines:
            key, _, value = line.strip().partition(" ")
            if not value.strip():
                raise MapError(f"Missing value for key '{key}'.")
            entries.append((key, value.strip()))
        self._map.add(version, entries)
        return ""

    def _commit(self, words: list[str], payload: list[str]) -> str:
        version, _ = self._target(words)
        if version is None:
            raise MapError("Missing version: commit map @<ver> <map>.")
        self._map.commit(version)
        return ""

    def _clear(self, words: list[str], payload: list[str]) -> str:
        version, _ = self._target(words)
        self._map.clear(version)
        return ""

    def _show_stat(self, words: list[str], payload: list[str]) -> str:
        if words and words[0] not in self.counts:
            return "No such proxy.\n"
        names = words[:1] or list(self.counts)
        rows = [",".join(_row(name, self.counts[name])) + ",\n" for name in names]
        return f"# {','.join(_COLUMNS)},\n" + "".join(rows)

    def _show_info(self, words: list[str], payload: list[str]) -> str:
        running = sum(c.in_flight for c in self.counts.values())
        return (
            f"Name: devops-tui front door\nPid: {os.getpid()}\n"
            f"Uptime_sec: {time.monotonic() - self._began:.0f}\nCurrReqs: {running}\n"
        )

    def _target(self, words: list[str]) -> tuple[int | None, list[str]]:
        """The version, if one is named, and the words after the map's name."""
        version: int | None = None
        if words and words[0].startswith("@"):
            if not words[0][1:].isdecimal():
                raise MapError("Invalid version.")
            version, words = int(words[0][1:]), words[1:]
        if not words or words[0] != self.name:
            raise MapError("Unknown map identifier. Please use #<id> or <file>.")
        return version, words[1:]


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


async def _payload(reader: asyncio.StreamReader) -> list[str]:
    lines: list[str] = []
    while line := (await reader.readline()).decode(errors="replace").rstrip("\r\n"):
        lines.append(line)
    return lines


def _commands(line: str) -> list[list[str]]:
    """Splits at `;` into commands and at spaces into words."""
    commands: list[list[str]] = [[]]
    word: list[str] = []
    is_escaped = False
    for character in f"{line};":
        if is_escaped:
            word.append(character)
            is_escaped = False
        elif character == "\\":
            is_escaped = True
        elif character in " ;":
            if word:
                commands[-1].append("".join(word))
                word = []
            if character == ";":
                commands.append([])
        else:
            word.append(character)
    return commands


def _row(name: str, counts: Counts) -> list[str]:
    cells: dict[str, object] = {
        "pxname": name,
        "svname": "BACKEND",
        "scur": counts.in_flight,
        "stot": counts.requests,
        "req_tot": counts.requests,
        "econ": counts.refused,
        "eresp": counts.broken,
        "srv_abrt": counts.cut,
        "status": "UP",
    }
    cells |= {f"hrsp_{hundred}xx": counts.answers.get(hundred, 0) for hundred in range(1, 6)}
    return [str(cells[column]) for column in _COLUMNS]
