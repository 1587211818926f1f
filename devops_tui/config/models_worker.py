"""The models of workers: the labels that say which of them may walk which run."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from devops_tui.config.fields import Model


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Label = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(=[A-Za-z0-9_.-]+)?$")
]
Labels = Annotated[list[Label], BeforeValidator(_as_list), Field(default_factory=list)]


class WorkerModel(Model):
    """What a worker on one machine has to offer."""

    labels: Labels
