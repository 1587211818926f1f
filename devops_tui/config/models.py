"""The models of everything but services and jobs: team, board, hosts, environments, pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from devops_tui.config.fields import (
    EnvName,
    EnvValue,
    Groups,
    HostName,
    HostNames,
    Limit,
    Login,
    Model,
    Name,
    Port,
    SecretReference,
    StoreUrl,
    Text,
)
from devops_tui.config.models_rules import (
    ApproversModel,
    FreezeModel,
    PeopleModel,
    RoleName,
    WindowModel,
)
from devops_tui.config.models_source import ScheduleField, ScheduleModel, SourceModel
from devops_tui.config.models_worker import Labels

__all__ = ["ScheduleModel", "SourceModel"]


def as_list(value: object) -> object:
    """The short form is one text alone."""
    return [value] if isinstance(value, str) else value


class MemberModel(Model):
    """A person of the team; the name is also the login."""

    name: Login = Field(examples=["minji"])
    roles: Annotated[list[RoleName], Field(min_length=1)] = Field(
        default_factory=lambda: list[RoleName](("member",))
    )
    git: Annotated[list[Text], BeforeValidator(as_list)] = Field(default_factory=list)


class ColumnModel(Model):
    """A column of the board that has a limit."""

    limit: Limit = Field(examples=["2 per member"])


def _as_column(value: object) -> object:
    return {"limit": value} if isinstance(value, str | int) else value


Column = Annotated[ColumnModel, BeforeValidator(_as_column)]


class BoardModel(Model):
    """The rules of the board."""

    prefix: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,9}$")] = "CARD"
    planned: Column = ColumnModel.model_construct(limit=(None, 2.0))
    in_work: Column = ColumnModel.model_construct(limit=(None, 1.0))
    limits: Literal["hard", "soft"] = "hard"
    columns: list[Any] = Field(default_factory=list)
    lanes: list[Any] = Field(default_factory=list)
    automation: list[Any] = Field(default_factory=list)
    templates: dict[str, Any] = Field(default_factory=dict)
    intake: dict[str, Any] = Field(default_factory=dict)
    jira: Any = None


class HostModel(Model):
    """A server, or this machine."""

    address: Annotated[list[Text], BeforeValidator(as_list), Field(max_length=8)] = Field(
        default_factory=list
    )
    port: Port | None = None
    user: Text = ""
    identity: Text = ""
    certificate: Text = ""
    agent: Text = ""
    via: HostName = ""
    known_hosts: Text = ""
    groups: Groups = Field(default_factory=list)
    tags: Groups = Field(default_factory=list)
    scope: Literal["machine", "tree"] = "machine"
    local: bool = False


class EnvironmentModel(Model):
    """Where services live."""

    hosts: HostNames = Field(default_factory=list)
    protected: bool = False
    readonly: bool = False
    colour: Literal["primary", "secondary", "accent", "success", "warning", "error"] = "primary"
    windows: list[WindowModel] = Field(default_factory=list)
    freezes: list[FreezeModel] = Field(default_factory=list)
    approvers: ApproversModel | None = None
    break_glass: PeopleModel | None = None


class StageModel(Model):
    """What a stage with several jobs says for all of them."""

    if_: Text = Field("", alias="if")
    env: dict[EnvName, EnvValue] = Field(default_factory=dict)


class PipelineModel(Model):
    """A pipeline; its stages are read one by one, by `stages`."""

    source: SourceModel | None = None
    schedule: ScheduleField | None = None
    delivery: Literal["approved", "automatic"] = "approved"
    parameters: dict[str, Any] = Field(default_factory=dict)
    env: dict[EnvName, EnvValue] = Field(default_factory=dict)
    windows: list[WindowModel] = Field(default_factory=list)
    freezes: list[FreezeModel] = Field(default_factory=list)
    runs_on: Labels
    stages: Annotated[list[Any], Field(min_length=1, examples=["[]"])]


class StoreModel(Model):
    """Where a team keeps what all of its screens and workers share."""

    url: StoreUrl = Field(examples=["postgresql://ops@db.example.com/devops"])
    password: SecretReference = ""


def as_store(value: object) -> object:
    """The short form is the URL alone."""
    return {"url": value} if isinstance(value, str) else value


Store = Annotated[StoreModel, BeforeValidator(as_store)]


class WorkspaceModel(Model):
    """The top of devops.yaml; each section is read by itself."""

    later: ClassVar[Mapping[str, str]] = {
        "inventory": "its hosts would be missing; list them under `hosts:`",
    }

    name: Name = Field(examples=["shop"])
    store: Store | None = None
    include: list[Text] = Field(default_factory=list)
    team: list[Any] = Field(default_factory=list)
    notify: dict[str, Any] = Field(default_factory=dict)
    oncall: Any = None
    quarantine: list[Any] = Field(default_factory=list)
    board: dict[str, Any] = Field(default_factory=dict)
    hosts: dict[str, Any] = Field(default_factory=dict)
    hosts_from: dict[str, Any] = Field(default_factory=dict)
    environments: dict[str, Any] = Field(default_factory=dict)
    services: dict[str, Any] = Field(default_factory=dict)
    pipelines: dict[str, Any] = Field(default_factory=dict)
    retention: dict[str, Any] = Field(default_factory=dict)
    artifacts: dict[str, Any] = Field(default_factory=dict)
    workers: dict[str, Any] = Field(default_factory=dict)
    history: dict[str, Any] = Field(default_factory=dict)
    alerts: list[Any] = Field(default_factory=list)
    maintenance: list[Any] = Field(default_factory=list)
    checks: list[Any] = Field(default_factory=list)
    certificates: list[Any] = Field(default_factory=list)
    databases: list[Any] = Field(default_factory=list)
    log_files: list[Any] = Field(default_factory=list)
    export: dict[str, Any] = Field(default_factory=dict)
    tools: dict[str, Any] = Field(default_factory=dict)
    triage: Any = None


class IncludedModel(Model):
    """The top of an included file."""

    hosts: dict[str, Any] = Field(default_factory=dict)
    environments: dict[str, Any] = Field(default_factory=dict)
    services: dict[str, Any] = Field(default_factory=dict)
    pipelines: dict[str, Any] = Field(default_factory=dict)
