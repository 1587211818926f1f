"""What pipelines and stages say for all of their jobs, and what one job says of several.

Variables and conditions come down from the pipeline and the stage; a matrix makes one job
into many, and whoever needs it needs all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from devops_tui.config.compile_condition import Conditions, both
from devops_tui.config.matrix import Matrix
from devops_tui.config.models import StageModel
from devops_tui.config.stage_models import STAGE_KEYS
from devops_tui.config.yaml_events import Path as Steps
from devops_tui.config.yaml_events import shown
from devops_tui.domain.pipeline import Job
from devops_tui.domain.work import BringUp, MeasureLoad, RunCommand


@dataclass(slots=True)
class Language:
    """One pipeline while its stages are read, in their order.

    Attributes:
        env: Variables of the pipeline.
    """

    conditions: Conditions
    env: Mapping[str, str] = field(default_factory=dict)
    _stage: StageModel = field(default_factory=lambda: StageModel.model_validate({}))
    _condition: str = ""
    _stages: int = 0
    _spread: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def begin_stage(self, content: Mapping[str, Any], at: Steps, *, is_inline: bool) -> None:
        """Reads what the stage says for all of its jobs."""
        self._stages += 1
        self._spread = {}
        self._stage = StageModel.model_validate({})
        self._condition = ""
        said = {} if is_inline else {k: content[k] for k in STAGE_KEYS if k in content}
        model = self.conditions.report.check(StageModel, said, self.conditions.document, at)
        if model is not None:
            self._stage = model
            self._condition = self._checked(model.if_, at, is_first=self._stages == 1)

    def jobs_of(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """The jobs of a stage that is a map of them."""
        return {name: data for name, data in content.items() if name not in STAGE_KEYS}

    def spread(
        self, name: str, jobs: Iterable[Job], data: Mapping[str, Any], at: Steps
    ) -> tuple[Job, ...]:
        """What the jobs of one piece of work become; several with a matrix."""
        self._check_words(data, at)
        is_first = self._stages == 1 and not data.get("needs")
        written = data.get("if")
        own = self._checked(written if isinstance(written, str) else "", at, is_first=is_first)
        condition = both(self._condition, own)
        made = [
            replace(job, condition=condition, env=self._env_of(job) if _takes_env(job) else {})
            for job in jobs
        ]
        if "matrix" in data:
            report, document = self.conditions.report, self.conditions.document
            matrix = Matrix(data["matrix"], document, (*at, "matrix"), report)
            made = [one for job in made for one in matrix.spread(job)]
        self._spread[name] = tuple(job.name for job in made)
        return tuple(made)

    def joined(self, jobs: Iterable[Job]) -> tuple[Job, ...]:
        """The jobs of the stage, with needs that name all that a matrix made of one."""
        return tuple(
            replace(job, needs=tuple(n for need in job.needs for n in self._made_of(need)))
            for job in jobs
        )

    def _check_words(self, data: Mapping[str, Any], at: Steps) -> None:
        """Notes keys of a job that exclude one another."""
        document, report = self.conditions.document, self.conditions.report
        if "run" in data and "argv" in data:
            what = "`run` and `argv` exclude one another"
            report.add(document, (*at, "argv"), what, "keep one of the two", of_key=True)
        folder = data.get("folder")
        if not isinstance(folder, str):
            return
        is_absolute = folder.startswith(("/", "~/"))
        if is_absolute and not data.get("hosts"):
            what = f"`{shown(folder)}` does not lie below the checkout"
            report.add(document, (*at, "folder"), what, "write one like docs")
        elif data.get("hosts") and not is_absolute:
            what = f"`{shown(folder)}` is no folder of a host"
            report.add(document, (*at, "folder"), what, "begin it with / or ~/")

    def _made_of(self, name: str) -> tuple[str, ...]:
        return self._spread.get(name, (name,))

    def _env_of(self, job: Job) -> dict[str, str]:
        return {**self.env, **self._stage.env, **job.env}

    def _checked(self, text: str, at: Steps, *, is_first: bool) -> str:
        return self.conditions.check(text, (*at, "if"), has_before=not is_first) if text else ""


def _takes_env(job: Job) -> bool:
    return isinstance(job.work, RunCommand | MeasureLoad | BringUp)
