"""The model of a parameter: what a run of a pipeline may be told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from devops_tui.config.fields import EnvValue, Model, Text


def _as_number(value: object) -> object:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


Number = Annotated[float, BeforeValidator(_as_number)]


class ParameterModel(Model):
    """One parameter; its default is read by what it is the default of."""

    type: Literal["text", "number", "boolean", "choice", "secret"] = "text"
    default: Any = None
    description: Text = ""
    required: bool = False
    min: Number | None = None
    max: Number | None = None
    options: Annotated[list[EnvValue], Field(min_length=1)] | None = None
