"""Puts the run's artifact on the idle colour, starts it there, and waits until it is well."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

from devops_tui.domain.artifact import Fetch, JobInput
from devops_tui.domain.errors import (
    CommandFailed,
    CommandTimedOut,
    DevopsError,
    HostUnreachable,
    NoAnswer,
    NotFound,
    Refused,
)
from devops_tui.domain.event import Event
from devops_tui.domain.ids import Digest, HostName, JobId
from devops_tui.domain.pipeline import Artifact, Job, JobRun, Plan, Run, State
from devops_tui.domain.traffic import Colour, Service
from devops_tui.domain.work import BringUp
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.transport import Completed
from devops_tui.services import http_probe
from devops_tui.services.jobs import inputs
from devops_tui.services.jobs.colour_hosts import ColourActs, on_colour
from devops_tui.services.jobs.detached import Order, see_through
from devops_tui.services.jobs.tools import (
    UP,
    JobTools,
    secret_references,
    task_id,
    variables,
)
from devops_tui.services.logs import LogWriter, Stream
from devops_tui.services.releases import why_not_after
from devops_tui.services.shelf import Shelf

_HEALTH_PATIENCE_S = 30.0
_HEALTH_POLL_S = 0.2
_LOOK_PATIENCE_S = 3.0
_INSTALL_TIMEOUT_S = 60.0
_READ_PATIENCE_S = 15.0
_READ_POLL_S = 0.1
_LINK_PATIENCE_S = 30.0
_LINK_AGAIN_S = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What goes where in one job."""

    run: Run
    plan: Plan
    record: JobRun
    service: Service
    colour: Colour
    artifact: Artifact
    file: Path
    version: str
    secrets: Mapping[str, str]


