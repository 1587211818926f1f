"""Stops a colour that does not serve, host by host, and sees that it answers no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from devops_tui.domain.errors import CommandFailed, DevopsError, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.ids import HostName, JobId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run, State
from devops_tui.domain.traffic import Colour, Service
from devops_tui.domain.work import RetireColour, RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.switch import Switch
from devops_tui.services import http_probe
from devops_tui.services.jobs.detached import Order, see_through
from devops_tui.services.jobs.on_hosts import on_hosts
from devops_tui.services.jobs.tools import DOWN, JobTools, task_id, variables
from devops_tui.services.logs import LogWriter, Stream
from devops_tui.services.retirement import refuse_retirement
from devops_tui.services.traffic_hold import TrafficHold

_STOP_PATIENCE_S = 10.0
_STOP_LOOK_S = 0.2

Switches = Callable[[Service], Sequence[Switch]]


class RetireJobs:
    """Executes RetireColour; nobody can flip to the colour meanwhile.

    Called again it goes on with the hosts that are left.

    Cancel: the commands under way are stopped; hosts that were stopped stay so.
    """

    def __init__(
        self, tools: JobTools, switches: Switches, workspace: Callable[[], Workspace]
    ) -> None:
        self._tools = tools
        self._switches = switches
        self._workspace = workspace

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """See ports.engine.JobExecutor.

        Raises:
            NotFound: There is no such service.
            Refused: The colour serves, requests are in flight, it may be the last healthy
                one, or somebody flips now.
            CommandLost: Cancelled, and a host could not be told.
        """
        if not isinstance(job.work, RetireColour):
            raise Refused(f"{job_id} stops nothing")
        tools = self._tools
        service, colour = self._workspace().service(job.work.service), job.work.colour
        hold = TrafficHold(
            tools.store, tools.clock, service.name, run.actor, run.id, f"stops {colour}"
        )
        async with hold:
            refused = await refuse_retirement(
                tools.store, tools.clock, tools.links, service, self._switches(service), colour
            )
            if refused is not None:
                raise refused
            self._keep_no_longer(service)
            hosts = service.colours[colour].hosts
            work = RunCommand("", hosts=hosts, batches=service.batches)
            stop = partial(self._stop, run, plan, record, service, colour)
            ended = await on_hosts(tools, record, work, stop)
        if ended.state is not State.OK:
            return ended
        data = {"colour": colour.value, "hosts": list(hosts)}
        now = tools.clock.now()
        tools.store.append(
            Event("colour.retired", service.name, now, run.actor, run.why, {**data, "run": run.id})
        )
        return replace(ended, why=f"{colour} of {service.name} is stopped")

    def _keep_no_longer(self, service: Service) -> None:
        """From now on nobody may count on the colour for an undo."""
        store = self._tools.store
        with store.transaction():
            store.save_service(replace(store.service_status(service.name), warm_until=None))

    async def _stop(
        self,
        run: Run,
        plan: Plan,
        record: JobRun,
        service: Service,
        colour: Colour,
        host: HostName,
    ) -> int:
        tools = self._tools
        port = service.colours[colour].port_of(host)
        version = tools.store.service_status(service.name).versions.get(colour, "")
        env = variables(run, plan, record.job_id, record.attempt) | {
            "COLOUR": colour.value,
            "PORT": str(port),
            "VERSION": version,
            "HOST": host,
        }
        task = task_id(run, record.job_id, record.attempt, host, DOWN)
        stream = Stream(run.id, record.job_id, record.attempt, host)
        async with LogWriter(tools.store, tools.clock, stream) as writer:
            order = Order(task, service.down, env)
            code = await see_through(
                tools.runners.on(host), order, writer, tools.clock, tools.leaving
            )
        if code == 0:
            await self._await_silence(service, host, port)
        return code

    async def _await_silence(self, service: Service, host: HostName, port: int) -> None:
        """Raises CommandFailed where it is still well after its `down`."""
        health, clock, link = service.health, self._tools.clock, self._tools.links.to(host)
        began = clock.now()
        while (clock.now() - began).total_seconds() < _STOP_PATIENCE_S:
            try:
                answer = await http_probe.get(
                    lambda: link.open_port(port), health.path, f"127.0.0.1:{port}", health.timeout_s
                )
            except DevopsError:
                return
            if answer.status != health.status:
                return
            await clock.sleep(_STOP_LOOK_S)
        raise CommandFailed(f"it still answers on port {port} after its `down`", 1)
