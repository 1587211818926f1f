"""Which model a job has: the shape of a stage, told from its keys.

A stage is one job written inline, or a map of jobs. It is inline as soon as one of its
keys is a key that jobs have; so no job can be called `run`, `service` or `needs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devops_tui.config.fields import Model
from devops_tui.config.models_job import (
    LATER_WORK,
    ApproveJobModel,
    DeployJobModel,
    LoadJobModel,
    LoadToolJobModel,
    MonitorJobModel,
    ReleaseModel,
    RunJobModel,
)
from devops_tui.config.report import known_keys
from devops_tui.domain.pipeline import StageKind

_BY_KIND: Mapping[StageKind, type[Model]] = {
    StageKind.DEPLOY: DeployJobModel,
    StageKind.RELEASE: ReleaseModel,
    StageKind.MONITOR: MonitorJobModel,
}

_ALL: tuple[type[Model], ...] = (
    RunJobModel,
    LoadJobModel,
    LoadToolJobModel,
    ApproveJobModel,
    *_BY_KIND.values(),
)

LOAD_TOOLS = ("jmeter", "k6")

STAGE_KEYS = frozenset(("env", "if"))

JOB_KEYS = frozenset(key for model in _ALL for key in (*known_keys(model), *model.later))


def is_inline(content: Mapping[str, Any]) -> bool:
    """Whether the content of a stage is one job rather than a map of jobs.

    What a stage may say for all of its jobs does not make it one where jobs stand beside.
    """
    keys = JOB_KEYS.intersection(content)
    jobs = [data for name, data in content.items() if name not in STAGE_KEYS]
    if keys <= STAGE_KEYS and jobs and all(isinstance(data, dict) for data in jobs):
        return False
    return bool(keys)


def model_of(kind: StageKind, job: Mapping[str, Any]) -> type[Model]:
    """The model that the keys of a job, or else its stage, ask for."""
    if "run" in job or "argv" in job:
        return RunJobModel
    if "start" in job:
        return LoadJobModel
    if "approve" in job:
        return ApproveJobModel
    if any(tool in job for tool in LOAD_TOOLS):
        return LoadToolJobModel
    return _BY_KIND.get(kind, RunJobModel)


def work_of_later(job: Mapping[str, Any]) -> str | None:
    """The key of a kind of work that only a later version does."""
    if any(key in job for key in ("run", "argv", "start", *LOAD_TOOLS)):
        return None
    return next((key for key in LATER_WORK if key in job), None)
