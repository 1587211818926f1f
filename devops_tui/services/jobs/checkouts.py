"""The folder that a job works in: its commit, and what earlier jobs of the run built."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path, PurePosixPath

from devops_tui.domain.errors import CommandFailed, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import ENDS, Artifact, Job, Plan, Run
from devops_tui.ports.runtime import Clock, Repository, Sources
from devops_tui.ports.store import Store
from devops_tui.services.jobs.tools import job_slug

_RUNS_KEPT = 10
_RUNS_PRUNED = 5  # each end of a run prunes, so a few are enough to keep up


class Checkouts:
    """One folder for each attempt of a job, so that jobs side by side do not meet.

    Args:
        folder: Holds `<run>/<stage>.<job>.<attempt>`.
    """

    def __init__(
        self, store: Store, clock: Clock, sources: Sources, repository: Repository, folder: Path
    ) -> None:
        self._store = store
        self._clock = clock
        self._sources = sources
        self._repository = repository
        self._folder = folder

    def path(self, run: Run, job_id: JobId, attempt: int) -> Path:
        """Where the attempt works; it may not be there yet."""
        return self._folder / run.id / f"{job_slug(job_id)}.{attempt}"

    async def prepare(self, run: Run, plan: Plan, job_id: JobId, attempt: int) -> Path:
        """Makes the folder: the commit's files, then earlier artifacts over them.

        Raises:
            HostUnreachable, NotFound, Refused: The source cannot be read.
            CommandFailed: An artifact changed since it was built.
        """
        folder = self.path(run, job_id, attempt)
        if plan.source is not None and plan.commit is not None:
            await self._sources.checkout(plan.source.git, plan.commit.id, folder)
        else:
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        before = _jobs_before(plan, job_id)
        for artifact in self._store.artifacts(run.id):
            if artifact.job_id in before:
                await asyncio.to_thread(self._place, artifact, folder)
        return folder

    async def collect(self, run: Run, plan: Plan, job_id: JobId, job: Job, folder: Path) -> None:
        """Stores the files that the job's globs name; each is built once, by its digest.

        Raises:
            CommandFailed: A glob names no file.
            Refused: A glob or a link leads out of the folder.
        """
        known = {(a.name, a.digest) for a in self._store.artifacts(run.id)}
        for path in await asyncio.to_thread(_find, folder, job.artifacts):
            digest, size = await asyncio.to_thread(self._repository.store, path)
            name = path.relative_to(folder).as_posix()
            if (name, digest) in known:
                continue  # a worker died after it had stored this one
            now = self._clock.now()
            commit = plan.commit.id if plan.commit is not None else ""
            artifact = Artifact(digest, name, size, run.id, job_id, commit, now)
            data = {"job": job_id, "name": name, "digest": digest, "size_bytes": size}
            with self._store.transaction():
                self._store.add_artifact(artifact)
                self._store.append(Event("artifact.stored", run.id, now, data=data))

    async def remove(self, run: Run, job_id: JobId, attempt: int) -> None:
        """Removes the attempt's folder; nothing when it is gone."""
        folder = self.path(run, job_id, attempt)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def prune(self, pipeline: str) -> None:
        """Removes what failed jobs left in runs that are older than the last ten."""
        for run in self._store.runs(pipeline, _RUNS_KEPT + _RUNS_PRUNED)[_RUNS_KEPT:]:
            if run.state in ENDS:
                await asyncio.to_thread(shutil.rmtree, self._folder / run.id, ignore_errors=True)

    def _place(self, artifact: Artifact, folder: Path) -> None:
        name = PurePosixPath(artifact.name)
        if name.is_absolute() or ".." in name.parts:
            raise Refused(f"the artifact {artifact.name!r} would lie outside of the checkout")
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copyfile(self._repository.path(artifact.digest), target)
        target.chmod(0o755)  # the repository keeps bytes only; what is a program must start


def _jobs_before(plan: Plan, job_id: JobId) -> frozenset[JobId]:
    """All jobs of earlier stages, and those of the same stage that it needs, near and far."""
    before: set[JobId] = set()
    for stage in plan.stages:
        jobs = {job.name: job for job in stage.jobs}
        if not job_id.startswith(f"{stage.name}/"):
            before |= {JobId(f"{stage.name}/{name}") for name in jobs}
            continue
        open_names = list(plan.job(job_id).needs)
        while open_names:
            name = open_names.pop()
            if JobId(f"{stage.name}/{name}") not in before:
                before.add(JobId(f"{stage.name}/{name}"))
                open_names += jobs[name].needs
        break
    return frozenset(before)


def _find(folder: Path, globs: tuple[str, ...]) -> list[Path]:
    found: dict[Path, None] = {}
    root = folder.resolve()
    for glob in globs:
        if PurePosixPath(glob).is_absolute() or ".." in PurePosixPath(glob).parts:
            raise Refused(f"the glob {glob!r} leads out of the checkout")
        files = sorted(p for p in folder.glob(glob) if p.is_file())
        if not files:
            raise CommandFailed(f"no file matches {glob}", 1, "The job should have built it.")
        for path in files:
            if not path.resolve().is_relative_to(root):
                raise Refused(f"{path.name} is a link that leads out of the checkout")
            found[path] = None
    return list(found)
