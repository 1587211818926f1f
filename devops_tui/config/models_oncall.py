"""The models of `oncall`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from devops_tui.config.fields import Duration, Model, reference
from devops_tui.config.models_rules import ClockTime, MemberNames, Moment, Zone

MemberName = Annotated[str, reference("member")]


class OverrideModel(Model):
    """Somebody else is on call for some days or hours."""

    from_: Moment = Field(alias="from", examples=["2026-12-24"])
    to: Moment = Field(examples=["2026-12-26"])
    who: MemberName = Field(examples=["sora"])


class StepModel(Model):
    """Who is asked when nobody has acknowledged a problem."""

    after: Duration = Field(examples=["5m"])
    to: MemberName | None = None


class OnCallModel(Model):
    """Who is on call in which week."""

    weeks: Annotated[MemberNames, Field(min_length=1, examples=["[jun, minji]"])]
    starts: Moment = Field(examples=["2026-03-02"])
    at: ClockTime = 540
    zone: Zone = "UTC"
    overrides: list[OverrideModel] = Field(default_factory=list)
    escalate: list[StepModel] = Field(default_factory=list)
