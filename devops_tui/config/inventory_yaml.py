"""Hosts of an Ansible inventory in YAML: groups with `hosts`, `children` and `vars`.

Read by the workspace's own reader: tags (`!vault`), anchors and templates are not taken.
"""

from __future__ import annotations

from typing import Any

from devops_tui.config.documents import Entry
from devops_tui.config.inventory_hosts import InventoryHosts
from devops_tui.config.report import Report, kind_of
from devops_tui.config.yaml_events import Document, Path, parse

_KEYS = ("hosts", "children", "vars")
_DEEPEST = 20


def read_yaml(file: str, content: bytes, report: Report) -> list[Entry]:
    """The hosts of all groups; what is wrong is said with its place and left out."""
    document = parse(content, file)
    report.take_flaws(document)
    if not document.is_whole or document.data is None:
        return []
    found = InventoryHosts(file, report)
    if not isinstance(document.data, dict):
        what = f"wrong type: an inventory is a mapping of groups, is {kind_of(document.data)}"
        found.wrong((1, 1), what, "write groups like `web: {hosts: {web-1: }}`")
        return []
    for name, data in document.data.items():
        _group(found, document, (name,), data)
    return found.entries()


def _group(found: InventoryHosts, document: Document, path: Path, data: Any) -> None:
    name = str(path[-1])
    if data is None:
        return
    if not isinstance(data, dict) or len(path) > _DEEPEST:
        found.wrong(document.place(path), "wrong type: a group is a mapping", "see `hosts:`")
        return
    for key in data:
        if key not in _KEYS:
            place = document.place((*path, key), of_key=True)
            found.wrong(place, f"unknown key `{key}` of a group", f"there are: {', '.join(_KEYS)}")
    for variable, value in _mapping(data, "vars"):
        place = document.place((*path, "vars", variable))
        found.take(found.variables(name), variable, value, place)
    for host, variables in _mapping(data, "hosts"):
        at: Path = (*path, "hosts", host)
        own: dict[str, Any] = {}
        for variable, value in variables.items() if isinstance(variables, dict) else ():
            found.take(own, variable, value, document.place((*at, variable)))
        found.host(name, host, own, document.place(at, of_key=True))
    for child, inner in _mapping(data, "children"):
        found.child(name, child)
        _group(found, document, (*path, "children", child), inner)


def _mapping(data: dict[str, Any], key: str) -> list[tuple[str, Any]]:
    found = data.get(key)
    return list(found.items()) if isinstance(found, dict) else []
