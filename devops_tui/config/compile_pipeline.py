"""Pipelines: their stages read one by one, gates put in where the delivery asks for them."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from devops_tui.config.compile_condition import Conditions
from devops_tui.config.compile_fleet import Fleet
from devops_tui.config.compile_job import compile_job, release_jobs
from devops_tui.config.compile_language import Language
from devops_tui.config.compile_needs import check_needs
from devops_tui.config.compile_parameter import compile_parameters
from devops_tui.config.compile_rules import check_count, compile_hours, people
from devops_tui.config.compile_source import check_upstreams, compile_schedule, compile_source
from devops_tui.config.compile_worker import asked_of_worker
from devops_tui.config.documents import Entry
from devops_tui.config.fields import NAME_RULE, Model, is_name
from devops_tui.config.models import PipelineModel
from devops_tui.config.models_job import (
    LATER_WORK,
    ApproveJobModel,
    DeployJobModel,
    LoadToolJobModel,
    MonitorJobModel,
    ReleaseModel,
    RunJobModel,
)
from devops_tui.config.models_rules import ApproversModel
from devops_tui.config.report import Report, kind_of
from devops_tui.config.stage_models import JOB_KEYS, is_inline, model_of, work_of_later
from devops_tui.config.yaml_events import Path as Steps
from devops_tui.config.yaml_events import shown
from devops_tui.domain.pipeline import Delivery, Job, Pipeline, Stage, StageKind
from devops_tui.domain.team import Team
from devops_tui.domain.traffic import Service
from devops_tui.domain.workspace import Environment

_EXAMPLE = "write it like `- test: {run: make test}`"


@dataclass(frozen=True, slots=True)
class Setting:
    """What pipelines are compiled against."""

    fleet: Fleet
    services: Mapping[str, Service]
    folder: Path
    report: Report
    environments: Mapping[str, Environment] = field(default_factory=dict)
    team: Team = field(default_factory=Team)


def compile_pipelines(found: Iterable[Entry], setting: Setting) -> dict[str, Pipeline]:
    """The pipelines, with every stage checked even where another one is wrong."""
    pipelines: dict[str, Pipeline] = {}
    entries = tuple(found)
    upstreams = check_upstreams(entries, setting.report)
    for entry in entries:
        model = setting.report.check(PipelineModel, entry.data, entry.document, entry.path)
        is_automatic = isinstance(entry.data, dict) and entry.data.get("delivery") == "automatic"
        delivery = Delivery.AUTOMATIC if is_automatic else Delivery.APPROVED
        data = entry.data if isinstance(entry.data, dict) else {}
        starts_by_itself = bool(data.get("source") or data.get("schedule"))
        parameters = compile_parameters(
            entry, setting.folder, setting.report, starts_by_itself=starts_by_itself
        )
        conditions = Conditions(parameters, entry.document, setting.report)
        language = Language(conditions, model.env if model is not None else {})
        is_sure = not upstreams[entry.name]
        reader = _Stages(entry, delivery, setting, language, is_sure=is_sure)
        stages = reader.read()
        source = schedule = None
        if model is not None:
            source = compile_source(model.source, entry, setting.folder, setting.report)
            schedule = compile_schedule(model.schedule, entry, setting.report)
        pipelines[entry.name] = Pipeline(
            entry.name,
            source,
            stages,
            delivery,
            upstream=upstreams[entry.name],
            parameters=parameters,
            hours=compile_hours(
                model.windows if model else (),
                model.freezes if model else (),
                entry,
                setting.report,
            ),
            schedule=schedule,
            runs_on=asked_of_worker(model.runs_on if model else (), reader.labels),
        )
    return pipelines


@dataclass(slots=True)
class _Stages:
    """The stages of one pipeline while they are read.

    Attributes:
        artifacts: Patterns that the stages so far store.
        is_sure: False once a job could not be read, which may have stored some; and where
            upstream pipelines may have.
        released: The service that a stage released or deployed last.
        labels: What its jobs ask of their worker.
    """

    entry: Entry
    delivery: Delivery
    setting: Setting
    language: Language
    places: dict[str, Steps] = field(default_factory=dict)
    artifacts: list[str] = field(default_factory=list)
    is_sure: bool = True
    released: str = ""
    labels: set[str] = field(default_factory=set)

    def read(self) -> tuple[Stage, ...]:
        data = self.entry.data
        items = data.get("stages") if isinstance(data, dict) else None
        stages: list[Stage] = []
        for index, item in enumerate(items if isinstance(items, list) else []):
            path: Steps = (*self.entry.path, "stages", index)
            if not isinstance(item, dict) or not item:
                if path not in self.entry.document.broken:
                    what = f"wrong type: a stage must be a mapping, is {kind_of(item)}"
                    self._add(path, what, _EXAMPLE)
                continue
            for extra in list(item)[1:]:
                what = f"`{shown(extra)}` stands in the stage before it"
                self._add((*path, extra), what, "put a dash before it", of_key=True)
            for name, content in item.items():
                stage = self._stage(name, content, (*path, name))
                if stage is not None:
                    stages.append(stage)
        return tuple(stages)

    def _add(self, path: Steps, what: str, todo: str, *, of_key: bool = False) -> None:
        self.setting.report.add(self.entry.document, path, what, todo, of_key=of_key)

    def _stage(self, name: str, content: Any, path: Steps) -> Stage | None:
        kind = self._kind(name, path)
        if name in self.places:
            line, column = self.entry.document.place(self.places[name], of_key=True)
            what = f"duplicate stage `{shown(name)}`, first at line {line}, column {column}"
            self._add(path, what, f"call it `{shown(name)}-2`, say", of_key=True)
        self.places.setdefault(name, path)
        if not isinstance(content, dict) or not content:
            if path not in self.entry.document.broken:
                what = f"wrong type: a stage must be a mapping, is {kind_of(content)}"
                self._add(path, what, _EXAMPLE)
            self.is_sure = False
            return None
        self.language.begin_stage(content, path, is_inline=is_inline(content))
        if is_inline(content):
            jobs = self._job(name, kind, content, path, is_alone=True)
            check_needs({name: content}, path[:-1], self.entry.document, self.setting.report)
        else:
            content = self.language.jobs_of(content)
            jobs = self._jobs(kind, content, path)
            check_needs(content, path, self.entry.document, self.setting.report)
        jobs = self.language.joined(jobs)
        return Stage(name, kind or StageKind.CODE, jobs) if jobs else None

    def _kind(self, name: str, path: Steps) -> StageKind | None:
        word = name.partition("-")[0]
        kinds = [kind.value for kind in StageKind]
        if word not in kinds:
            todo = self.setting.report.choose(name, kinds, "begin it with a kind of stage")
            self._add(path, f"unknown stage `{shown(name)}`", todo, of_key=True)
            return None
        if not is_name(name):
            self._add(path, f"bad name `{shown(name)}`", NAME_RULE, of_key=True)
        return StageKind(word)

    def _jobs(self, kind: StageKind | None, content: dict[str, Any], at: Steps) -> tuple[Job, ...]:
        jobs: list[Job] = []
        for name, data in content.items():
            path = (*at, name)
            if isinstance(data, dict):
                if not is_name(name):
                    self._add(path, f"bad name `{shown(name)}`", NAME_RULE, of_key=True)
                jobs += self._job(name, kind, data, path, is_alone=False)
                continue
            self.is_sure = False
            near = self.setting.report.nearest(name, JOB_KEYS)
            if near is not None:
                what, todo = f"unknown key `{shown(name)}`", f"did you mean `{near}`?"
                self._add(path, what, todo, of_key=True)
            elif path not in self.entry.document.broken:
                what = f"wrong type: job `{shown(name)}` must be a mapping, is {kind_of(data)}"
                self._add(path, what, "write it like `unit: {run: make test}`")
        return tuple(jobs)

    def _job(
        self,
        name: str,
        kind: StageKind | None,
        data: dict[str, Any],
        path: Steps,
        *,
        is_alone: bool,
    ) -> tuple[Job, ...]:
        """The jobs that one piece of work becomes: three for a release, else one or none."""
        later = work_of_later(data)
        if later is not None:
            todo = f"leave it out: {LATER_WORK[later]}"
            self._add((*path, later), f"not supported yet: {later}", todo, of_key=True)
            self.is_sure = False
            return ()
        if kind is None:
            self.is_sure = False
            return ()
        model = self._model(kind, data, path)
        if model is None:
            self.is_sure = False
            return ()
        if isinstance(model, ReleaseModel):
            if not is_alone:
                todo = f"write `- release: {{service: {shown(model.service)}}}`"
                self._add(path, "a release is a stage of its own", todo, of_key=True)
            return self.language.spread(name, self._release(model, path), data, path)
        if isinstance(model, ApproveJobModel):
            self._check_gate(model, path)
        self._check_work(model, path)
        self.labels.update(getattr(model, "runs_on", ()))
        job = compile_job(name, model, self.setting.fleet, self.setting.folder)
        return self.language.spread(name, (job,), data, path)

    def _model(self, kind: StageKind, data: dict[str, Any], path: Steps) -> Model | None:
        chosen = model_of(kind, data)
        if chosen is MonitorJobModel and "service" not in data:
            if self.setting.report.names.knows("service", self.released):
                data = {**data, "service": self.released}
            elif not self.released:
                what = "missing key `service`: no stage before this one releases a service"
                self._add(path, what, "add it, like `service: shop`", of_key=True)
        elif chosen in (DeployJobModel, ReleaseModel) and isinstance(data.get("service"), str):
            self.released = data["service"]
        return self.setting.report.check(chosen, data, self.entry.document, path)

    def _check_gate(self, model: ApproveJobModel, path: Steps) -> None:
        self._check_people(model.approve.approvers, (*path, "approve", "approvers"))
        if self.delivery is Delivery.AUTOMATIC:
            todo = "leave the approval out, or write `delivery: approved`"
            self._add((*path, "approve"), "`delivery: automatic` has no gate", todo, of_key=True)

    def _check_people(self, model: ApproversModel | None, path: Steps) -> None:
        team, report = self.setting.team, self.setting.report
        check_count(people(model), team, self.entry.document, path, report)

    def _release(self, model: ReleaseModel, path: Steps) -> tuple[Job, ...]:
        service = self.setting.services.get(model.service)
        if service is not None and service.switch is None:
            what = f"service `{shown(model.service)}` has no switch to flip"
            self._add((*path, "service"), what, "give it `switch:`, or leave the release out")
        place = self.setting.environments.get(service.environment) if service else None
        approvers = place.approvers if place is not None else None
        self._check_people(model.approvers, (*path, "approvers"))
        return release_jobs(model, service, self.delivery, approvers)

    def _check_fetched(self, model: Model, path: Steps) -> None:
        for index, fetch in enumerate(getattr(model, "fetch", ())):
            if not fetch.from_:
                self._check_stored(fetch.artifact, (*path, "fetch", index, "artifact"))

    def _check_work(self, model: Model, path: Steps) -> None:
        self._check_fetched(model, path)
        if isinstance(model, RunJobModel):
            self.artifacts += model.artifacts
            if model.hosts and model.fetch:
                what = "a job with `hosts:` has no checkout to fetch into"
                self._add((*path, "fetch"), what, "leave one of them out, or use `deploy:`")
            for key in ("artifacts", "reports", "results") if model.hosts else ():
                if getattr(model, key):
                    todo = "leave `hosts:` out, or fetch the files in another job"
                    self._add((*path, key), f"{key} are taken from this machine", todo)
        elif isinstance(model, LoadToolJobModel):
            self.artifacts += model.artifacts
        elif isinstance(model, DeployJobModel):
            self._check_deployment(model, path)
        elif isinstance(model, MonitorJobModel):
            service = self.setting.services.get(model.service)
            if service is not None and service.switch is None:
                what = f"service `{shown(model.service)}` has no switch that says what serves"
                todo = "give it `switch:`, or watch it with `run:`"
                self._add((*path, "service"), what, todo)

    def _check_deployment(self, model: DeployJobModel, path: Steps) -> None:
        service = self.setting.services.get(model.service)
        if service is not None:
            for key, value in (
                ("up", service.up),
                ("switch", service.switch),
            ):
                if not value:
                    what = f"service `{shown(model.service)}` cannot be deployed: it has no `{key}`"
                    self._add((*path, "service"), what, f"add `{key}:` to the service")
            if model.after == service.environment:
                what = f"`{shown(model.service)}` is in `{shown(model.after)}` itself"
                self._add((*path, "after"), what, "name the environment that comes before")
        if not model.from_:
            self._check_stored(model.artifact, (*path, "artifact"))

    def _check_stored(self, artifact: str, path: Steps) -> None:
        """Notes an artifact that no job before stores, unless one could not be read."""
        name = PurePosixPath(artifact).name
        stored = (PurePosixPath(pattern).name for pattern in self.artifacts)
        if self.is_sure and not any(fnmatch.fnmatchcase(name, p) for p in stored):
            what = f"no stage before this one stores `{shown(artifact)}`"
            self._add(path, what, "add it to `artifacts:` of the build")
