"""The models of a switch: one for each kind of balancer."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from devops_tui.config.fields import (
    AbsolutePath,
    HostNames,
    Model,
    Name,
    Port,
    Text,
    mistake,
)
from devops_tui.config.models_cloud import AlbModel, KubernetesModel, Route53Model

_BACKEND = re.compile(r"(?:[A-Za-z0-9_.:-]|\{service\}|\{colour\})+\Z")
_CADDY = 2019


def _check_backend(text: str) -> str:
    if not _BACKEND.match(text) or "{colour}" not in text:
        raise mistake(
            "a backend's name must hold {colour}, and no braces but {service} and {colour}",
            'write it like "{service}_{colour}"',
        )
    return text


def _check_admin(value: object) -> object:
    is_port = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535
    is_path = isinstance(value, str) and value.startswith("/") and value.isprintable()
    if not is_port and not is_path:
        raise mistake(
            "no admin endpoint",
            "write a port of the balancer's 127.0.0.1, like 2019, or the path of a socket",
        )
    return value


def _check_command(text: str) -> str:
    if not text.strip():
        raise mistake("no command", "write the program with its path")
    return text


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Backend = Annotated[str, AfterValidator(_check_backend)]
Admin = Annotated[int | str, BeforeValidator(_check_admin)]
Command = Annotated[Text, AfterValidator(_check_command)]
Promise = Literal["atomic", "fenced", "drain", "restart", "testers"]


class HaproxyModel(Model):
    """A versioned map on every balancer."""

    hosts: HostNames = Field(examples=["lb-1"])
    socket: AbsolutePath = Field(examples=["/run/haproxy/admin.sock"])
    map: AbsolutePath = Field(examples=["/etc/haproxy/colour.map"])
    key: Name = ""
    backend: Backend = "{service}_{colour}"
    port: Port = 80
    weighted: bool = False


class NginxModel(Model):
    """A flag file that nginx looks for at each request, or an included file and a reload."""

    hosts: HostNames = Field(examples=["lb-1"])
    flag: AbsolutePath | None = None
    include: AbsolutePath | None = None
    reload: Command = ""
    test: Command = "nginx -t"
    pid: AbsolutePath = "/run/nginx.pid"
    port: Port = 80

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        if (self.flag is None) == (self.include is None):
            raise mistake(
                "nginx needs one of `flag` and `include`",
                "write `flag: /etc/nginx/colour/shop.green`: it needs no reload",
            )
        if self.include is not None and not self.reload:
            raise mistake(
                "`include` needs `reload`: nginx reads the file at a reload only",
                "write the command, like `reload: sudo nginx -s reload`",
            )
        return self


class CaddyModel(Model):
    """A `vars` handler of the running configuration, over the admin API."""

    hosts: HostNames = Field(examples=["lb-1"])
    admin: Admin = _CADDY
    id: Name = ""
    file: AbsolutePath | None = None
    port: Port = 80


class EnvoyModel(Model):
    """Two runtime keys, over the admin endpoint."""

    hosts: HostNames = Field(examples=["lb-1"])
    admin: Admin = Field(examples=[9901])
    key: Name = ""
    cluster: Backend = "{service}_{colour}"
    port: Port = 80
    runtime: AbsolutePath | None = None


class TraefikModel(Model):
    """A file of the file provider, and the API that says what is loaded."""

    hosts: HostNames = Field(examples=["lb-1"])
    file: AbsolutePath = Field(examples=["/etc/traefik/rules/shop.yml"])
    api: Port = 8080
    service: Name = ""
    backend: Backend = "{service}_{colour}"
    port: Port = 80


class CommandModel(Model):
    """A program of the operator on every balancer."""

    hosts: HostNames = Field(examples=["lb-1"])
    run: Command = Field(examples=["/usr/local/bin/shop-switch"])
    can: Annotated[list[Promise], BeforeValidator(_as_list)] = Field(default_factory=list)
    port: Port = 80


class SwitchModel(Model):
    """What sends traffic to one colour: one key, which names its kind."""

    haproxy: HaproxyModel | None = None
    nginx: NginxModel | None = None
    caddy: CaddyModel | None = None
    envoy: EnvoyModel | None = None
    traefik: TraefikModel | None = None
    command: CommandModel | None = None
    alb: AlbModel | None = None
    route53: Route53Model | None = None
    kubernetes: KubernetesModel | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise mistake(
                "one kind of switch is needed",
                "write one, like `{nginx: {hosts: lb-1, flag: /etc/nginx/colour/shop.green}}`",
            )
        return self
