"""Shells of operators: where they may be opened, and who opened which, when and why.

What is typed in them is nobody's business here: commands are not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.ids import THIS_MACHINE, HostName
from devops_tui.domain.log_lines import LogPlace
from devops_tui.domain.pipeline import Job, JobRun, Run
from devops_tui.domain.shell import ShellPlan
from devops_tui.domain.work import BringUp, RunCommand
from devops_tui.domain.workspace import Environment, Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.jobs.tools import job_slug, secret_references, variables


@dataclass(frozen=True, slots=True)
class Shells:
    """Plans shells and keeps the record of them.

    Attributes:
        checkouts: Folder of the runs' checkouts on this machine.
    """

    store: Store
    clock: Clock
    workspace: Workspace
    checkouts: Path

    def on_host(self, name: str) -> ShellPlan:
        """A shell in the home of a host's login; raises NotFound."""
        host = self.workspace.host(name)
        around = environments_of(self.workspace, host.name)
        return ShellPlan(
            host.name,
            host.name,
            environments=tuple(e.name for e in around),
            is_protected=any(e.is_protected for e in around),
            is_local=host.is_local,
        )

    def of_job(self, place: LogPlace, host: str = "", *, with_secrets: bool = False) -> ShellPlan:
        """A shell in the folder and environment of a job's last attempt.

        Raises:
            NotFound: There is no such run, job or host.
            Refused: It ran on several hosts and none is named, or its folder is gone.
        """
        run = self.store.run(place.run_id)
        record = self.store.job_run(place.run_id, place.job_id)
        job = run.plan.job(place.job_id)
        where = _one_of(self._hosts(job), host, place)
        if where == THIS_MACHINE:
            folder = self._checkout(run, record, job)
            around: list[Environment] = []
        else:
            folder = job.work.folder if isinstance(job.work, RunCommand) else ""
            around = environments_of(self.workspace, where)
        known = self.workspace.hosts.get(where)
        return ShellPlan(
            run.id,
            where,
            str(place),
            folder,
            _environment(run, record, job, where),
            _secrets(run, job) if with_secrets else {},
            tuple(e.name for e in around),
            any(e.is_protected for e in around),
            where == THIS_MACHINE if known is None else known.is_local,
        )

    def why_not(self, plan: ShellPlan, why: str) -> str | None:
        """What still forbids it, in one line; None when nothing does."""
        if plan.secrets and not why:
            return "with secrets a reason is needed"
        if plan.is_protected and not why:
            return f"{', '.join(plan.environments)} is protected: a reason is needed"
        return None

    def opened(self, plan: ShellPlan, actor: str, why: str) -> None:
        """Keeps who opened it, before it opens.

        Raises:
            Refused: A reason is needed.
        """
        refused = self.why_not(plan, why)
        if refused is not None:
            raise Refused(f"a shell on {plan.host}: {refused}", "Say why by --why.")
        data = {"host": plan.host, "place": plan.place, "has_secrets": bool(plan.secrets)}
        now = self.clock.now()
        self.store.append(Event("shell.opened", plan.subject, now, actor, why, data))

    def closed(self, plan: ShellPlan, actor: str, exit_code: int) -> None:
        """Keeps that it is over."""
        data = {"host": plan.host, "place": plan.place, "exit_code": exit_code}
        self.store.append(Event("shell.closed", plan.subject, self.clock.now(), actor, "", data))

    def _hosts(self, job: Job) -> tuple[HostName, ...]:
        work = job.work
        if isinstance(work, RunCommand) and work.hosts:
            return work.hosts
        if isinstance(work, BringUp):
            sides = self.workspace.service(work.service).colours.values()
            return tuple(dict.fromkeys(host for side in sides for host in side.hosts))
        return (THIS_MACHINE,)

    def _checkout(self, run: Run, record: JobRun, job: Job) -> str:
        folder = self.checkouts / run.id / f"{job_slug(record.job_id)}.{record.attempt}"
        if not folder.is_dir():
            raise Refused(
                f"{run.id}/{record.job_id} has no folder on this machine",
                "It has not begun, ran elsewhere, or was cleared: one that fails keeps its folder.",
            )
        below = job.work.folder if isinstance(job.work, RunCommand) else ""
        return str(folder / below) if (folder / below).is_dir() else str(folder)


def environments_of(workspace: Workspace, host: HostName) -> list[Environment]:
    """The environments that a host belongs to: by its name, or by a service that uses it."""
    names = {e.name for e in workspace.environments.values() if host in e.hosts}
    for service in workspace.services.values():
        doors = service.switch.hosts if service.switch is not None else ()
        servers = [h for side in service.colours.values() for h in side.hosts]
        if host in (*servers, *doors):
            names.add(workspace.environment_of(service.name).name)
    return [e for name, e in workspace.environments.items() if name in names]


def _one_of(hosts: tuple[HostName, ...], wanted: str, place: LogPlace) -> HostName:
    if not wanted and len(hosts) == 1:
        return hosts[0]
    known = ", ".join(hosts)
    if not wanted:
        raise Refused(f"{place} runs on several hosts", f"Name one by --host: {known}.")
    if wanted not in hosts:
        raise NotFound(f"{place} does not run on {wanted}", f"It runs on: {known}.")
    return HostName(wanted)


def _environment(run: Run, record: JobRun, job: Job, host: HostName) -> Mapping[str, str]:
    own = job.work.env if isinstance(job.work, RunCommand) else {}
    known = variables(run, run.plan, record.job_id, record.attempt)
    return {**known, "DEVOPS_HOST": host, **own}


def _secrets(run: Run, job: Job) -> Mapping[str, str]:
    own = job.work.secrets if isinstance(job.work, RunCommand) else {}
    return {**secret_references(run.plan), **own}
