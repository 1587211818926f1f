"""Runs a script on this machine, in the run's checkout, or on hosts."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from pathlib import Path

from devops_tui.domain.errors import CommandFailed, Refused
from devops_tui.domain.ids import THIS_MACHINE, HostName, JobId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run, State
from devops_tui.domain.work import RunCommand
from devops_tui.services.jobs.checkouts import Checkouts
from devops_tui.services.jobs.detached import Order, see_through
from devops_tui.services.jobs.on_hosts import on_hosts
from devops_tui.services.jobs.results import Results
from devops_tui.services.jobs.tools import (
    JobTools,
    script_of,
    secret_references,
    task_id,
    variables,
)
from devops_tui.services.logs import LogWriter, Stream

_NO_FOLDER = 73  # what jobctl ends with where it cannot go to the folder
_NOT_FOUND = 127  # what a shell ends with when there is no such program


class CommandJobs:
    """Executes RunCommand.

    Cancel: the command is stopped on every host, unless the worker hands over.
    """

    def __init__(self, tools: JobTools, checkouts: Checkouts, results: Results) -> None:
        self._tools = tools
        self._checkouts = checkouts
        self._results = results

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """See ports.engine.JobExecutor."""
        work = job.work
        if not isinstance(work, RunCommand):
            raise Refused(f"{job_id} is not a command")
        secrets = await self._tools.resolve(secret_references(plan) | dict(work.secrets))
        if work.hosts:
            if job.artifacts or job.reports or job.results is not None:
                raise Refused(f"{job_id} runs on hosts: files are collected here only")

            def one(host: HostName) -> Awaitable[int]:
                return self._on(host, run, plan, record, work, secrets, work.folder)

            return await on_hosts(self._tools, record, work, one)
        folder = self._checkouts.path(run, job_id, record.attempt)
        ended = await self._results.answered(record)
        if ended is None:
            record = self._checkouts.decide(run, plan, record)
            folder = await self._prepare(run, plan, record)
            where = self._below(folder, work.folder)
            code = await self._on(THIS_MACHINE, run, plan, record, work, secrets, where)
            ended = _verdict(record, {THIS_MACHINE: code}, work.program)
            ended = await self._results.judge(run, plan, job, ended, folder, secrets)
        if ended.state is State.OK:
            await self._checkouts.collect(run, plan, job, ended, folder)
        return ended

    def _below(self, folder: Path, name: str) -> str:
        """The folder in which the command runs; CommandFailed when the commit has none."""
        where = folder / name
        if name and not where.is_dir():
            raise CommandFailed(f"the checkout has no folder {name}", _NO_FOLDER)
        return str(where)

    async def _prepare(self, run: Run, plan: Plan, record: JobRun) -> Path:
        runner = self._tools.runners.on(THIS_MACHINE)
        status = await runner.status(task_id(run, record.job_id, record.attempt, THIS_MACHINE))
        if status.state != "none":  # it works there already: nothing may be changed below it
            return self._checkouts.path(run, record.job_id, record.attempt)
        return await self._checkouts.prepare(run, plan, record)

    async def _on(
        self,
        host: HostName,
        run: Run,
        plan: Plan,
        record: JobRun,
        work: RunCommand,
        secrets: Mapping[str, str],
        folder: str,
    ) -> int:
        tools = self._tools
        task = task_id(run, record.job_id, record.attempt, host)
        order = Order(
            task,
            script_of(work),
            variables(run, plan, record.job_id, record.attempt)
            | {"DEVOPS_HOST": host, "DEVOPS_TASK": task}
            | dict(work.env),
            secrets,
            folder,
        )
        stream = Stream(run.id, record.job_id, record.attempt, host)
        async with LogWriter(tools.store, tools.clock, stream, tools.masking(secrets)) as writer:
            return await see_through(
                tools.runners.on(host), order, writer, tools.clock, tools.leaving
            )


def _verdict(record: JobRun, codes: Mapping[HostName, int], program: str = "") -> JobRun:
    bad = {host: code for host, code in codes.items() if code != 0}
    if not bad:
        return replace(record, state=State.OK, why="", exit_code=0)
    if program and codes.get(THIS_MACHINE) == _NOT_FOUND:
        why = f"{program} is not installed on this machine: install it, or put it on PATH"
    elif list(codes) == [THIS_MACHINE]:
        why = f"exit code {codes[THIS_MACHINE]}"
    else:
        why = ", ".join(f"{host}: exit code {code}" for host, code in bad.items())
    return replace(record, state=State.FAILED, why=why, exit_code=next(iter(bad.values())))
