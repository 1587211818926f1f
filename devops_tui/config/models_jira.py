"""The model of `board: {jira: ...}`."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from devops_tui.config.fields import (
    Duration,
    Model,
    SecretReference,
    Text,
    mistake,
    reference,
    site_url,
)
from devops_tui.config.models_board import KindName
from devops_tui.config.models_column import ColumnName
from devops_tui.domain.web import plain_http_leaves

_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{0,49}\Z")


def _check_url(text: str) -> str:
    url = site_url(text, "a Jira", "https://example.atlassian.net", "token")
    if plain_http_leaves(text):
        raise mistake("plain http would show the token to the network", "write https://")
    return url


def _check_project(text: str) -> str:
    if not _PROJECT.match(text):
        raise mistake("no key of a project", "write it like SHOP, as issues begin")
    return text


def _check_filter(text: str) -> str:
    if re.search(r"\border\s+by\b", text, re.IGNORECASE):
        raise mistake("the filter has an order", "leave `ORDER BY` out: only which issues counts")
    if text.count("(") != text.count(")"):
        raise mistake("the filter's parentheses do not match", "write JQL that stands alone")
    return text


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Statuses = Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)]


class JiraModel(Model):
    """The Jira that holds the same work."""

    url: Annotated[Text, AfterValidator(_check_url)] = Field(
        examples=["https://example.atlassian.net"]
    )
    project: Annotated[str, AfterValidator(_check_project)] = Field(examples=["SHOP"])
    token: SecretReference = Field(examples=["env:JIRA_TOKEN"])
    user: Text = ""
    kind: Literal["cloud", "server"] | None = None
    board: Annotated[int, Field(ge=1)] | None = None
    filter: Annotated[Text, AfterValidator(_check_filter)] | None = None
    columns: dict[ColumnName, Statuses] = Field(default_factory=dict)
    people: dict[Annotated[str, reference("member")], Text] = Field(default_factory=dict)
    types: dict[KindName, Text] = Field(default_factory=dict)
    every: Duration = 30.0
    create: bool = True

    @property
    def is_cloud(self) -> bool:
        """As it says, else by its address."""
        if self.kind is not None:
            return self.kind == "cloud"
        return (urlsplit(self.url).hostname or "").endswith(".atlassian.net")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.is_cloud and not self.user:
            raise mistake(
                "a token of Jira Cloud belongs to a mail address", "write `user: ops@example.com`"
            )
        if self.board is None and not self.columns:
            raise mistake(
                "nothing says which status is which column",
                "write `board: 12`, or `columns: {planned: Selected, in_work: In Progress}`",
            )
        return self