class BringUpJobs:
    """Executes BringUp; never touches the colour that serves.

    Called again it puts the same bytes, follows the same start, and asks health again; a
    host that ended well before is only looked at, see colour_hosts.

    Cancel: the start command is stopped; the colour is idle and stays so.
    """

    def __init__(self, tools: JobTools, shelf: Shelf, workspace: Callable[[], Workspace]) -> None:
        self._tools = tools
        self._shelf = shelf
        self._workspace = workspace

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """See ports.engine.JobExecutor.

        Raises:
            Refused: Nobody knows which colour serves, or the balancers disagree; or the
                digest was not released well where it must be first.
            NotFound: There is no such artifact or service, or it was pruned.
            CommandFailed: The artifact changed in the repository.
            CommandLost: Cancelled, and a host could not be told.
        """
        if not isinstance(job.work, BringUp):
            raise Refused(f"{job_id} does not bring anything up")
        service = self._workspace().service(job.work.service)
        colour = await self._idle(service)
        if job.work.colour not in (None, colour):
            raise Refused(f"{job.work.colour} serves", f"Bring {colour} up, or flip first.")
        wanted = (Fetch(job.work.artifact, pipeline=job.work.pipeline),)
        record = inputs.decide(self._tools.store, run, plan, record, wanted)
        artifact = self._artifact(record.inputs[0])
        why_not = why_not_after(
            self._tools.store, self._workspace(), artifact.digest, job.work.after
        )
        if why_not is not None:
            raise Refused(why_not, f"Release it in {job.work.after} first.")
        file = await self._shelf.file(artifact.digest, artifact.name)
        version = plan.commit.short if plan.commit else artifact.digest.removeprefix("sha256:")[:12]
        secrets = await self._tools.resolve(secret_references(plan))
        delivery = _Delivery(run, plan, record, service, colour, artifact, file, version, secrets)
        self._remember(delivery, None)
        acts = ColourActs(partial(self._stands, delivery), partial(self._deliver, delivery))
        hosts = service.colours[colour].hosts
        batches = job.work.batches or service.batches
        ended = await on_colour(self._tools, record, hosts, str(colour), acts, batches)
        if ended.state is not State.OK:
            return ended
        self._remember(delivery, artifact.digest)
        return replace(ended, why=f"{colour} is {version}")

    async def _idle(self, service: Service) -> Colour:
        """The colour that does not serve; the first reading of the balancers is waited for."""
        clock = self._tools.clock
        status = self._tools.store.service_status(service.name)
        began = clock.now()
        while status.live is None and (clock.now() - began).total_seconds() < _READ_PATIENCE_S:
            await clock.sleep(_READ_POLL_S)
            status = self._tools.store.service_status(service.name)
        if status.live is None:
            raise Refused(
                f"nobody knows which colour of {service.name} serves", "Wait until it was read."
            )
        drift = status.drift()
        if drift is not None:
            raise Refused(f"{service.name}: {drift}", "Flip to the colour that should serve.")
        if status.canary:
            raise Refused(
                f"{status.live.other} answers {status.canary} % of the requests of {service.name}",
                "Take the canary on (`flip --canary`) or back (`undo`) first.",
            )
        return status.live.other

    def _artifact(self, item: JobInput) -> Artifact:
        found = [a for a in self._tools.store.artifacts_of(item.digest) if a.name == item.name]
        if not found:
            raise NotFound(f"no run has {item.name} any more", "Build it again.")
        return next((a for a in found if a.run_id == item.run_id), found[0])

    async def _deliver(self, delivery: _Delivery, host: HostName) -> None:
        path = await self._install(delivery, host)
        await self._start(delivery, host, path)
        await self._await_health(delivery, host, _HEALTH_PATIENCE_S)

    async def _stands(self, delivery: _Delivery, host: HostName) -> bool:
        """Whether these bytes lie there and answer well; looks, and changes nothing."""
        folder = shlex.quote(self._folder_name(delivery, host))
        file = PurePosixPath(delivery.artifact.name).name
        done = await self._ask(
            host, f'cd "$HOME" && cd -- {folder} || exit 1\n{_digest_script(file)}'
        )
        found = done.stdout.decode("ascii", "replace").strip()
        if done.exit_code != 0 or f"sha256:{found}" != delivery.artifact.digest:
            return False
        try:
            await self._await_health(delivery, host, _LOOK_PATIENCE_S)
        except NoAnswer:
            return False
        return True

    async def _install(self, delivery: _Delivery, host: HostName) -> str:
        """Puts the artifact there; a link that breaks meanwhile is waited for.

        The same bytes in the same place: beginning again does no harm.
        """
        clock = self._tools.clock
        lost_at: datetime | None = None  # a link that hangs is only noticed after a while
        while True:
            try:
                return await self._put(delivery, host)
            except (HostUnreachable, CommandTimedOut) as error:
                lost_at = lost_at or clock.now()
                if (clock.now() - lost_at).total_seconds() >= _LINK_PATIENCE_S:
                    raise
                log.warning("%s on %s: %s", delivery.record.job_id, host, error)
            await clock.sleep(_LINK_AGAIN_S)

    async def _put(self, delivery: _Delivery, host: HostName) -> str:
        """Returns the artifact's absolute path on the host, after its bytes were checked."""
        folder = await self._folder(delivery, host)
        path = f"{folder}/{PurePosixPath(delivery.artifact.name).name}"
        await self._tools.links.to(host).put(delivery.file, path, 0o755)
        done = await self._ask(host, _digest_script(path))
        found = done.stdout.decode("ascii", "replace").strip()
        if done.exit_code != 0 or f"sha256:{found}" != delivery.artifact.digest:
            raise CommandFailed(f"the artifact that arrived is {found[:12] or 'unreadable'}", 1)
        data = {
            "job": delivery.record.job_id,
            "host": host,
            "service": delivery.service.name,
            "colour": delivery.colour.value,
            "digest": delivery.artifact.digest,
            "path": path,
        }
        now = self._tools.clock.now()
        self._tools.store.append(Event("artifact.installed", delivery.run.id, now, data=data))
        return path

    def _folder_name(self, delivery: _Delivery, host: HostName) -> str:
        folder = delivery.service.install_dir.removeprefix("~/") or "."
        if all(host in s.hosts for s in delivery.service.colours.values()):
            folder = f"{folder}/{delivery.colour}"
        return folder

    async def _folder(self, delivery: _Delivery, host: HostName) -> str:
        """Makes the folder on the host; one for each colour where the host has both."""
        folder = self._folder_name(delivery, host)
        where = shlex.quote(folder)
        script = f'cd "$HOME" && mkdir -p -- {where} && cd -- {where} && pwd -P\n'
        done = await self._ask(host, script)
        if done.exit_code != 0:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise CommandFailed(f"no folder {folder}: {said}", done.exit_code or 1)
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    async def _ask(self, host: HostName, script: str) -> Completed:
        """Raises HostUnreachable also where the link broke before the host said its last word."""
        done = await self._tools.links.to(host).run(script, timeout_s=_INSTALL_TIMEOUT_S)
        if done.exit_code is None:
            raise HostUnreachable(f"the link to {host} broke", "It is opened again.")
        return done

    async def _start(self, delivery: _Delivery, host: HostName, path: str) -> None:
        tools, run, record = self._tools, delivery.run, delivery.record
        env = variables(run, delivery.plan, record.job_id, record.attempt) | {
            "COLOUR": delivery.colour.value,
            "PORT": str(delivery.service.colours[delivery.colour].port_of(host)),
            "ARTIFACT": path,
            "VERSION": delivery.version,
            "HOST": host,
        }
        task = task_id(run, record.job_id, record.attempt, host, UP)
        order = Order(task, delivery.service.up, env, delivery.secrets)
        stream = Stream(run.id, record.job_id, record.attempt, host)
        runner = tools.runners.on(host)
        masking = tools.masking(delivery.secrets)
        async with LogWriter(tools.store, tools.clock, stream, masking) as writer:
            code = await see_through(runner, order, writer, tools.clock, tools.leaving)
        if code != 0:
            raise CommandFailed(f"its start ended with exit code {code}", code)

    async def _await_health(self, delivery: _Delivery, host: HostName, patience_s: float) -> None:
        health = delivery.service.health
        port = delivery.service.colours[delivery.colour].port_of(host)
        link = self._tools.links.to(host)
        clock = self._tools.clock
        began = clock.now()
        said = "nothing"
        while (clock.now() - began).total_seconds() < patience_s:
            try:
                answer = await http_probe.get(
                    lambda: link.open_port(port), health.path, f"127.0.0.1:{port}", health.timeout_s
                )
            except DevopsError as error:
                said = error.title
            else:
                said = _difference(
                    answer, health.status, health.version_header.lower(), delivery.version
                )
                if not said:
                    return
            await clock.sleep(_HEALTH_POLL_S)
        raise NoAnswer(f"not well after {patience_s:g} s, it says: {said}")

    def _remember(self, delivery: _Delivery, digest: Digest | None) -> None:
        """What the idle colour holds; None while that is changing and nobody can say."""
        store, colour = self._tools.store, delivery.colour.value
        with store.transaction():
            status = store.service_status(delivery.service.name)
            if status.live is not delivery.colour.other:
                raise Refused(f"{delivery.service.name} was flipped meanwhile", "Rerun it.")
            digests = _with(status.digests, colour, digest)
            versions = _with(status.versions, colour, delivery.version if digest else None)
            # what it held is gone, or going: nobody keeps it warm for an undo any more
            store.save_service(replace(status, digests=digests, versions=versions, warm_until=None))


def _with(old: Mapping[str, str], key: str, value: str | None) -> dict[str, str]:
    rest = {k: v for k, v in old.items() if k != key}
    return rest if value is None else rest | {key: value}


def _difference(answer: http_probe.Answer, status: int, header: str, version: str) -> str:
    """How an answer differs from that of the healthy new version; empty when not."""
    if answer.status != status:
        return f"status {answer.status}, not {status}"
    if not header:
        return ""
    found = answer.headers.get(header)
    if found is None:
        return f"no header {header}"
    return "" if found == version else f"version {found[:40]}, not {version}"


def _digest_script(path: str) -> str:
    """Prints the SHA-256 of a file as 64 hex digits, with what a host has for it."""
    where = shlex.quote(path)
    return (
        f"if command -v sha256sum >/dev/null 2>&1; then sha256sum < {where}\n"
        f"elif command -v shasum >/dev/null 2>&1; then shasum -a 256 < {where}\n"
        f"else openssl dgst -sha256 -r < {where}; fi | cut -d ' ' -f 1\n"
    )
