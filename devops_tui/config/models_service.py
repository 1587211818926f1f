"""The models of a service: its colours, its health, its switch."""

from __future__ import annotations

import re
from itertools import pairwise
from math import isfinite
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from devops_tui.config.fields import (
    Duration,
    EnvironmentName,
    HostFolder,
    HostNames,
    Model,
    Pause,
    Port,
    Script,
    Text,
    mistake,
)
from devops_tui.config.models_hosts import BatchSize
from devops_tui.config.models_switch import SwitchModel

_COOKIE = re.compile(r"[A-Za-z0-9_]{1,60}\Z")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}\Z")


def _check_url_path(text: str) -> str:
    if not text.startswith("/") or not text.isascii() or " " in text:
        raise mistake("no path of a URL", "begin it with /, like /healthz")
    return text


def _check_header(text: str) -> str:
    if not _HEADER.match(text):
        raise mistake("no name of a header", "write it like X-Version")
    return text


def _check_cookie(text: str) -> str:
    if not _COOKIE.match(text):
        raise mistake("no name of a cookie", "write it like preview: letters, digits, _")
    return text


def _check_canary(shares: list[int]) -> list[int]:
    is_rising = all(a < b for a, b in pairwise(shares))
    if shares and not (is_rising and shares[0] > 0 and shares[-1] == 100):
        raise mistake(
            "shares must rise, from 1 at least to 100", "write them like [1, 5, 25, 50, 100]"
        )
    return shares


UrlPath = Annotated[Text, AfterValidator(_check_url_path)]


class ColourModel(Model):
    """The servers of one colour."""

    hosts: HostNames = Field(examples=["web-1"])
    port: Port = Field(examples=[8080])
    ports: dict[str, Port] = Field(default_factory=dict)


class ColoursModel(Model):
    """Blue and green; a service without a switch has blue alone."""

    blue: ColourModel = Field(examples=["{hosts: web-1, port: 8080}"])
    green: ColourModel | None = None


class HealthModel(Model):
    """How a server says that it is well."""

    path: UrlPath = "/healthz"
    status: Annotated[int, Field(ge=100, le=599)] = 200
    version_header: Annotated[str, AfterValidator(_check_header)] = "X-Version"
    interval: Duration = 2.0
    timeout: Duration = 2.0


class TestersModel(Model):
    """How a tester asks for a colour by its name."""

    header: Annotated[str, AfterValidator(_check_header)] | None = None
    cookie: Annotated[str, AfterValidator(_check_cookie)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.header is None) == (self.cookie is None):
            raise mistake(
                "testers are known by one of `header` and `cookie`",
                "write it like `testers: {header: X-Preview}`",
            )
        return self


class PromqlModel(Model):
    """A question to a connected Prometheus, and which answers are well."""

    tool: Text = Field(examples=["prometheus"])
    query: Text = Field(examples=['sum(rate(http_errors_total{service="shop"}[1m]))'])
    most: float | None = None
    least: float | None = None

    @model_validator(mode="after")
    def _is_bound(self) -> Self:
        bounds = [b for b in (self.most, self.least) if b is not None]
        if not bounds or not all(map(isfinite, bounds)):
            raise mistake("a question needs a bound", "write `most: 5`, or `least: 100`, or both")
        return self


class WatchModel(Model):
    """What the watches of a service look at beside health, errors and latency."""

    alerts: bool = False
    promql: list[PromqlModel] = Field(default_factory=list)


class ServiceModel(Model):
    """A service."""

    environment: EnvironmentName = Field(examples=["production"])
    colours: ColoursModel = Field(examples=["{blue: {hosts: web-1, port: 8080}}"])
    health: HealthModel = HealthModel()
    switch: SwitchModel | None = None
    up: Script = ""
    install_dir: HostFolder = ""
    bake: Duration = 600.0
    keep_warm: Pause = 7200.0
    drain: Pause = 30.0
    canary: Annotated[list[int], AfterValidator(_check_canary)] = Field(default_factory=list)
    canary_step: Duration = 60.0
    down: Script = ""
    batches: list[BatchSize] = Field(default_factory=list)
    testers: TestersModel | None = None
    watch: WatchModel = WatchModel()
