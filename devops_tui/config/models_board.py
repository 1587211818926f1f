"""The models of what the board does by itself, of its lanes, templates and intake."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from devops_tui.config.fields import (
    Duration,
    Limit,
    Model,
    SecretReference,
    Text,
    mistake,
    reference,
)
from devops_tui.config.models_column import ColumnName
from devops_tui.config.models_slow import Place
from devops_tui.domain.automation import POSSIBLE, Deed, Trigger
from devops_tui.domain.card_query import BadQuery, parse

KindName = Literal["feature", "bug", "stability", "performance", "request", "incident"]
PriorityName = Literal["high", "normal", "low"]

_NEEDS_TEXT = (Deed.LABEL, Deed.COMMENT)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _check_query(text: str) -> str:
    try:
        parse(text)
    except BadQuery as error:
        raise mistake(error.title, error.hint) from None
    return text


Query = Annotated[Text, AfterValidator(_check_query)]
Columns = Annotated[list[ColumnName], BeforeValidator(_as_list), Field(min_length=1)]
Pipelines = Annotated[
    list[Annotated[str, reference("pipeline")]], BeforeValidator(_as_list), Field(min_length=1)
]
Labels = Annotated[list[Text], BeforeValidator(_as_list)]


class LaneModel(Model):
    """The limit of a lane."""

    by: Literal["assignee", "priority", "service"] = Field(examples=["assignee"])
    limit: Limit = Field(examples=["2"])
    column: ColumnName = "in_work"
    name: Text = ""

    @field_validator("column")
    @classmethod
    def _has_limits(cls, name: str) -> str:
        if name in ("backlog", "done"):
            raise mistake(f"{name} has no limits", "name a column between the two, like in_work")
        return name


class AutomationModel(Model):
    """One rule of the house."""

    on: Literal["stage_failed", "released", "rolled_back", "commit", "limit_breached", "idle"] = (
        Field(examples=["released"])
    )
    do: Literal["file", "move", "link", "comment", "label", "tell"] = Field(examples=["move"])
    to: ColumnName | None = None
    over_limit: bool = False
    kind: KindName | None = None
    text: Text = ""
    where: Query = ""
    pipelines: Pipelines | None = None
    for_: Duration | None = Field(None, alias="for")
    columns: Columns | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        deed, trigger = Deed(self.do), Trigger(self.on)
        possible = POSSIBLE[trigger]
        if deed not in possible:
            todo = f"it can: {', '.join(possible)}"
            raise mistake(f"`{self.on}` cannot {self.do}", todo)
        if (deed is Deed.MOVE) != (self.to is not None):
            raise mistake("`to` belongs to `do: move`", "name a column, like `to: done`")
        if bool(self.text) != (deed in _NEEDS_TEXT):
            raise mistake("`text` is the label, or the remark", "write it with those, and only so")
        if (trigger is Trigger.IDLE) != (self.for_ is not None):
            raise mistake("`for` belongs to `on: idle`", "say how long, like `for: 3d`")
        if self.columns is not None and trigger is not Trigger.IDLE:
            raise mistake("`columns` belongs to `on: idle`", "leave it out")
        if self.kind is not None and deed is not Deed.FILE:
            raise mistake("`kind` belongs to `do: file`", "leave it out")
        return self


class TemplateModel(Model):
    """What a card of a sort begins with."""

    title: Text = ""
    kind: KindName = "request"
    text: str = ""
    labels: Labels = Field(default_factory=list)
    checklist: Labels = Field(default_factory=list)
    service: Annotated[str, reference("service")] | None = None
    priority: PriorityName = "normal"
    estimate: Annotated[float | int, Field(gt=0, le=1000)] | None = None


class MessagesModel(Model):
    """Where signed messages are taken."""

    listen: Place = Field(examples=["8478"])
    secret: SecretReference = Field(examples=["env:DESK_SECRET"])


class IntakeModel(Model):
    """Where wishes come from."""

    folder: Text = ""
    messages: MessagesModel | None = None
