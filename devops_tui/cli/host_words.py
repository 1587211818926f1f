"""Hosts as people name them on a command line: names, groups, environments, queries."""

from __future__ import annotations

from devops_tui.cli.errors import WrongWords
from devops_tui.domain.errors import NotFound
from devops_tui.domain.host_query import BadQuery, is_query, parse
from devops_tui.domain.ids import HostName
from devops_tui.domain.view import Overview
from devops_tui.domain.workspace import Workspace
from devops_tui.presentation.fleet_query import facts
from devops_tui.presentation.host import condition


def hosts_of(said: str, workspace: Workspace, overview: Overview) -> tuple[HostName, ...]:
    """The hosts that are meant, in the workspace's order.

    Raises:
        NotFound: A name is no host, group or environment, or nothing fits the query.
        WrongWords: The query has a mistake.
    """
    chosen = _asked(said, workspace, overview) if is_query(said) else _named(said, workspace)
    found = tuple(HostName(name) for name in workspace.hosts if name in chosen)
    if not found:
        raise NotFound(f"no host fits {said}", "`devops-tui fleet` shows them all.")
    return found


def _asked(said: str, workspace: Workspace, overview: Overview) -> set[str]:
    try:
        query = parse(said)
    except BadQuery as error:
        raise WrongWords(f"{said}: {error}") from None
    chosen = set()
    for name, host in workspace.hosts.items():
        frame = overview.frames.get(name)
        how = condition(frame, overview.at) if frame is not None else None
        if query.keeps(facts(name, frame, host, how)):
            chosen.add(name)
    return chosen


def _named(said: str, workspace: Workspace) -> set[str]:
    chosen: set[str] = set()
    for name in filter(None, (part.strip() for part in said.split(","))):
        group = {host for host, known in workspace.hosts.items() if name in known.groups}
        if name in workspace.hosts:
            chosen.add(name)
        elif name in workspace.environments:
            chosen |= set(workspace.environments[name].hosts)
        elif group:
            chosen |= group
        else:
            raise NotFound(f"no host, group or environment {name}", "`devops-tui fleet` lists all.")
    return chosen
