"""Commands for hosts by hand: what forbids them, and the run that does them."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.host_command import EXEC, HostCommand
from devops_tui.domain.pipeline import Run
from devops_tui.domain.workspace import Environment, Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.pipelines import store_plan
from devops_tui.services.shells import environments_of


def around(workspace: Workspace, command: HostCommand) -> list[Environment]:
    """The environments that the hosts of a command belong to, each once."""
    found = {e.name: e for host in command.hosts for e in environments_of(workspace, host)}
    return list(found.values())


def check(workspace: Workspace, command: HostCommand, why: str, armed: Sequence[str] = ()) -> None:
    """Returns when nothing forbids it.

    `armed` names the look-only environments that the operator has armed.

    Raises:
        NotFound: A host is not in the workspace.
        Refused: Nothing to do, a look-only environment, or a reason is needed.
    """
    if not command.hosts:
        raise Refused("no host is meant", "Name hosts, a group or a query that fits some.")
    if not command.argv and not command.script.strip():
        raise Refused("no command is given", "Write it after `--`, or name a --script.")
    if EXEC in workspace.pipelines:
        raise Refused(f"a pipeline is named {EXEC}", "Give it another name.")
    for host in command.hosts:
        if host not in workspace.hosts:
            raise NotFound(f"no host {host}")
    for place in around(workspace, command):
        if place.is_readonly and place.name not in armed:
            raise Refused(f"{place.name} is look-only", "Arm it (w), or say --armed.")
        if place.is_protected and not why.strip():
            raise Refused(f"{place.name} is protected: a reason is needed", "Say why by --why.")


def start(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    command: HostCommand,
    actor: str,
    why: str = "",
    armed: Sequence[str] = (),
) -> Run:
    """Stores the run that an engine then walks as any other; raises as `check`."""
    check(workspace, command, why, armed)
    return store_plan(store, clock, command.plan(), actor, why, "hand", hosts=list(command.hosts))
