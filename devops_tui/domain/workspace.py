"""A workspace: everything that one devops.yaml says, checked and with defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devops_tui.domain.approval import Approvers
from devops_tui.domain.artifact import ArtifactPlace
from devops_tui.domain.board import BoardRules
from devops_tui.domain.errors import NotFound
from devops_tui.domain.fleet import Host
from devops_tui.domain.hours import Hours
from devops_tui.domain.ids import HostName, ServiceName
from devops_tui.domain.notify import Notify
from devops_tui.domain.pipeline import Pipeline
from devops_tui.domain.retention import Retention
from devops_tui.domain.team import Team
from devops_tui.domain.traffic import Service


@dataclass(frozen=True, slots=True)
class Environment:
    """Where services live, and how carefully it is handled.

    Attributes:
        is_protected: Dangerous acts ask for the typed name and a reason.
        is_readonly: Screens start able to look, not to change.
        colour: Accent of the top bar: a theme's name for it (success, warning, error...).
        hours: When a release may act here.
        approvers: Who opens the gate of a release here, unless the release says so itself.
        break_glass: Who may act outside of the hours, with a reason; None for the default.
    """

    name: str
    hosts: tuple[HostName, ...] = ()
    is_protected: bool = False
    is_readonly: bool = False
    colour: str = "primary"
    hours: Hours = field(default_factory=Hours)
    approvers: Approvers | None = None
    break_glass: Approvers | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule over the figures of hosts; the expression's grammar is in docs/workspace.md."""

    name: str
    when: str
    for_s: float = 0.0
    clear: str = ""
    severity: str = "medium"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The whole configuration of one workspace.

    Attributes:
        workers: Labels of workers, by the name of their machine.
    """

    name: str
    folder: str
    team: Team = field(default_factory=Team)
    board: BoardRules = field(default_factory=BoardRules)
    hosts: Mapping[str, Host] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    pipelines: Mapping[str, Pipeline] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    retention: Retention = field(default_factory=Retention)
    artifacts: ArtifactPlace | None = None  # None: this machine
    workers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notify: Notify = field(default_factory=Notify)

    def host(self, name: str) -> Host:
        """The host of that name.

        Raises:
            NotFound: There is none.
        """
        try:
            return self.hosts[name]
        except KeyError:
            raise NotFound(f"no host {name}", _choices(self.hosts)) from None

    def service(self, name: str) -> Service:
        """The service of that name.

        Raises:
            NotFound: There is none.
        """
        try:
            return self.services[name]
        except KeyError:
            raise NotFound(f"no service {name}", _choices(self.services)) from None

    def pipeline(self, name: str) -> Pipeline:
        """The pipeline of that name.

        Raises:
            NotFound: There is none.
        """
        try:
            return self.pipelines[name]
        except KeyError:
            raise NotFound(f"no pipeline {name}", _choices(self.pipelines)) from None

    def environment_of(self, service: ServiceName) -> Environment:
        """The environment that a service lives in."""
        name = self.service(service).environment
        return self.environments.get(name, Environment(name))


def _choices(names: Mapping[str, object]) -> str:
    shown = ", ".join(sorted(names)[:8])
    return f"There are: {shown}." if shown else "The workspace has none."
