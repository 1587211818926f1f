"""The models of the channels on which people are told."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from devops_tui.config.fields import (
    Duration,
    EnvironmentName,
    Model,
    Port,
    SecretReference,
    Text,
    by_word,
    mistake,
    reference,
)
from devops_tui.config.words import BadWord, secret_reference
from devops_tui.domain.web import plain_http_leaves

TopicName = Literal[
    "approval",
    "decision",
    "run",
    "traffic",
    "incident",
    "host",
    "board",
    "break_glass",
    "notify",
]

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\\]+@[^\s@<>,;:\"()\\]+\Z")


def _hook_url(value: object) -> str:
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        if any(c.isspace() or not c.isprintable() for c in value) or "@" in value.split("?")[0]:
            raise BadWord("no URL of a webhook", "write it like https://chat.example.com/hook")
        return value
    try:
        return secret_reference(value)
    except BadWord:
        todo = "write https://..., or where it is found, like env:CHAT_URL"
        raise BadWord("no URL of a webhook", todo) from None


def _check_address(text: str) -> str:
    if not _ADDRESS.match(text):
        raise mistake("no address of mail", "write it like ops@example.com")
    return text


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


HookUrl = Annotated[str, by_word(_hook_url)]
Address = Annotated[Text, AfterValidator(_check_address)]
Addresses = Annotated[list[Address], BeforeValidator(_as_list), Field(min_length=1)]


class TerminalModel(Model):
    """The terminal of each open screen."""

    bell: bool = True
    desktop: Literal["off", "osc9", "osc777"] = "off"


class WebhookModel(Model):
    """JSON by HTTP POST."""

    url: HookUrl = Field(examples=["env:CHAT_URL"])
    sign: SecretReference = ""
    plain_http: bool = False
    details: bool = True

    @model_validator(mode="after")
    def _is_protected(self) -> Self:
        if plain_http_leaves(self.url) and not self.plain_http:
            raise mistake(
                "plain http would carry this over the network unprotected",
                "write https://, or allow it by `plain_http: true`",
            )
        return self


class EmailModel(Model):
    """Mail by SMTP."""

    host: Text = Field(examples=["smtp.example.com"])
    port: Port = 587
    from_: Address = Field(alias="from", examples=["devops@example.com"])
    to: Addresses = Field(examples=["ops@example.com"])
    user: Text = ""
    password: SecretReference = ""
    tls: Literal["starttls", "implicit", "none"] = "starttls"

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.user) != bool(self.password):
            raise mistake("a user needs a password, and the other way round", "write both")
        if self.user and self.tls == "none":
            raise mistake("a password without TLS", "leave `tls` out, or the user")
        return self


class ChannelModel(Model):
    """One way of telling, and what is told."""

    terminal: TerminalModel | None = None
    webhook: WebhookModel | None = None
    email: EmailModel | None = None
    command: Annotated[list[Text], Field(min_length=1)] | None = None
    on: Annotated[list[TopicName], BeforeValidator(_as_list), Field(min_length=1)] | None = None
    severity: Literal["info", "warning", "error"] = "warning"
    environments: Annotated[list[EnvironmentName], BeforeValidator(_as_list)] = Field(
        default_factory=list
    )
    pipelines: Annotated[list[Annotated[str, reference("pipeline")]], BeforeValidator(_as_list)] = (
        Field(default_factory=list)
    )
    every: Duration = 5.0
    give_up: Duration = 6 * 3600.0

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        ways = {"terminal", "webhook", "email", "command"} & self.model_fields_set
        if len(ways) != 1:
            raise mistake(
                "a channel has one way",
                "write one of terminal, webhook, email, command, like `{webhook: {url: env:CHAT}}`",
            )
        return self
