"""The models of database servers and of files whose ends are shown."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from devops_tui.config.fields import (
    Duration,
    Groups,
    Login,
    Model,
    Name,
    Port,
    SecretReference,
    Text,
    mistake,
)
from devops_tui.config.yaml_events import shown

_SERVER = re.compile(r"(?:/[\w./-]{1,100}|[\w:][\w.:-]{0,252})\Z")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _server(text: str) -> str:
    if not _SERVER.match(text):
        todo = "write a name, an address, or the folder of its socket"
        raise mistake(f"bad server `{shown(text)}`", todo)
    return text


def _file(text: str) -> str:
    if not text.startswith("/") or "*" in text.rpartition("/")[0]:
        todo = "write an absolute path; `*` stands in the file's name only"
        raise mistake(f"bad path `{shown(text)}`", todo)
    return text


class DatabaseModel(Model):
    """A database server, asked on the hosts where it runs."""

    name: Name = Field(examples=["main"])
    kind: Literal["postgres", "redis"] = Field(examples=["postgres"])
    server: Annotated[Text, AfterValidator(_server)] = ""
    port: Port | None = None
    user: Login = ""
    database: Text = ""
    password: SecretReference = ""
    every: Annotated[Duration, Field(ge=10)] = 60.0
    groups: Groups = Field(default_factory=list)


class LogFilesModel(Model):
    """Files whose ends are shown of a host."""

    files: Annotated[
        list[Annotated[Text, AfterValidator(_file)]],
        BeforeValidator(_as_list),
        Field(min_length=1, max_length=20),
    ] = Field(examples=["[/var/log/shop/*.log]"])
    groups: Groups = Field(default_factory=list)
