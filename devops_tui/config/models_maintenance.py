"""The model of maintenance that comes again."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from devops_tui.config.fields import Model, Text
from devops_tui.config.models_rules import ClockTime, Days, Zone


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class MaintenanceModel(Model):
    """Hours of some weekdays in which hosts are worked on."""

    hosts: Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)] = Field(
        examples=["[web]"]
    )
    days: Days = Field(examples=["sun"])
    from_: ClockTime = Field(alias="from", examples=['"02:00"'])
    to: ClockTime = Field(examples=['"04:00"'])
    zone: Zone = "UTC"
    why: Text = ""
