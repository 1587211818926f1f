"""The models of slow questions to hosts, and of where figures go."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from devops_tui.config.fields import (
    AbsolutePath,
    Duration,
    Groups,
    Model,
    Name,
    Script,
    SecretReference,
    Text,
    mistake,
)
from devops_tui.config.yaml_events import shown
from devops_tui.domain.web import plain_http_leaves

_PORT = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}:)?([0-9]{1,5})")


def _as_list(value: object) -> object:
    found = value if isinstance(value, list) else [value]
    return [str(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in found]


def _tls_port(text: str) -> str:
    found = _PORT.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= 65535:
        raise mistake(f"bad port `{shown(text)}`", "write one like 443, or shop.example.com:8443")
    return text


def _place(value: object) -> tuple[str, int]:
    """(address, port) of `9464`, `0.0.0.0:9464` or `[::1]:9464`."""
    todo = "write a port, or an address and a port, like 127.0.0.1:9464"
    address, _, port = str(value).rpartition(":")
    if isinstance(value, bool) or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:
        raise mistake(f"bad place to listen `{shown(str(value))}`", todo)
    try:
        found = ipaddress.ip_address(address.strip("[]") or "127.0.0.1")
    except ValueError:
        raise mistake(f"`{shown(address)}` is no address of a machine", todo) from None
    return str(found), int(port)


Place = Annotated[tuple[str, int], BeforeValidator(_place)]
"""Where to listen; loopback where only a port is written."""


def _write_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise mistake("no URL of a remote write", "write http://... or https://...")
    if plain_http_leaves(text):
        raise mistake("figures would cross a network readable by anybody", "write https://...")
    return text


def figures_url(text: str) -> str:
    """An URL to read from, that nobody on the way reads along."""
    if not text.startswith(("http://", "https://")) or "?" in text:
        raise mistake("no URL of a store of figures", "write http://... or https://...")
    if plain_http_leaves(text):
        raise mistake("figures would cross a network readable by anybody", "write https://...")
    return text


def _no_colon(text: str) -> str:
    if ":" in text:
        raise mistake("a user's name has no colon", "write the name alone")
    return text


UserName = Annotated[Text, AfterValidator(_no_colon)]


class CheckModel(Model):
    """A command on hosts that speaks the Nagios plugin protocol."""

    name: Name = Field(examples=["mail-queue"])
    run: Script = Field(examples=["/usr/lib/nagios/plugins/check_mailq -w 10 -c 20"])
    every: Duration = 300.0
    timeout: Annotated[Duration, Field(le=120)] = 10.0
    groups: Groups = Field(default_factory=list)


class CertificatesModel(Model):
    """Certificates on hosts."""

    files: Annotated[list[AbsolutePath], BeforeValidator(_as_list)] = Field(default_factory=list)
    ports: Annotated[list[Annotated[str, AfterValidator(_tls_port)]], BeforeValidator(_as_list)] = (
        Field(default_factory=list)
    )
    warn: Duration = 21 * 86400.0
    groups: Groups = Field(default_factory=list)


class RemoteWriteModel(Model):
    """Prometheus remote write."""

    user: UserName = ""
    password: SecretReference = ""
    token: SecretReference = ""

    url: Annotated[Text, AfterValidator(_write_url)] = Field(
        examples=["http://127.0.0.1:9090/api/v1/write"]
    )
    every: Duration = 15.0


class ExportModel(Model):
    """Where figures go."""

    listen: Place | None = None
    remote_write: RemoteWriteModel | None = None
