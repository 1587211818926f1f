"""Hosts, the groups they are in, and the environments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from devops_tui.config.compile_rules import compile_hours, people
from devops_tui.config.cycles import cycles
from devops_tui.config.documents import Entry
from devops_tui.config.fields import unique
from devops_tui.config.models import EnvironmentModel, HostModel
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import shown
from devops_tui.domain.fleet import Host, Scope
from devops_tui.domain.ids import THIS_MACHINE, HostName
from devops_tui.domain.workspace import Environment

_SSH_KEYS = (
    "address", "port", "user", "identity", "certificate", "agent", "via", "known_hosts",
)  # fmt: skip


class Fleet:
    """The hosts by name and by group.

    Attributes:
        hosts: In the order of the files; this machine last unless it is written.
        groups: Group to its hosts.
    """

    def __init__(self, hosts: Mapping[str, Host], groups: Mapping[str, Sequence[str]]) -> None:
        self.hosts = hosts
        self.groups = groups

    def expand(self, names: Iterable[str]) -> tuple[HostName, ...]:
        """Hosts and groups as hosts, in order, each once."""
        expanded = (host for name in names for host in self.groups.get(name, (name,)))
        return tuple(HostName(host) for host in unique(expanded))


def collect_hosts(found: Sequence[Entry], report: Report) -> None:
    """Tells the report which hosts and groups there are, before anything refers to them."""
    names = report.names
    names.host |= {entry.name for entry in found if entry.data is not False}
    if _is_shown(found):
        names.host.add(THIS_MACHINE)
    for entry in found:
        names.group |= set(_groups(entry))
    for entry in found:
        for index, group in enumerate(_groups(entry)):
            if group in names.host:
                what = f"`{shown(group)}` is a host, it cannot be a group too"
                path = (*entry.path, "groups", index)
                report.add(entry.document, path, what, "give the group another name")


def compile_fleet(found: Sequence[Entry], folder: Path, report: Report) -> Fleet:
    """The hosts, with paths made absolute."""
    hosts: dict[str, Host] = {}
    groups: dict[str, list[str]] = {}
    for entry in found:
        if entry.name == THIS_MACHINE and entry.data is False:
            continue
        model = report.check(
            HostModel, {} if entry.data is None else entry.data, entry.document, entry.path
        )
        if model is None:
            continue
        hosts[entry.name] = _host(entry, model, folder, report)
        for group in unique(model.groups):
            groups.setdefault(group, []).append(entry.name)
    if _is_shown(found) and THIS_MACHINE not in hosts:
        hosts[THIS_MACHINE] = Host(THIS_MACHINE, is_local=True)
    _refuse_circles(found, hosts, report)
    return Fleet(hosts, groups)


def compile_environments(
    found: Iterable[Entry], fleet: Fleet, report: Report
) -> dict[str, Environment]:
    """The environments, groups written out as hosts."""
    environments: dict[str, Environment] = {}
    for entry in found:
        data = {} if entry.data is None else entry.data
        model = report.check(EnvironmentModel, data, entry.document, entry.path)
        if model is not None:
            environments[entry.name] = Environment(
                name=entry.name,
                hosts=fleet.expand(model.hosts),
                is_protected=model.protected,
                is_readonly=model.readonly,
                colour=model.colour,
                hours=compile_hours(model.windows, model.freezes, entry, report),
                approvers=people(model.approvers),
                break_glass=people(model.break_glass),
            )
    return environments


def absolute(text: str, folder: Path) -> str:
    """A path of the workspace: `~/` is the operator's home, else relative to the folder."""
    if text.startswith("~/"):
        return str(Path.home() / text[2:])
    return str(folder / text) if text else ""


def secret_near(reference: str, folder: Path) -> str:
    """A reference to a secret, with the path of a file made absolute."""
    kind, _, rest = reference.partition(":")
    return f"{kind}:{absolute(rest, folder)}" if kind in ("file", "age", "sops") else reference


def _groups(entry: Entry) -> list[str]:
    found = entry.data.get("groups") if isinstance(entry.data, dict) else None
    if isinstance(found, str):
        return [found]
    return [g for g in found if isinstance(g, str)] if isinstance(found, list) else []


def _is_shown(found: Sequence[Entry]) -> bool:
    """Whether this machine is among the hosts without being written there."""
    return not any(
        (e.name == THIS_MACHINE and e.data is False)
        or (isinstance(e.data, dict) and e.data.get("local") is True)
        for e in found
    )


def _host(entry: Entry, model: HostModel, folder: Path, report: Report) -> Host:
    is_local = model.local or entry.name == THIS_MACHINE
    if is_local:
        for key in _SSH_KEYS:
            if key in model.model_fields_set:
                path = (*entry.path, key)
                what = f"`{shown(entry.name)}` is this machine, it has no {key}"
                report.add(entry.document, path, what, "leave it out", of_key=True)
    return Host(
        name=HostName(entry.name),
        address=model.address[0] if model.address else "",
        other_addresses=unique(model.address[1:]),
        certificate=absolute(model.certificate, folder),
        agent=model.agent if model.agent == "none" else absolute(model.agent, folder),
        port=model.port or 0,
        user=model.user,
        identity=absolute(model.identity, folder),
        via=model.via,
        known_hosts=absolute(model.known_hosts, folder),
        groups=unique(model.groups),
        tags=unique(model.tags),
        origin=_origin(entry),
        scope=Scope(model.scope),
        is_local=is_local,
    )


def _origin(entry: Entry) -> str:
    line, _ = entry.document.place(entry.path, of_key=True)
    return f"{Path(entry.document.file).name}:{line}"


def _refuse_circles(found: Sequence[Entry], hosts: Mapping[str, Host], report: Report) -> None:
    by_name = {entry.name: entry for entry in found}
    for circle in cycles({name: (host.via,) for name, host in hosts.items() if host.via}):
        entry = by_name[circle[0]]
        what = f"`via` goes in a circle: {' -> '.join((*circle, circle[0]))}"
        report.add(entry.document, (*entry.path, "via"), what, "one host is reached directly")
