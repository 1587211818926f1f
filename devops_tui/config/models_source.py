"""The models of what starts a pipeline: its source, its clock."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from devops_tui.config.fields import Duration, GitUrl, Model, Text, mistake
from devops_tui.config.yaml_events import shown


def _check_ref(text: str) -> str:
    is_odd = text.startswith(("-", "/")) or text.endswith("/") or any(c in text for c in " ~^:[\\")
    if is_odd or ".." in text:
        todo = "write a name, or a pattern like release/*; ** also means what has slashes"
        raise mistake(f"bad name or pattern `{shown(text)}`", todo)
    return text


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


RefPatterns = Annotated[
    list[Annotated[Text, AfterValidator(_check_ref)]],
    BeforeValidator(_as_list),
    Field(min_length=1),
]
PipelineNames = Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)]


class SourceModel(Model):
    """Where the commits of a pipeline come from: a repository, or other pipelines."""

    git: GitUrl = Field(default="", examples=["git@git.example.com:shop.git"])
    branch: RefPatterns | None = None
    tags: RefPatterns | None = None
    poll: Duration = 60.0
    upstream: PipelineNames | None = None


class ScheduleModel(Model):
    """When the clock starts a pipeline."""

    cron: Text = Field(examples=['"0 3 * * 1-5"'])
    zone: Text = "UTC"


def _as_schedule(value: object) -> object:
    return {"cron": value} if isinstance(value, str) else value


ScheduleField = Annotated[ScheduleModel, BeforeValidator(_as_schedule)]
