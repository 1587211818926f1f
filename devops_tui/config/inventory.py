"""Hosts that stand elsewhere: Ansible's inventories, a program's list, ~/.ssh/config."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from devops_tui.config.documents import Entry, Files
from devops_tui.config.files import MAX_BYTES
from devops_tui.config.inventory_ini import read_ini
from devops_tui.config.inventory_script import NoInventory, read_script
from devops_tui.config.inventory_yaml import read_yaml
from devops_tui.config.report import Report
from devops_tui.config.ssh_config import host_names
from devops_tui.config.yaml_events import Document, shown
from devops_tui.config.yaml_events import Path as Steps

_YAML = (".yaml", ".yml")
_KINDS = ("ansible", "script", "ssh_config")


def inventory_entries(files: Files, folder: Path, report: Report) -> list[Entry]:
    """The hosts of `hosts_from`, as if they stood below `hosts`; the first of a name counts."""
    section = files.section("hosts_from")
    for name in section:
        if name not in _KINDS:
            what = f"unknown key `{shown(name)}`"
            todo = f"there are: {', '.join(_KINDS)}"
            report.add(files.main, ("hosts_from", name), what, todo, of_key=True)
    found: dict[str, Entry] = {}
    for kind in _KINDS:
        wanted = section.get(kind)
        if wanted is None:
            continue
        for entry in _of_kind(kind, wanted, files, folder, report):
            found.setdefault(entry.name, entry)
    return list(found.values())


def _of_kind(kind: str, wanted: Any, files: Files, folder: Path, report: Report) -> list[Entry]:
    at: Steps = ("hosts_from", kind)
    words = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(words, list) or not words or not all(isinstance(w, str) for w in words):
        what = f"wrong type: `{kind}` is text, or a list of it"
        report.add(files.main, at, what)
        return []
    if kind == "ssh_config":
        return _ssh_config(words)
    if kind == "script":
        return _script(words, files, folder, report)
    return [entry for path in words for entry in _file(path, files, folder, report)]


def _file(wanted: str, files: Files, folder: Path, report: Report) -> list[Entry]:
    at: Steps = ("hosts_from", "ansible")
    path = _absolute(wanted, folder)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        what = f"`{shown(wanted)}` cannot be read: {error.strerror}"
        report.add(files.main, at, what, "correct the path")
        report.names.unsure |= {"host"}
        return []
    if len(data) > MAX_BYTES:
        report.add(files.main, at, f"`{shown(wanted)}` is too large", "split it")
        return []
    if path.suffix in _YAML:
        return read_yaml(str(path), data, report)
    return read_ini(str(path), data.decode("utf-8", "replace"), report)


def _script(words: list[str], files: Files, folder: Path, report: Report) -> list[Entry]:
    program = words[0]
    argv = [str(_absolute(program, folder)) if os.sep in program else program, *words[1:]]
    try:
        return read_script(argv, folder, report)
    except NoInventory as error:
        what = f"the inventory program `{shown(program)}` {error}"
        todo = "try it by hand, with --list"
        report.add(files.main, ("hosts_from", "script"), what, todo)
        report.names.unsure |= {"host"}
        return []


def _ssh_config(patterns: list[str]) -> list[Entry]:
    """Names of ~/.ssh/config that a pattern names; where they are is read at connecting."""
    file = Path("~/.ssh/config")
    document = Document(str(file), {})
    return [
        Entry(name, None, document, ("hosts", name))
        for name in host_names(file.expanduser())
        if _is_wanted(name, patterns)
    ]


def _is_wanted(name: str, patterns: list[str]) -> bool:
    if any(fnmatchcase(name, p[1:]) for p in patterns if p.startswith("!")):
        return False
    return any(fnmatchcase(name, p) for p in patterns if not p.startswith("!"))


def _absolute(text: str, folder: Path) -> Path:
    path = Path(text).expanduser()
    return path if path.is_absolute() else folder / path
