"""Hosts of an Ansible inventory in INI form: groups, children, ranges, connection variables.

Only the file is read; nothing of Ansible is started. Variables that say nothing about the
connection are left alone.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from devops_tui.config.documents import Entry
from devops_tui.config.inventory_hosts import InventoryHosts
from devops_tui.config.report import Report

_SECTION = re.compile(r"\[([^\[\]:\s]+)(?::(children|vars))?\]\s*(?:[#;].*)?")


def read_ini(file: str, text: str, report: Report) -> list[Entry]:
    """Reads line by line; a line that is wrong is said with its place and left out."""
    found = InventoryHosts(file, report)
    group, kind = "ungrouped", ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        place = (number, len(raw) - len(raw.lstrip()) + 1)
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and (section := _SECTION.fullmatch(line)):
            group, kind = section[1], section[2] or ""
        elif line.startswith("["):
            found.wrong(place, "no section", "write one like [web] or [web:children]")
        elif kind == "children":
            found.child(group, line.split()[0])
        elif kind == "vars":
            name, _, value = (part.strip() for part in line.partition("="))
            found.take(found.variables(group), name, value, place)
        else:
            _host(found, group, raw, place)
    return found.entries()


def _host(found: InventoryHosts, group: str, raw: str, place: tuple[int, int]) -> None:
    try:
        words = shlex.split(raw, comments=True)
    except ValueError:
        found.wrong(place, "a quote that is not closed", "close it")
        return
    own: dict[str, Any] = {}
    for word in words[1:]:
        name, _, value = word.partition("=")
        found.take(own, name, value, place)
    if words:
        found.host(group, words[0], own, place)
