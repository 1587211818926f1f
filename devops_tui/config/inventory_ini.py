"""Hosts of an Ansible inventory in INI form: groups, children, ranges, connection variables.

Only the file is read; nothing of Ansible is started. Variables that say nothing about the
connection are left alone.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from devops_tui.config.documents import Entry, Files
from devops_tui.config.fields import NAME_RULE, is_name
from devops_tui.config.files import MAX_BYTES
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Document, shown
from devops_tui.domain.errors import Mistake

MOST_HOSTS = 100_000
_SECTION = re.compile(r"\[([^\[\]:\s]+)(?::(children|vars))?\]\s*(?:[#;].*)?")
_RANGE = re.compile(r"\[(\d+|[A-Za-z]):(\d+|[A-Za-z])(?::(\d+))?\]")
_VARIABLES = {
    "ansible_host": "address",
    "ansible_ssh_host": "address",
    "ansible_port": "port",
    "ansible_ssh_port": "port",
    "ansible_user": "user",
    "ansible_ssh_user": "user",
    "ansible_ssh_private_key_file": "identity",
}
_IGNORED_GROUPS = ("all", "ungrouped")


def inventory_entries(files: Files, folder: Path, report: Report) -> list[Entry]:
    """The hosts of `hosts_from.ansible`, as if they stood below `hosts`."""
    section = files.section("hosts_from")
    for name in section:
        if name != "ansible":
            what = f"unknown key `{shown(name)}`"
            report.add(files.main, ("hosts_from", name), what, "there is: ansible", of_key=True)
    wanted = section.get("ansible")
    if wanted is None:
        return []
    at = ("hosts_from", "ansible")
    if not isinstance(wanted, str):
        report.add(files.main, at, "wrong type: `ansible` is the path of one file")
        return []
    path = Path(wanted).expanduser()
    path = path if path.is_absolute() else folder / path
    try:
        data = path.read_bytes()
    except OSError as error:
        what = f"`{shown(wanted)}` cannot be read: {error.strerror}"
        report.add(files.main, at, what, "correct the path")
        report.names.unsure |= {"host"}
        return []
    if len(data) > MAX_BYTES:
        report.add(files.main, at, f"`{shown(wanted)}` is too large", "split it")
        return []
    return _Reader(str(path), report).read(data.decode("utf-8", "replace"))


class _Reader:
    """Reads line by line; a line that is wrong is said with its place and left out."""

    def __init__(self, file: str, report: Report) -> None:
        self._document = Document(file, {})
        self._report = report
        self._hosts: dict[str, dict[str, Any]] = {}
        self._members: dict[str, list[str]] = {}
        self._children: dict[str, list[str]] = {}
        self._variables: dict[str, dict[str, Any]] = {}

    def read(self, text: str) -> list[Entry]:
        group, kind = "ungrouped", ""
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.strip()
            if not line or line[0] in "#;":
                continue
            if line.startswith("[") and (found := _SECTION.fullmatch(line)):
                group, kind = found[1], found[2] or ""
            elif line.startswith("["):
                self._wrong(number, raw, "no section", "write one like [web] or [web:children]")
            elif kind == "children":
                self._children.setdefault(group, []).append(line.split()[0])
            elif kind == "vars":
                name, _, value = (part.strip() for part in line.partition("="))
                self._take(self._variables.setdefault(group, {}), name, value, number, raw)
            else:
                self._host(group, number, raw)
        return self._entries()

    def _host(self, group: str, number: int, raw: str) -> None:
        try:
            words = shlex.split(raw, comments=True)
        except ValueError:
            self._wrong(number, raw, "a quote that is not closed", "close it")
            return
        own: dict[str, Any] = {}
        for word in words[1:]:
            name, _, value = word.partition("=")
            self._take(own, name, value, number, raw)
        for name in _expanded(words[0]) if words else ():
            if not is_name(name):
                self._wrong(number, raw, f"bad name `{shown(name)}`", NAME_RULE)
                return
            if len(self._hosts) >= MOST_HOSTS:
                self._wrong(number, raw, f"more than {MOST_HOSTS} hosts", "split it")
                return
            self._hosts.setdefault(name, {}).update(own)
            self._members.setdefault(group, []).append(name)
            self._document.key_marks.setdefault(("hosts", name), (number, 1))
            self._document.marks.setdefault(("hosts", name), (number, 1))

    def _take(self, into: dict[str, Any], name: str, value: str, number: int, raw: str) -> None:
        key = _VARIABLES.get(name)
        if key is None:
            return
        if key != "port":
            into[key] = value
        elif value.isascii() and value.isdecimal() and 0 < int(value) < 65536:
            into[key] = int(value)
        else:
            self._wrong(number, raw, f"`{shown(value)}` is no port", "write 1 to 65535")

    def _entries(self) -> list[Entry]:
        groups: dict[str, list[str]] = {}
        variables: dict[str, dict[str, Any]] = {}
        for group in {**self._members, **self._children}:
            for name in self._inside(group, set()):
                variables.setdefault(name, {}).update(self._variables.get(group, {}))
                if group not in _IGNORED_GROUPS:
                    groups.setdefault(name, []).append(group)
        made: list[Entry] = []
        for name, own in self._hosts.items():
            common = self._variables.get("all", {})
            data = {**common, **variables.get(name, {}), **own, "groups": groups.get(name, [])}
            made.append(Entry(name, data, self._document, ("hosts", name)))
        return made

    def _inside(self, group: str, seen: set[str]) -> Iterator[str]:
        if group in seen:
            return
        seen.add(group)
        yield from self._members.get(group, ())
        for child in self._children.get(group, ()):
            yield from self._inside(child, seen)

    def _wrong(self, number: int, raw: str, what: str, todo: str) -> None:
        column = len(raw) - len(raw.lstrip()) + 1
        self._report.note(Mistake(self._document.file, number, column, what, todo))


def _expanded(pattern: str) -> Iterator[str]:
    """web[01:03] as web01, web02, web03; zeros in front are kept, letters work too."""
    parts: list[list[str]] = []
    end = 0
    for found in _RANGE.finditer(pattern):
        parts += [[pattern[end : found.start()]], _between(found[1], found[2], found[3])]
        end = found.end()
    parts.append([pattern[end:]])
    yield from ("".join(chosen) for chosen in product(*parts))


def _between(first: str, last: str, step: str | None) -> list[str]:
    by = max(1, int(step or 1))
    if first.isdecimal() and last.isdecimal():
        cells = len(first) if first.startswith("0") else 0
        most = min(int(last), int(first) + MOST_HOSTS)
        return [str(n).zfill(cells) for n in range(int(first), most + 1, by)]
    return [chr(n) for n in range(ord(first[0]), ord(last[0]) + 1, by)]
