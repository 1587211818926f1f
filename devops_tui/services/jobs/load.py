"""Starts the built service on a free port, sends it requests, and judges the figures."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from devops_tui.domain.errors import CommandFailed, DevopsError, NoAnswer, Refused
from devops_tui.domain.ids import THIS_MACHINE, HostName, JobId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run
from devops_tui.domain.report import LoadReport
from devops_tui.domain.work import MeasureLoad
from devops_tui.ports.transport import ByteReader, ByteWriter, Runner
from devops_tui.services import http_probe
from devops_tui.services.http_probe import Open
from devops_tui.services.jobs.checkouts import Checkouts
from devops_tui.services.jobs.detached import Order, see_through, stop
from devops_tui.services.jobs.load_figures import LoadMeter
from devops_tui.services.jobs.load_verdict import LoadVerdicts, Say
from devops_tui.services.jobs.tools import JobTools, secret_references, task_id, variables
from devops_tui.services.logs import LogWriter, Stream

_METER = HostName("load")  # the name under which the measuring itself speaks in the log
_READY_PATIENCE_S = 30.0
_READY_POLL_S = 0.1
_PROBE_TIMEOUT_S = 2.0
_LAST_WORDS_S = 1.0


class LoadJobs:
    """Executes MeasureLoad.

    Measuring has no effect that lasts, so it begins anew after a crash: the service that
    is left from before is stopped first.

    Cancel: the service is always stopped, also while the worker hands over.
    """

    def __init__(self, tools: JobTools, checkouts: Checkouts, verdicts: LoadVerdicts) -> None:
        self._tools = tools
        self._checkouts = checkouts
        self._verdicts = verdicts

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """See ports.engine.JobExecutor.

        Raises:
            CommandFailed: The service ended, or did not answer within 30 s.
        """
        work = job.work
        if not isinstance(work, MeasureLoad):
            raise Refused(f"{job_id} measures no load")
        answered = await self._verdicts.answered(record)
        if answered is not None:
            return answered
        runner = self._tools.runners.on(THIS_MACHINE)
        task = task_id(run, job_id, record.attempt, THIS_MACHINE)
        if (await runner.status(task)).state != "none":
            await stop(runner, task)
            await runner.clean(task)
        record = self._checkouts.decide(run, plan, record)
        folder = await self._checkouts.prepare(run, plan, record)
        port = _free_port()
        env = variables(run, plan, job_id, record.attempt) | {"PORT": str(port)}
        secrets = await self._tools.resolve(secret_references(plan))
        order = Order(task, work.start, env, secrets, str(folder))
        serving = asyncio.create_task(self._serve(runner, order, run, record))
        try:
            load = await self._measure(work, port, serving, run, record)
        finally:
            await self._end(runner, task, serving)
        async with self._speaking(run, record) as say:
            return await self._verdicts.judge(
                run, plan, replace(record, why=""), load, work.gate, say
            )

    @asynccontextmanager
    async def _speaking(self, run: Run, record: JobRun) -> AsyncIterator[Say]:
        """Writes lines into the log under the name of the measuring."""
        stream = Stream(run.id, record.job_id, record.attempt, _METER)
        async with LogWriter(
            self._tools.store, self._tools.clock, stream, is_appended=True
        ) as writer:
            yield lambda line: writer.feed(f"{line}\n".encode())
            await writer.finish()

    async def _serve(self, runner: Runner, order: Order, run: Run, record: JobRun) -> int:
        tools = self._tools
        stream = Stream(run.id, record.job_id, record.attempt, THIS_MACHINE)
        masking = tools.masking(order.secrets)
        async with LogWriter(tools.store, tools.clock, stream, masking, is_appended=True) as writer:
            return await see_through(runner, order, writer, tools.clock, tools.leaving)

    async def _measure(
        self, work: MeasureLoad, port: int, serving: asyncio.Task[int], run: Run, record: JobRun
    ) -> LoadReport:
        open_it = _opener(port)
        await self._until_it_answers(work, open_it, serving)
        async with self._speaking(run, record) as say:
            say(f"{work.connections} connections ask {work.path} for {work.duration_s:g} s")
            meter = LoadMeter(open_it, work.path, work.connections)
            return await meter.measure(work.duration_s, say)

    async def _until_it_answers(
        self, work: MeasureLoad, open_it: Open, serving: asyncio.Task[int]
    ) -> None:
        clock = self._tools.clock
        began = clock.now()
        said = ""
        while (clock.now() - began).total_seconds() < _READY_PATIENCE_S:
            if serving.done():
                code = serving.result()
                raise CommandFailed(f"the service ended with exit code {code} at its start", code)
            try:
                answer = await http_probe.get(open_it, work.path, "localhost", _PROBE_TIMEOUT_S)
            except NoAnswer as error:
                said = error.title
            else:
                if answer.status < 500:
                    return
                said = f"status {answer.status}"
            await clock.sleep(_READY_POLL_S)
        raise CommandFailed(f"the service is not ready after {_READY_PATIENCE_S:g} s: {said}", 1)

    async def _end(self, runner: Runner, task: str, serving: asyncio.Task[int]) -> None:
        try:
            await stop(runner, task)
            await asyncio.wait({serving}, timeout=_LAST_WORDS_S)
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError, DevopsError):  # it was ended: no verdict counts
                await serving


def _opener(port: int) -> Open:
    async def open_it() -> tuple[ByteReader, ByteWriter]:
        return await asyncio.open_connection("127.0.0.1", port)

    return open_it


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
