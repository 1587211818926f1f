"""The models of what stands in a stage: one for each kind of work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from devops_tui.config.fields import (
    AtLeast,
    AtMostMs,
    AtMostRatio,
    Duration,
    EnvironmentName,
    EnvName,
    EnvValue,
    HostNames,
    Model,
    Name,
    Script,
    SecretReference,
    ServiceName,
    Text,
    mistake,
)
from devops_tui.config.models_artifact import Fetches, PipelineName
from devops_tui.config.models_hosts import NO_RETRIES, BatchSize, FailedHosts, Retries
from devops_tui.config.models_rules import ApproversModel
from devops_tui.config.models_service import UrlPath
from devops_tui.config.models_worker import Labels
from devops_tui.config.yaml_events import shown

LATER_WORK = {
    "terraform": "call it with `run:` instead",
}


def _check_glob(text: str) -> str:
    if text.startswith("/") or ".." in text.split("/"):
        raise mistake("the files lie below the checkout", "write a pattern like dist/*.whl")
    return text


def _check_below(text: str) -> str:
    if text.startswith(("/", "-")) or ".." in text.split("/"):
        raise mistake("the file lies below the checkout", "write a path like load/plan.jmx")
    return text


def _check_file(text: str) -> str:
    if "/" in text or any(c in text for c in "*?["):
        raise mistake("an artifact is named by its file name", "write it without folder and *")
    return text


def _check_argument(text: str) -> str:
    if "\0" in text:
        raise mistake("an argument with a NUL", "leave it out")
    return text


def _check_folder(text: str) -> str:
    if ".." in text.split("/") or text.startswith("-"):
        raise mistake(f"bad folder `{shown(text)}`", "write one like docs, on hosts like /srv/shop")
    return text


Argument = Annotated[str, AfterValidator(_check_argument)]

Folder = Annotated[Text, AfterValidator(_check_folder)]

Globs = list[Annotated[Text, AfterValidator(_check_glob)]]

Below = Annotated[Text, AfterValidator(_check_below)]


class JobModel(Model):
    """What jobs have in common, whatever their work."""

    later: ClassVar[Mapping[str, str]] = LATER_WORK

    needs: list[Name] = Field(default_factory=list)
    if_: Text = Field("", alias="if")
    timeout: Duration = 3600.0
    retries: Retries = NO_RETRIES
    always: bool = False
    idempotent: bool = False
    runs_on: Labels


class GateModel(Model):
    """What a load test must reach."""

    tps: AtLeast | None = None
    mean: AtMostMs | None = None
    p95: AtMostMs | None = None
    p99: AtMostMs | None = None
    errors: AtMostRatio = 0.01
    slower: AtMostRatio | None = None
    more_errors: AtMostRatio | None = None


class ResultsModel(Model):
    """The file that a load tool leaves: one key, which names the tool."""

    jtl: Below = ""
    k6: Below = ""
    hey: Below = ""
    wrk: Below = ""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise mistake("results of one tool are needed", "write one, like `{jtl: out.jtl}`")
        return self


class RunJobModel(JobModel):
    """Runs a script, here or on hosts."""

    run: Script = ""
    argv: Annotated[list[Argument], Field(min_length=1)] = Field(default_factory=list)
    folder: Folder = ""
    matrix: dict[str, Any] = Field(default_factory=dict)
    hosts: HostNames = Field(default_factory=list)
    batches: Annotated[list[BatchSize], Field(min_length=1)] = Field(default_factory=list)
    max_failed: FailedHosts | None = None
    env: dict[EnvName, EnvValue] = Field(default_factory=dict)
    secrets: dict[EnvName, SecretReference] = Field(default_factory=dict)
    fetch: Fetches = Field(default_factory=list)
    artifacts: Globs = Field(default_factory=list)
    reports: Globs = Field(default_factory=list)
    results: ResultsModel | None = None
    gate: GateModel | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if not self.run and not self.argv:
            raise mistake("missing key `run`", "add it, like `run: make test`", of_key=True)
        return self

    @model_validator(mode="after")
    def _has_hosts(self) -> Self:
        for key in () if self.hosts else ("batches", "max_failed"):
            if key in self.model_fields_set:
                raise mistake(f"`{key}` without hosts", "say where: `hosts: [web]`")
        return self

    @model_validator(mode="after")
    def _has_results(self) -> Self:
        if self.gate is not None and self.results is None:
            raise mistake("a gate without results", "say where they are: `results: {jtl: out.jtl}`")
        return self


class LoadToolJobModel(JobModel):
    """Runs JMeter or k6 with a file of the checkout."""

    jmeter: Below = ""
    k6: Below = ""
    matrix: dict[str, Any] = Field(default_factory=dict)
    args: list[Text] = Field(default_factory=list)
    env: dict[EnvName, EnvValue] = Field(default_factory=dict)
    secrets: dict[EnvName, SecretReference] = Field(default_factory=dict)
    fetch: Fetches = Field(default_factory=list)
    artifacts: Globs = Field(default_factory=list)
    gate: GateModel = GateModel()

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.jmeter and self.k6:
            raise mistake("two load tools in one job", "make two jobs of it")
        return self


class LoadJobModel(JobModel):
    """Starts what was built and measures it."""

    start: Script = Field(examples=["./serve --port $PORT"])
    path: UrlPath = "/"
    duration: Duration = 5.0
    connections: Annotated[int, Field(ge=1, le=1000)] = 8
    matrix: dict[str, Any] = Field(default_factory=dict)
    fetch: Fetches = Field(default_factory=list)
    gate: GateModel = GateModel()


class DeployJobModel(JobModel):
    """Puts an artifact on the idle colour of a service."""

    service: ServiceName = Field(examples=["shop"])
    artifact: Annotated[Text, AfterValidator(_check_file)] = Field(examples=["shop.pyz"])
    from_: PipelineName = Field("", alias="from")
    after: EnvironmentName = ""


class ReleaseModel(Model):
    """Approval, flip and bake of a service."""

    later: ClassVar[Mapping[str, str]] = {"batches": "the whole traffic would switch at once"}

    service: ServiceName = Field(examples=["shop"])
    if_: Text = Field("", alias="if")
    expires: Duration = 7 * 86400.0
    approvers: ApproversModel | None = None
    remind: Duration | None = None


class ApproveModel(Model):
    """What is asked of whom."""

    text: Text = ""
    expires: Duration = 7 * 86400.0
    approvers: ApproversModel | None = None
    remind: Duration | None = None


class ApproveJobModel(Model):
    """Waits for people, in any stage."""

    approve: ApproveModel = Field(examples=["{text: go on?}"])
    if_: Text = Field("", alias="if")
    needs: list[Name] = Field(default_factory=list)


class MonitorJobModel(Model):
    """Watches a service after its release."""

    later: ClassVar[Mapping[str, str]] = {"watch": "write `watch` in the service"}

    service: ServiceName = ""
    if_: Text = Field("", alias="if")
    for_: Duration = Field(60.0, alias="for")
    interval: Duration = 1.0
    errors: AtMostRatio = 0.01
    slower: Annotated[float, Field(ge=1, le=1000)] = 3.0
    requests: Annotated[int, Field(ge=0, le=10**9)] = 0
    reverts: bool = True
    needs: list[Name] = Field(default_factory=list)
