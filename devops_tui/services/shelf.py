"""Puts built files into the repository and takes them out; rows and files go together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from devops_tui.domain.artifact import Holding
from devops_tui.domain.errors import NotFound
from devops_tui.domain.event import Event
from devops_tui.domain.ids import Digest, WorkerId
from devops_tui.domain.pipeline import Artifact, JobRun, Plan, Run
from devops_tui.ports.runtime import Clock, Repository
from devops_tui.ports.store import Store
from devops_tui.services.artifact_home import elsewhere


@dataclass(frozen=True, slots=True)
class Origin:
    """Which job of which run builds, and what it was given to build from."""

    run: Run
    plan: Plan
    record: JobRun
    inputs: tuple[Digest, ...] = ()


class Shelf:
    """The repository and the rows that tell of it; one for each worker.

    A file that is pruned is marked first and removed then, and stored bytes take the mark
    away: a row never points to a file that is gone without saying so.

    Args:
        worker: Id of the worker, for the provenance of what it stores.
    """

    def __init__(
        self, store: Store, clock: Clock, repository: Repository, worker: str = ""
    ) -> None:
        self._store = store
        self._clock = clock
        self._repository = repository
        self._worker = worker
        self._lock = asyncio.Lock()  # nothing is pruned between the file and its row

    @property
    def repository(self) -> Repository:
        """The repository below."""
        return self._repository

    async def keep(self, path: Path, name: str, origin: Origin) -> Artifact:
        """Stores a file that a job built; the same bytes again change nothing.

        Raises:
            HostUnreachable, CommandFailed: The repository did not take it.
        """
        run, record = origin.run, origin.record
        async with self._lock:
            digest, size = await self._repository.store(path)
            known = (a for a in self._store.artifacts(run.id) if a.name == name)
            old = next(known, None)
            self._found_again(digest)
            if old is not None and old.digest == digest:
                return old  # a worker died after it had stored this one
            now = self._clock.now()
            made = Artifact(
                digest,
                name,
                size,
                run.id,
                record.job_id,
                origin.plan.commit.id if origin.plan.commit is not None else "",
                now,
                plan_hash=origin.plan.hash,
                attempt=record.attempt,
                worker=self._worker,
                inputs=tuple(sorted(set(origin.inputs) - {digest})),
            )
            data = {"job": record.job_id, "name": name, "digest": digest, "size_bytes": size}
            with self._store.transaction():
                self._store.add_artifact(made)
                self._store.append(Event("artifact.stored", run.id, now, data=data))
            return made

    async def file(self, digest: Digest, name: str = "") -> Path:
        """Where the bytes lie on this machine, compared with the digest.

        Raises:
            NotFound: It was pruned, or never stored here; the title says which and when, and
                where it lies when that is another worker's machine.
            CommandFailed: The bytes changed since they were stored.
            HostUnreachable: The repository cannot be reached.
        """
        shown = name or digest[:19]
        holding = self._store.holding(digest)
        if holding.pruned_at is not None:
            raise NotFound(
                f"{shown} was pruned on {holding.pruned_at:%Y-%m-%d} by retention: "
                f"{holding.pruned_why}",
                "Build it again.",
            )
        try:
            return await self._repository.path(digest)
        except NotFound as error:
            me = self._store.worker(WorkerId(self._worker)) if self._worker else None
            other = elsewhere(self._store, digest, shown, me.place if me is not None else "")
            raise other or NotFound(
                f"{shown} ({digest[:19]}) is not in {self._repository.place}", error.hint
            ) from None

    async def prune(self, digest: Digest, why: str) -> int:
        """Removes a file and says so in its rows; returns its bytes.

        A pinned one stays. A worker that dies in between leaves a mark: prune again.
        """
        async with self._lock:
            holding = self._store.holding(digest)
            if holding.pinned_at is not None:
                return 0
            if holding.pruned_at is None:
                now = self._clock.now()
                self._store.save_holding(replace(holding, pruned_at=now, pruned_why=why))
            return await self._repository.remove(digest)

    async def sizes(self) -> Mapping[Digest, int]:
        """Every file of the repository with its bytes."""
        return await self._repository.sizes()

    def _found_again(self, digest: Digest) -> None:
        holding: Holding = self._store.holding(digest)
        if holding.pruned_at is not None:
            self._store.save_holding(replace(holding, pruned_at=None, pruned_why=""))
