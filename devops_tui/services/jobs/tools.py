"""The ports that executors share, and the names of what they leave on hosts."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from devops_tui.domain.ids import HostName, JobId
from devops_tui.domain.pipeline import Plan, Run
from devops_tui.domain.work import RunCommand
from devops_tui.ports.engine import Leaving
from devops_tui.ports.runtime import Clock, Secrets
from devops_tui.ports.store import Store
from devops_tui.ports.transport import Links, Runners
from devops_tui.services.hiding import Mask
from devops_tui.services.logs import Masking

UP = "up"  # the part of a task's id that names the start of a service
DOWN = "down"  # and its end
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class JobTools:
    """What an executor is given.

    Attributes:
        masker: Makes the masking of one stream from the values of its secrets.
        mask: What words of hosts and tools go through before they are stored.
    """

    store: Store
    clock: Clock
    runners: Runners
    links: Links
    secrets: Secrets
    masker: Callable[[Sequence[str]], Masking]
    leaving: Leaving
    mask: Mask = str

    async def resolve(self, references: Mapping[str, str]) -> dict[str, str]:
        """Variable name to value; see `Secrets.resolve` for errors."""
        return {name: await self.secrets.resolve(ref) for name, ref in references.items()}

    def masking(self, values: Mapping[str, str]) -> Masking | None:
        """The masking of these values; None when there are none."""
        return self.masker(list(values.values())) if values else None


def job_slug(job_id: JobId) -> str:
    """A job's id in letters that are safe in a path; two ids never share one."""
    stage, _, name = job_id.partition("/")
    if _PLAIN.fullmatch(stage) and _PLAIN.fullmatch(name):
        return f"{stage}.{name}"
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", f"{stage}.{name}")
    return f"{plain}-{hashlib.sha256(job_id.encode()).hexdigest()[:8]}"


def task_id(run: Run, job_id: JobId, attempt: int, host: HostName, part: str = "") -> str:
    """The id of a detached command: "shop-3.test.unit.1.local.5f3a2c1b".

    The end comes from the moment of the run's creation, so that a host that serves two
    workspaces, or one that began anew, never takes one's command for the other's.
    """
    birth = hashlib.sha256(f"{run.id} {run.created_at.isoformat()}".encode()).hexdigest()[:8]
    where = re.sub(r"[^A-Za-z0-9_-]", "_", host)
    more = f".{part}" if part else ""
    return f"{run.id}.{job_slug(job_id)}.{attempt}.{where}{more}.{birth}"


def variables(run: Run, plan: Plan, job_id: JobId, attempt: int = 1) -> dict[str, str]:
    """The environment that every command of a run sees; secrets are not part of it.

    What the pipeline, the stage and the matrix say wins over the run's parameters.
    """
    stage, _, _ = job_id.partition("/")
    parameters = {given.variable: given.value for given in plan.parameters if not given.is_secret}
    job = plan.job(job_id)
    return {
        "CI": "true",
        "DEVOPS_RUN": run.id,
        "DEVOPS_JOB": job_id,
        "DEVOPS_PIPELINE": plan.pipeline,
        "DEVOPS_COMMIT": plan.commit.id if plan.commit is not None else "",
        "DEVOPS_BRANCH": plan.branch,
        "DEVOPS_TAG": plan.tag,
        "DEVOPS_STAGE": stage,
        "DEVOPS_NUMBER": str(run.number),
        "DEVOPS_ATTEMPT": str(attempt),
        "DEVOPS_TRIGGER": run.trigger,
        **parameters,
        **job.env,
    }


def secret_references(plan: Plan) -> dict[str, str]:
    """Variable name to reference, of the run's secret parameters that have one."""
    return {g.variable: g.value for g in plan.parameters if g.is_secret and g.value}


def script_of(work: RunCommand) -> str:
    """What the shell is given: the script, or words that no shell takes apart any more."""
    return f"exec {shlex.join(work.argv)}" if work.argv else work.script
