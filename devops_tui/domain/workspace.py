"""A workspace: everything that one devops.yaml says, checked and with defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devops_tui.domain.approval import Approvers, why_not_may
from devops_tui.domain.artifact import ArtifactPlace
from devops_tui.domain.automation import STANDARD, BoardRule
from devops_tui.domain.board import BoardRules
from devops_tui.domain.card_template import CardTemplate
from devops_tui.domain.errors import NotFound
from devops_tui.domain.export import Export, FigureSource
from devops_tui.domain.fleet import Host
from devops_tui.domain.history import HistoryKeep
from devops_tui.domain.hours import Hours
from devops_tui.domain.ids import HostName, ServiceName
from devops_tui.domain.intake import Intake
from devops_tui.domain.jira import JiraSettings
from devops_tui.domain.notify import Notify
from devops_tui.domain.oncall import Rota
from devops_tui.domain.pipeline import Pipeline
from devops_tui.domain.quarantine import Quarantine
from devops_tui.domain.retention import Retention
from devops_tui.domain.rule import Rule
from devops_tui.domain.silence import Maintenance
from devops_tui.domain.slow_plan import SlowPlan
from devops_tui.domain.team import Role, Team
from devops_tui.domain.tool import ToolSettings
from devops_tui.domain.traffic import Service

GLASS_BREAKERS = Approvers(roles=(Role.PRODUCT_OWNER, Role.SCRUM_MASTER))
"""Who may act outside of the hours of an environment that does not say so itself."""


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
    """A rule over the figures of hosts; the expression's grammar is in docs/workspace.md.

    Attributes:
        for_s: How long `when` has to hold without a break.
        clear: What ends it; empty: that `when` holds no more.
        groups: Only hosts in one of them; empty for all.
    """

    name: str
    when: str
    for_s: float = 0.0
    clear: str = ""
    severity: str = "medium"
    groups: tuple[str, ...] = ()


UNREACHABLE = Alert("unreachable", "unreachable", 300.0, severity="high")
"""Told without being written, unless an alert of this name says otherwise."""


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
    automation: tuple[BoardRule, ...] = STANDARD  # of the board
    templates: tuple[CardTemplate, ...] = ()
    intake: Intake = field(default_factory=Intake)
    jira: JiraSettings | None = None
    hosts: Mapping[str, Host] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    pipelines: Mapping[str, Pipeline] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    history: HistoryKeep = field(default_factory=HistoryKeep)
    retention: Retention = field(default_factory=Retention)
    artifacts: ArtifactPlace | None = None  # None: this machine
    workers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notify: Notify = field(default_factory=Notify)
    oncall: Rota | None = None
    quarantine: tuple[Quarantine, ...] = ()
    rules: tuple[Rule, ...] = ()  # of the triage, besides the catalogue
    runbook: str = ""  # of problems that no rule names one for; a path
    host_limits: Mapping[str, float] = field(default_factory=dict)  # ratios, beside diagnosis.HIGH
    slow: SlowPlan = field(default_factory=SlowPlan)
    export: Export = field(default_factory=Export)
    maintenance: tuple[Maintenance, ...] = ()
    figures: FigureSource = field(default_factory=FigureSource)
    tools: tuple[ToolSettings, ...] = ()

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

    def hours_of(self, service: str, pipeline: str = "") -> tuple[Hours, ...]:
        """All that say when a service may be changed: of its environment, of the pipeline.

        Raises:
            NotFound: There is no such service.
        """
        found = [self.environment_of(ServiceName(service)).hours]
        if pipeline in self.pipelines:
            found.append(self.pipelines[pipeline].hours)
        return tuple(found)

    def why_not_break_glass(self, service: str, actor: str) -> str | None:
        """Why a person may not act on a service outside of its hours; None when it may.

        Raises:
            NotFound: There is no such service.
        """
        place = self.environment_of(ServiceName(service))
        reason = why_not_may(place.break_glass or GLASS_BREAKERS, self.team, actor, ())
        return reason and reason.replace("decide this", f"break the glass of {place.name}")

    def environment_of(self, service: ServiceName) -> Environment:
        """The environment that a service lives in."""
        name = self.service(service).environment
        return self.environments.get(name, Environment(name))


def _choices(names: Mapping[str, object]) -> str:
    shown = ", ".join(sorted(names)[:8])
    return f"There are: {shown}." if shown else "The workspace has none."
