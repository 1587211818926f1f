"""What is no mistake in a configuration, and will hurt all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from devops_tui.domain.export import Export
from devops_tui.domain.intake import Intake
from devops_tui.domain.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that works until a certain day.

    Attributes:
        what: What would happen, in one line.
        todo: What prevents it.
    """

    what: str
    todo: str


def cautions(workspace: Workspace, *, is_team: bool, is_kept: bool) -> Sequence[Caution]:
    """Everything of the kind that a workspace has.

    Args:
        workspace: As it was read.
        is_team: Its store is a database that workers of several machines share.
        is_kept: Something on this machine keeps a worker alive.
    """
    found: list[Caution] = []
    needs = _needs_a_worker(workspace)
    if needs and not is_kept:
        found.append(
            Caution(
                f"without a worker nobody sees to {', '.join(needs)}: one without a screen ends "
                "after fifteen idle minutes",
                "let systemd keep one: `devops-tui worker install`, or run `worker --stay`",
            )
        )
    if is_team and workspace.artifacts is None and _has_several_workers(workspace):
        builders = [name for name in workspace.pipelines if _keeps_files(workspace, name)]
        if builders:
            found.append(
                Caution(
                    f"built files of {', '.join(builders)} stay on the machine of the worker that "
                    "built them: a worker on another machine that takes a run over, or promotes "
                    "one, does not find them",
                    "name a place that all workers reach: `artifacts: {sftp: {host: ..., folder: "
                    "...}}` or `artifacts: {s3: {bucket: ...}}`",
                )
            )
    return found


def _needs_a_worker(workspace: Workspace) -> Sequence[str]:
    """What is to happen while no screen is open."""
    needs = [f"the schedule of {p.name}" for p in workspace.pipelines.values() if p.schedule]
    needs += ["the alerts and whom they tell"] if workspace.alerts and workspace.notify.sent else []
    needs += ["the rota of `oncall:`"] if workspace.oncall is not None else []
    needs += ["the intake of wishes"] if workspace.intake != Intake() else []
    needs += ["Jira"] if workspace.jira is not None else []
    needs += ["the export of figures"] if workspace.export != Export() else []
    return needs


def _has_several_workers(workspace: Workspace) -> bool:
    """Machines that are named, or labels that are asked for, tell of more than one."""
    asked = {pipeline.runs_on for pipeline in workspace.pipelines.values()}
    return len(workspace.workers) > 1 or len(asked) > 1


def _keeps_files(workspace: Workspace, pipeline: str) -> bool:
    stages = workspace.pipelines[pipeline].stages
    return any(job.artifacts for stage in stages for job in stage.jobs)
