"""What inventories say: hosts, the groups they are in, variables; as if below `hosts:`.

Everything here is untrusted: names and the few variables that are taken are looked at
before anything uses them, and all other variables are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from devops_tui.config.documents import Entry
from devops_tui.config.fields import NAME_RULE, is_name
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Document, Place, shown
from devops_tui.domain.errors import Mistake

MOST_HOSTS = 100_000
_RANGE = re.compile(r"\[(\d+|[A-Za-z]):(\d+|[A-Za-z])(?::(\d+))?\]")
_ADDRESS = re.compile(r"[\w\[:][\w.:%\[\]-]{0,254}\Z")
_LOGIN = re.compile(r"\w[\w.@+\\-]{0,99}\Z")
_VARIABLES = {
    "ansible_host": "address",
    "ansible_ssh_host": "address",
    "ansible_port": "port",
    "ansible_ssh_port": "port",
    "ansible_user": "user",
    "ansible_ssh_user": "user",
    "ansible_ssh_private_key_file": "identity",
    "ansible_private_key_file": "identity",
}
_IGNORED_GROUPS = ("all", "ungrouped")


class InventoryHosts:
    """Gathers one inventory; what is wrong is said at its place and left out."""

    def __init__(self, file: str, report: Report) -> None:
        self._document = Document(file, {})
        self._report = report
        self._hosts: dict[str, dict[str, Any]] = {}
        self._members: dict[str, list[str]] = {}
        self._children: dict[str, list[str]] = {}
        self._variables: dict[str, dict[str, Any]] = {}

    def host(self, group: str, pattern: str, own: dict[str, Any], place: Place) -> None:
        """A host, or a range of them like web[01:20], in a group."""
        for name in _expanded(pattern):
            if not is_name(name):
                self.wrong(place, f"bad name `{shown(name)}`", NAME_RULE)
                return
            if len(self._hosts) >= MOST_HOSTS:
                self.wrong(place, f"more than {MOST_HOSTS} hosts", "split it")
                return
            self._hosts.setdefault(name, {}).update(own)
            self._members.setdefault(group, []).append(name)
            self._document.key_marks.setdefault(("hosts", name), place)
            self._document.marks.setdefault(("hosts", name), place)

    def child(self, group: str, child: str) -> None:
        """A group within a group."""
        self._children.setdefault(group, []).append(child)

    def variables(self, group: str) -> dict[str, Any]:
        """What the hosts of a group have in common."""
        return self._variables.setdefault(group, {})

    def take(self, into: dict[str, Any], name: str, value: object, place: Place) -> None:
        """A variable that says something about the connection; any other is left alone."""
        key = _VARIABLES.get(name)
        if key is None:
            return
        text = str(value) if isinstance(value, str | int) else ""
        if "{{" in text:
            return  # a template: only Ansible knows what it stands for
        if key == "port":
            if text.isascii() and text.isdecimal() and 0 < int(text) < 65536:
                into[key] = int(text)
            else:
                self.wrong(place, f"`{shown(text)}` is no port", "write 1 to 65535")
        elif key == "address" and not _ADDRESS.match(text):
            self.wrong(place, f"`{shown(text)}` is no address", "write a name or an address")
        elif key == "user" and not _LOGIN.match(text):
            self.wrong(place, f"`{shown(text)}` is no login", "write a login")
        else:
            into[key] = text

    def entries(self) -> list[Entry]:
        """The hosts with what their groups say; what a host says itself counts more."""
        groups: dict[str, list[str]] = {}
        variables: dict[str, dict[str, Any]] = {}
        for group in {**self._members, **self._children}:
            is_known = group in _IGNORED_GROUPS or is_name(group)
            if not is_known:
                self.wrong((1, 1), f"bad name of a group `{shown(group)}`", NAME_RULE)
            for name in self._inside(group, set()):
                variables.setdefault(name, {}).update(self._variables.get(group, {}))
                if is_known and group not in _IGNORED_GROUPS:
                    groups.setdefault(name, []).append(group)
        made: list[Entry] = []
        for name, own in self._hosts.items():
            common = self._variables.get("all", {})
            of_groups = list(dict.fromkeys(g for g in groups.get(name, []) if g != name))
            data = {**common, **variables.get(name, {}), **own, "groups": of_groups}
            made.append(Entry(name, data, self._document, ("hosts", name)))
        return made

    def wrong(self, place: Place, what: str, todo: str) -> None:
        """A mistake at a place of this inventory."""
        self._report.note(Mistake(self._document.file, *place, what, todo))

    def _inside(self, group: str, seen: set[str]) -> Iterator[str]:
        if group in seen:
            return
        seen.add(group)
        yield from self._members.get(group, ())
        for child in self._children.get(group, ()):
            yield from self._inside(child, seen)


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
