"""Jobs: each model of work as what the worker will do."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from devops_tui.config.compile_artifact import compile_fetches
from devops_tui.config.compile_fleet import Fleet, absolute
from devops_tui.config.compile_rules import people
from devops_tui.config.fields import Model
from devops_tui.config.models_hosts import host_count
from devops_tui.config.models_job import (
    ApproveJobModel,
    ApproveModel,
    DeployJobModel,
    GateModel,
    JobModel,
    LoadJobModel,
    LoadToolJobModel,
    MonitorJobModel,
    ReleaseModel,
    ResultsModel,
    RunJobModel,
)
from devops_tui.domain.approval import Approvers
from devops_tui.domain.ids import ServiceName
from devops_tui.domain.pipeline import Delivery, Job
from devops_tui.domain.report import LoadFormat
from devops_tui.domain.traffic import Service
from devops_tui.domain.work import (
    AskApproval,
    BringUp,
    FlipTraffic,
    LoadGate,
    LoadResults,
    MeasureLoad,
    RunCommand,
    WatchHealth,
    Work,
)

# Beyond what a watch, a drain or an approval takes by itself.
_MARGIN_S = 600.0


def compile_job(name: str, model: Model, fleet: Fleet, folder: Path) -> Job:
    """A job of any stage; a release makes several and has `release_jobs`."""
    if isinstance(model, RunJobModel):
        job = _job(name, _run(model, fleet, folder), model, tuple(model.artifacts))
        results = _results(model.results, model.gate) if model.results is not None else None
        return replace(job, reports=tuple(model.reports), results=results)
    if isinstance(model, LoadToolJobModel):
        work, results = _load_tool(model, folder)
        return replace(_job(name, work, model, tuple(model.artifacts)), results=results)
    if isinstance(model, LoadJobModel):
        return _job(name, _load(model), model)
    if isinstance(model, DeployJobModel):
        service = ServiceName(model.service)
        return _job(name, BringUp(service, model.artifact, model.after, model.from_), model)
    if isinstance(model, MonitorJobModel):
        watch = WatchHealth(
            ServiceName(model.service),
            model.for_,
            model.interval,
            model.errors,
            model.reverts,
            model.slower,
            model.requests,
        )
        return Job(name, watch, tuple(model.needs), timeout_s=model.for_ + _MARGIN_S)
    if isinstance(model, ApproveJobModel):
        approval = _approval(model.approve)
        return Job(name, approval, tuple(model.needs), timeout_s=approval.expires_s + _MARGIN_S)
    raise TypeError(f"no job is made of {type(model).__name__}")


def release_jobs(
    model: ReleaseModel,
    service: Service | None,
    delivery: Delivery,
    approvers: Approvers | None = None,
) -> tuple[Job, ...]:
    """Approval where the pipeline asks for it, flip, bake: one after the other."""
    name = ServiceName(model.service)
    drain_s = service.drain_s if service is not None else 0.0
    bake_s = service.bake_s if service is not None else 0.0
    if service is not None:  # before the flip each share of a canary is watched
        drain_s += len(service.canary) * (service.canary_step_s + service.drain_s)
    asked = AskApproval(
        model.expires, "", people(model.approvers) or approvers or Approvers(), model.remind
    )
    approval = Job("approve", asked, timeout_s=model.expires + _MARGIN_S)
    is_asked = delivery is Delivery.APPROVED
    flip = Job(
        "flip",
        FlipTraffic(name),
        needs=("approve",) if is_asked else (),
        timeout_s=drain_s + _MARGIN_S,
    )
    bake = Job("bake", WatchHealth(name, bake_s), ("flip",), timeout_s=bake_s + _MARGIN_S)
    return (approval, flip, bake) if is_asked else (flip, bake)


def _approval(model: ApproveModel) -> AskApproval:
    return AskApproval(
        model.expires, model.text, people(model.approvers) or Approvers(), model.remind
    )


def _job(name: str, work: Work, model: JobModel, artifacts: tuple[str, ...] = ()) -> Job:
    return Job(
        name=name,
        work=work,
        needs=tuple(model.needs),
        timeout_s=model.timeout,
        retries=model.retries.times,
        backoff=model.retries.backoff(),
        artifacts=artifacts,
        always=model.always,
        is_idempotent=model.idempotent,
        fetch=compile_fetches(getattr(model, "fetch", ())),
    )


def _run(model: RunJobModel, fleet: Fleet, folder: Path) -> RunCommand:
    return RunCommand(
        script=model.run,
        argv=tuple(model.argv),
        folder=model.folder,
        hosts=fleet.expand(model.hosts),
        env=dict(model.env),
        secrets=_secrets(model.secrets, folder),
        batches=tuple(host_count(size) for size in model.batches),
        max_failed=host_count(model.max_failed or (0, 0.0)),
    )


def _secrets(references: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The references, with the paths of files made absolute."""
    found: dict[str, str] = {}
    for name, reference in references.items():
        kind, _, rest = reference.partition(":")
        is_path = kind in ("file", "age", "sops")
        found[name] = f"{kind}:{absolute(rest, folder)}" if is_path else reference
    return found


def _load(model: LoadJobModel) -> MeasureLoad:
    return MeasureLoad(
        start=model.start,
        path=model.path,
        duration_s=model.duration,
        connections=model.connections,
        gate=_gate(model.gate),
    )


def _gate(model: GateModel) -> LoadGate:
    return LoadGate(
        min_tps=model.tps,
        max_mean_ms=model.mean,
        max_p95_ms=model.p95,
        max_error_ratio=model.errors,
        max_p99_ms=model.p99,
        max_slower_ratio=model.slower,
        max_more_errors=model.more_errors,
    )


def _results(model: ResultsModel, gate: GateModel | None) -> LoadResults:
    (tool,) = model.model_fields_set
    return LoadResults(LoadFormat(tool), getattr(model, tool), _gate(gate or GateModel()))


def _load_tool(model: LoadToolJobModel, folder: Path) -> tuple[RunCommand, LoadResults]:
    """What starts the tool, after a look whether it is there, and where its results lie."""
    if model.jmeter:
        program, kind, file = "jmeter", LoadFormat.JTL, "results.jtl"
        argv = ["jmeter", "-n", "-t", model.jmeter, "-l", file, "-j", "jmeter.log", *model.args]
    else:
        program, kind, file = "k6", LoadFormat.K6, "results.json"
        stats = "avg,min,med,max,p(90),p(95),p(99)"
        argv = ["k6", "run", "--quiet", "--summary-trend-stats", stats, "--summary-export", file]
        argv += [*model.args, model.k6]
    missing = f"{{ echo '{program} is not installed' >&2; exit 127; }}"
    lines = (
        f"command -v {program} >/dev/null || {missing}",
        f"rm -f {file}",  # JMeter would add to one that is part of the commit
        shlex.join(argv),
    )
    env, secrets = dict(model.env), _secrets(model.secrets, folder)
    work = RunCommand("\n".join(lines), env=env, secrets=secrets, program=program)
    return work, LoadResults(kind, file, _gate(model.gate))
