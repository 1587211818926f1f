"""The model of a connected tool."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from devops_tui.config.fields import Duration, Model, SecretReference, Text, mistake, site_url
from devops_tui.config.models_slow import UserName
from devops_tui.domain.tool import KINDS, ToolKind
from devops_tui.domain.web import plain_http_leaves

KindName = Literal[
    "alertmanager",
    "bamboo",
    "buildbot",
    "elasticsearch",
    "fluentd",
    "gocd",
    "grafana",
    "icinga",
    "influxdb",
    "jenkins",
    "jennifer",
    "nagios",
    "newrelic",
    "pinpoint",
    "prometheus",
    "sensu",
    "spinnaker",
    "splunk",
    "zabbix",
]
"""The kinds of ToolKind, one by one, so that a mistake can be answered by the nearest."""

if set(get_args(KindName)) != {kind.value for kind in ToolKind}:
    raise TypeError("the kinds of tools here and in domain.tool differ")


def _check_url(text: str) -> str:
    return site_url(text, "a tool", "https://grafana.example.com", "password")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class ToolModel(Model):
    """A tool that is read."""

    kind: KindName = Field(examples=["prometheus"])
    url: Annotated[Text, AfterValidator(_check_url)] = Field(
        examples=["https://prometheus.example.com"]
    )
    user: UserName = ""
    password: SecretReference = ""
    token: SecretReference = ""
    plain_http: bool = False
    ca: Text = ""
    every: Annotated[Duration, Field(ge=5)] = 60.0
    only: Annotated[list[Text], BeforeValidator(_as_list)] = Field(default_factory=list)
    incidents: Literal["none", "critical", "warning"] = "none"
    query: Text | None = None
    account: Text | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        facts = KINDS[ToolKind(self.kind)]
        for name in ("query", "account"):
            is_given = getattr(self, name) is not None
            if not is_given and name in facts.needs:
                raise mistake(f"{self.kind} needs `{name}`", "docs/tools.md says what it is")
            if is_given and name not in (*facts.needs, *facts.takes):
                raise mistake(f"{self.kind} has no `{name}`", "leave it out")
        has_login = bool(self.token or self.password)
        if has_login and plain_http_leaves(self.url) and not self.plain_http:
            raise mistake(
                "plain http would show the login to the network",
                "write https://, or allow it by `plain_http: true`",
            )
        return self
