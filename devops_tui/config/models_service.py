"""The models of a service: its colours, its health, its switch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from devops_tui.config.fields import (
    AbsolutePath,
    Duration,
    EnvironmentName,
    HostFolder,
    HostNames,
    Model,
    Name,
    Pause,
    Port,
    Script,
    Text,
    mistake,
)

_BACKEND = re.compile(r"(?:[A-Za-z0-9_.:-]|\{service\}|\{colour\})+\Z")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}\Z")


def _check_url_path(text: str) -> str:
    if not text.startswith("/") or not text.isascii() or " " in text:
        raise mistake("no path of a URL", "begin it with /, like /healthz")
    return text


def _check_backend(text: str) -> str:
    if not _BACKEND.match(text) or "{colour}" not in text:
        raise mistake(
            "a backend's name must hold {colour}, and no braces but {service} and {colour}",
            'write it like "{service}_{colour}"',
        )
    return text


def _check_header(text: str) -> str:
    if not _HEADER.match(text):
        raise mistake("no name of a header", "write it like X-Version")
    return text


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


class HaproxyModel(Model):
    """A versioned map on every balancer."""

    hosts: HostNames = Field(examples=["lb-1"])
    socket: AbsolutePath = Field(examples=["/run/haproxy/admin.sock"])
    map: AbsolutePath = Field(examples=["/etc/haproxy/colour.map"])
    key: Name = ""
    backend: Annotated[str, AfterValidator(_check_backend)] = "{service}_{colour}"
    port: Port = 80


class NginxModel(Model):
    """A flag file that nginx looks for at each request."""

    hosts: HostNames = Field(examples=["lb-1"])
    flag: AbsolutePath = Field(examples=["/etc/nginx/colour/shop.green"])
    port: Port = 80


class SwitchModel(Model):
    """What sends traffic to one colour: one key, which names its kind."""

    later: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("caddy", "envoy", "traefik"), "haproxy and nginx are the switches there are"
    )

    haproxy: HaproxyModel | None = None
    nginx: NginxModel | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise mistake(
                "one kind of switch is needed",
                "write one, like `{nginx: {hosts: lb-1, flag: /etc/nginx/colour/shop.green}}`",
            )
        return self


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
