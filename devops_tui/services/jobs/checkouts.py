"""The folder that a job works in: its commit, and what earlier jobs of the run built."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from pathlib import Path, PurePosixPath

from devops_tui.domain.errors import CommandFailed, Refused
from devops_tui.domain.ids import Digest, JobId
from devops_tui.domain.pipeline import ENDS, Job, JobRun, Plan, Run
from devops_tui.ports.runtime import Sources
from devops_tui.ports.store import Store
from devops_tui.services.jobs import inputs
from devops_tui.services.jobs.tools import job_slug
from devops_tui.services.shelf import Origin, Shelf

_RUNS_KEPT = 10
_RUNS_PRUNED = 5  # each end of a run prunes, so a few are enough to keep up
_PIECE_BYTES = 1 << 20


class Checkouts:
    """One folder for each attempt of a job, so that jobs side by side do not meet.

    Args:
        folder: Holds `<run>/<stage>.<job>.<attempt>`.
    """

    def __init__(self, store: Store, sources: Sources, shelf: Shelf, folder: Path) -> None:
        self._store = store
        self._sources = sources
        self._shelf = shelf
        self._folder = folder

    def path(self, run: Run, job_id: JobId, attempt: int) -> Path:
        """Where the attempt works; it may not be there yet."""
        return self._folder / run.id / f"{job_slug(job_id)}.{attempt}"

    def decide(self, run: Run, plan: Plan, record: JobRun) -> JobRun:
        """The record with what the job fetches; see `inputs.decide` for what may be raised."""
        wanted = plan.job(record.job_id).fetch
        return inputs.decide(self._store, run, plan, record, wanted)

    async def prepare(self, run: Run, plan: Plan, record: JobRun) -> Path:
        """Makes the folder: the commit's files, earlier artifacts over them, what is fetched.

        Every artifact's bytes are compared with its digest as they lie there. The inputs
        of the record are decided.

        Raises:
            HostUnreachable, NotFound, Refused: The source or an artifact cannot be read.
            CommandFailed: An artifact changed since it was built.
        """
        folder = self.path(run, record.job_id, record.attempt)
        if plan.source is not None and plan.commit is not None:
            await self._sources.checkout(plan.source.git, plan.commit.id, folder)
        else:
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        for artifact in inputs.given(self._store, run, plan, record.job_id):
            await self._place(artifact.digest, artifact.name, artifact.name, folder)
        for item in record.inputs:
            await self._place(item.digest, item.name, item.path, folder)
        return folder

    async def collect(self, run: Run, plan: Plan, job: Job, record: JobRun, folder: Path) -> None:
        """Stores the files that the job's globs name; each is built once, by its digest.

        Raises:
            CommandFailed: A glob names no file.
            Refused: A glob or a link leads out of the folder.
        """
        if not job.artifacts:
            return
        given = (a.digest for a in inputs.given(self._store, run, plan, record.job_id))
        fetched = (item.digest for item in record.inputs)
        origin = Origin(run, plan, record, tuple(dict.fromkeys((*given, *fetched))))
        for path in await asyncio.to_thread(_find, folder, job.artifacts):
            await self._shelf.keep(path, path.relative_to(folder).as_posix(), origin)

    async def remove(self, run: Run, job_id: JobId, attempt: int) -> None:
        """Removes the attempt's folder; nothing when it is gone."""
        folder = self.path(run, job_id, attempt)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def prune(self, pipeline: str) -> None:
        """Removes what failed jobs left in runs that are older than the last ten."""
        for run in self._store.runs(pipeline, _RUNS_KEPT + _RUNS_PRUNED)[_RUNS_KEPT:]:
            if run.state in ENDS:
                await asyncio.to_thread(shutil.rmtree, self._folder / run.id, ignore_errors=True)

    async def _place(self, digest: Digest, name: str, to: str, folder: Path) -> None:
        path = PurePosixPath(to)
        if path.is_absolute() or ".." in path.parts:
            raise Refused(f"the artifact {to!r} would lie outside of the checkout")
        source = await self._shelf.file(digest, name)
        await asyncio.to_thread(_copy, source, folder / path, folder, digest)


def _copy(source: Path, target: Path, folder: Path, digest: Digest) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        raise Refused(f"{target.name} would be put through a link that leads out of the checkout")
    target.unlink(missing_ok=True)
    seen = hashlib.sha256()
    with source.open("rb") as reader, target.open("xb") as writer:
        while piece := reader.read(_PIECE_BYTES):
            seen.update(piece)
            writer.write(piece)
    if f"sha256:{seen.hexdigest()}" != digest:  # it changed between the look and the copy
        target.unlink()
        raise CommandFailed(f"{target.name} changed while it was copied", 1, "Build it again.")
    target.chmod(0o755)  # the repository keeps bytes only; what is a program must start


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
