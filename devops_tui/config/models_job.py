"""The models of what stands in a stage: one for each kind of work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from devops_tui.config.fields import (
    AtLeast,
    AtMostMs,
    AtMostRatio,
    Duration,
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
from devops_tui.config.models_service import UrlPath

LATER_WORK = {
    "jmeter": "measure with `start:` instead",
    "terraform": "call it with `run:` instead",
}


def _check_glob(text: str) -> str:
    if text.startswith("/") or ".." in text.split("/"):
        raise mistake("artifacts lie below the checkout", "write a pattern like dist/*.whl")
    return text


def _check_file(text: str) -> str:
    if "/" in text or any(c in text for c in "*?["):
        raise mistake("an artifact is named by its file name", "write it without folder and *")
    return text


Globs = list[Annotated[Text, AfterValidator(_check_glob)]]


class JobModel(Model):
    """What jobs have in common, whatever their work."""

    later: ClassVar[Mapping[str, str]] = {**LATER_WORK, "reports": "nobody would read them"}

    needs: list[Name] = Field(default_factory=list)
    timeout: Duration = 3600.0
    retries: Annotated[int, Field(ge=0, le=10)] = 0
    always: bool = False
    idempotent: bool = False


class RunJobModel(JobModel):
    """Runs a script, here or on hosts."""

    run: Script = Field(examples=["make test"])
    hosts: HostNames = Field(default_factory=list)
    env: dict[EnvName, EnvValue] = Field(default_factory=dict)
    secrets: dict[EnvName, SecretReference] = Field(default_factory=dict)
    artifacts: Globs = Field(default_factory=list)


class GateModel(Model):
    """What a load test must reach."""

    tps: AtLeast | None = None
    mean: AtMostMs | None = None
    p95: AtMostMs | None = None
    errors: AtMostRatio = 0.01


class LoadJobModel(JobModel):
    """Starts what was built and measures it."""

    start: Script = Field(examples=["./serve --port $PORT"])
    path: UrlPath = "/"
    duration: Duration = 5.0
    connections: Annotated[int, Field(ge=1, le=1000)] = 8
    gate: GateModel = GateModel()


class DeployJobModel(JobModel):
    """Puts an artifact on the idle colour of a service."""

    service: ServiceName = Field(examples=["shop"])
    artifact: Annotated[Text, AfterValidator(_check_file)] = Field(examples=["shop.pyz"])


class ReleaseModel(Model):
    """Approval, flip and bake of a service."""

    later: ClassVar[Mapping[str, str]] = {"batches": "the whole traffic would switch at once"}

    service: ServiceName = Field(examples=["shop"])
    expires: Duration = 7 * 86400.0


class MonitorJobModel(Model):
    """Watches a service after its release."""

    later: ClassVar[Mapping[str, str]] = {"watch": "health and errors are watched, nothing else"}

    service: ServiceName = ""
    for_: Duration = Field(60.0, alias="for")
    interval: Duration = 1.0
    errors: AtMostRatio = 0.01
    reverts: bool = True
    needs: list[Name] = Field(default_factory=list)
