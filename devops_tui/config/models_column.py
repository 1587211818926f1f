"""The model of `board: {columns: ...}`, and the names of columns elsewhere."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from devops_tui.config.fields import Limit, Model, Text, mistake, reference
from devops_tui.config.yaml_events import shown
from devops_tui.domain.board import Column, plain_name

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,15}\Z")
_FOUR = frozenset(plain_name(column.value) for column in Column)

ColumnName = Annotated[str, reference("column")]
"""backlog, planned, in_work, done, or a further column as it is written under `columns:`."""


def _check_name(text: str) -> str:
    if not _NAME.match(text):
        todo = "begin with a letter; letters, digits, - and _, at most 16"
        raise mistake(f"bad name `{shown(text)}`", todo)
    if plain_name(text) in _FOUR:
        raise mistake(f"`{shown(text)}` is there already", "give the further column another name")
    return text


class FurtherColumnModel(Model):
    """A column beside the four."""

    name: Annotated[str, AfterValidator(_check_name)] = Field(examples=["Review"])
    after: Text = Field(examples=["in_work"])
    limit: Limit = (None, None)
    mode: Literal["hard", "soft"] | None = None
