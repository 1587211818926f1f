"""The models of who may decide, and of when a release may act."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from devops_tui.config import words_hours
from devops_tui.config.fields import Model, Text, by_word, mistake, reference
from devops_tui.domain.errors import NotFound
from devops_tui.domain.schedule import zone_of

RoleName = Literal["product_owner", "scrum_master", "member"]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _check_zone(text: str) -> str:
    try:
        zone_of(text)
    except NotFound as error:
        raise mistake(error.title, error.hint) from None
    return text


RoleNames = Annotated[list[RoleName], BeforeValidator(_as_list)]
MemberNames = Annotated[list[Annotated[str, reference("member")]], BeforeValidator(_as_list)]
Zone = Annotated[Text, AfterValidator(_check_zone)]
Days = Annotated[tuple[int, ...], by_word(words_hours.days)]
ClockTime = Annotated[int, by_word(words_hours.clock)]
Moment = Annotated[words_hours.Moment, by_word(words_hours.moment)]


class PeopleModel(Model):
    """Some of the team."""

    roles: RoleNames = Field(default_factory=list)
    members: MemberNames = Field(default_factory=list)


class ApproversModel(PeopleModel):
    """Whose word counts at a gate."""

    count: Annotated[int, Field(ge=1, le=20)] = 1
    not_author: bool = False


class WindowModel(Model):
    """Hours of some weekdays."""

    days: Days = Field(examples=["mon-thu"])
    from_: ClockTime = Field(alias="from", examples=['"09:00"'])
    to: ClockTime = Field(examples=['"16:00"'])
    zone: Zone = "UTC"


class FreezeModel(Model):
    """Days on which nothing is released."""

    from_: Moment = Field(alias="from", examples=["2026-12-20"])
    to: Moment = Field(examples=["2027-01-03"])
    why: Text = ""
    zone: Zone = ""
