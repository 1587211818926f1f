"""The models of figures over time, of alerts, and of what is exported."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from devops_tui.config.fields import Duration, Model, Name, Pause, SecretReference, Text
from devops_tui.config.models_slow import UserName, figures_url

_DAY_S = 86400.0


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class FiguresModel(Model):
    """Where charts are read back from."""

    user: UserName = ""
    password: SecretReference = ""
    token: SecretReference = ""

    url: Annotated[Text, AfterValidator(figures_url)] = Field(
        examples=["https://prometheus.example.com"]
    )


class HistoryModel(Model):
    """How long figures of hosts stay."""

    samples: Duration = 3600.0
    ten_seconds: Duration = _DAY_S
    minutes: Duration = 30 * _DAY_S
    hours: Duration = 365 * _DAY_S
    read_from: FiguresModel | None = None


class AlertModel(Model):
    """A rule over the figures of hosts."""

    name: Text = Field(examples=["cpu"])
    when: Text = Field(examples=['"cpu > 90 %"'])
    for_: Pause = Field(0.0, alias="for")
    clear: Text = ""
    severity: Literal["low", "medium", "high"] = "medium"
    groups: Annotated[list[Name], BeforeValidator(_as_list)] = Field(default_factory=list)
    enabled: bool = True
