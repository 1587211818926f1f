"""The models of `triage:` and of a file of rules."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from devops_tui.config.fields import Model, Text


class RuleModel(Model):
    """One known cause, with the line that is its test."""

    name: Text = Field(examples=["no licence"])
    patterns: Annotated[list[Text], Field(min_length=1, max_length=20, examples=["['...']"])]
    example: Text = Field(examples=["ERROR no licence for 12 seats"])
    weight: Annotated[int | float, Field(ge=0, le=1)] = 0.95
    fix: Text = ""
    capture: Annotated[str, Field(pattern=r"^(?:[a-z_]{1,40})?$")] = ""
    runbook: Text = ""


class RulesModel(Model):
    """The top of a file of rules; each rule is read by itself."""

    rules: Annotated[list[Any], Field(max_length=1000, examples=["[]"])]


Limit = Annotated[int | float, Field(gt=0, le=100, examples=[90])]


class LimitsModel(Model):
    """From which per cent on a figure of a host is said to be over its limit."""

    cpu: Limit | None = None
    memory: Limit | None = None
    disk: Limit | None = None
    swap: Limit | None = None
    iowait: Limit | None = None
    steal: Limit | None = None


class TriageModel(Model):
    """What the workspace says about the search for causes."""

    rules: Annotated[list[Text], Field(max_length=50)] = Field(default_factory=list)
    runbook: Text = ""
    limits: LimitsModel | None = None
