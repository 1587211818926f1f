"""Removes what is beyond a limit of retention, in pieces so short that nobody waits for them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from itertools import count

from devops_tui.domain.errors import DevopsError, NotFound, StoreError
from devops_tui.domain.event import Event
from devops_tui.domain.ids import Digest, RunId
from devops_tui.domain.pipeline import ENDS
from devops_tui.domain.retention import LASTING_EVENTS, Prunable, PruneReport, Rest
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.left_folders import LeftFolders
from devops_tui.services.prune_plan import left, mirrors_in_use, plan
from devops_tui.services.shelf import Shelf
from devops_tui.services.spools import Spools

EVERY_S = 3600.0
FIRST_S = 120.0
PIECE_S = 0.002
"""So long one transaction shall take; the pieces grow and shrink towards it."""

_BREATH_S = 0.01
_TURNS_A_DAY = 24
_MOST_ROWS = 2000

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Piece:
    """How many rows the next transaction takes; follows how long the last one took."""

    rows: int = 8
    slowest_s: float = 0.0

    def take(self, act: Callable[[int], int]) -> int:
        """Does one piece and counts its rows."""
        began = time.perf_counter()
        done = act(self.rows)
        took = time.perf_counter() - began
        self.slowest_s = max(self.slowest_s, took)
        if took > PIECE_S:
            self.rows = max(1, self.rows // 2)
        elif took < PIECE_S / 2:
            self.rows = min(_MOST_ROWS, self.rows + max(1, self.rows // 2))
        return done


@dataclass(slots=True)
class _Tally:
    gone: list[Prunable] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    piece: _Piece = field(default_factory=_Piece)


class Pruner:
    """Prunes one workspace; one for each worker.

    Crash safe: a file is marked before it goes, a log before its chunks, a run goes in
    one transaction after its log, a folder is renamed before it is emptied. Beginning
    again does what is left.

    Cancel: between two pieces; what went is gone, what stays is whole.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        workspace: Workspace,
        shelf: Shelf,
        folders: LeftFolders,
        spools: Spools,
    ) -> None:
        self._store = store
        self._clock = clock
        self._workspace = workspace
        self._shelf = shelf
        self._folders = folders
        self._spools = spools
        self._lock = asyncio.Lock()

    async def watch(self) -> None:
        """Prunes once an hour until cancelled; the first time when the start is over."""
        await self._clock.sleep(FIRST_S)
        for turn in count():
            try:
                await self.prune(looks_at_hosts=turn % _TURNS_A_DAY == 0)
            except StoreError as error:
                log.warning("not pruned now: %s", error)
            await self._clock.sleep(EVERY_S)

    async def prune(
        self, actor: str = "worker", why: str = "", *, looks_at_hosts: bool = True
    ) -> PruneReport:
        """Removes all that is beyond a limit now, and says so in one event.

        What cannot be removed stands in the report's errors, and is tried again next time.

        Raises:
            StoreError: The store cannot be used; what went until then is gone.
        """
        async with self._lock:
            found = plan(self._store, self._clock, self._workspace, None)
            done = _Tally()
            for item in found.gone:
                await self._one(item, done)
            await self._finish_files(done)
            await self._remove_folders(done)
            if looks_at_hosts:
                await self._remove_spools(done)
            self._say(done, actor, why)
            return PruneReport(
                tuple(done.gone),
                found.kept,
                tuple(done.errors),
                round(1000 * done.piece.slowest_s, 3),
            )

    async def _one(self, item: Prunable, done: _Tally) -> None:
        try:
            if item.kind is Rest.ARTIFACT:
                size = await self._shelf.prune(Digest(item.subject), item.why)
                done.gone.append(replace(item, size_bytes=size))
            elif item.kind is Rest.LOG:
                await self._drop_log(item, done)
            elif item.kind is Rest.RUN:
                await self._drop_run(item, done)
            elif item.kind is Rest.EVENTS:
                await self._drop_events(item, done)
        except StoreError:
            raise
        except (DevopsError, OSError) as error:
            done.errors.append(f"{item.kind} {item.subject}: {error}")

    async def _drop_log(self, item: Prunable, done: _Tally) -> None:
        run_id = RunId(item.subject)
        with suppress(NotFound), self._store.transaction():
            run = self._store.run(run_id)
            if run.log_pruned_at is None:
                marked = replace(run, log_pruned_at=self._clock.now())
                self._store.save_run(marked, run.state)
        while done.piece.take(lambda rows: self._store.drop_log(run_id, rows)):
            await self._breathe()
        done.gone.append(item)

    async def _drop_run(self, item: Prunable, done: _Tally) -> None:
        run_id = RunId(item.subject)
        with suppress(NotFound):
            if self._store.run(run_id).state not in ENDS:
                return  # it was begun again since it was looked at
        await self._drop_files_of(run_id, item.why)

        def drop(_: int) -> int:
            self._store.drop_run(run_id)
            return 1

        done.piece.take(drop)
        done.gone.append(item)
        await self._breathe()

    async def _drop_files_of(self, run_id: RunId, why: str) -> None:
        """What no other run has would stay in the repository for ever without its row."""
        for row in self._store.artifacts(run_id):
            others = {a.run_id for a in self._store.artifacts_of(row.digest)} - {run_id}
            if not others:
                await self._shelf.prune(row.digest, f"its run goes: {why}")

    async def _drop_events(self, item: Prunable, done: _Tally) -> None:
        age = timedelta(seconds=self._workspace.retention.events_s)
        until = self._store.last_event_before(self._clock.now() - age)
        while done.piece.take(lambda rows: self._store.drop_events(until, LASTING_EVENTS, rows)):
            await self._breathe()
        done.gone.append(item)

    async def _finish_files(self, done: _Tally) -> None:
        """Files that are marked and still there: a worker died before it removed them."""
        try:
            there = await self._shelf.sizes()
        except (DevopsError, OSError) as error:
            done.errors.append(f"repository: {error}")
            return
        for holding in self._store.holdings():
            if holding.pruned_at is not None and holding.digest in there:
                item = Prunable(Rest.ARTIFACT, holding.digest, holding.pruned_why)
                await self._one(item, done)

    async def _remove_folders(self, done: _Tally) -> None:
        limits, now = self._workspace.retention, self._clock.now()
        in_use = mirrors_in_use(self._store, self._workspace)
        going = list(left(self._folders, self._store.run_marks(), in_use, limits, now))
        for kind, folder, why in going:
            try:
                size = await asyncio.to_thread(self._folders.remove, folder)
            except OSError as error:
                done.errors.append(f"{kind} {folder.name}: {error.strerror}")
            else:
                done.gone.append(Prunable(kind, folder.name, why, size))

    async def _remove_spools(self, done: _Tally) -> None:
        gone, errors = await self._spools.remove_old(self._workspace)
        done.gone += gone
        done.errors += errors

    async def _breathe(self) -> None:
        await self._clock.sleep(_BREATH_S)

    def _say(self, done: _Tally, actor: str, why: str) -> None:
        if not done.gone and not done.errors:
            return
        counts = Counter(item.kind.value for item in done.gone)
        size = sum(item.size_bytes or 0 for item in done.gone)
        data = {
            "counts": dict(counts),
            "size_bytes": size,
            "runs": _shown([i.subject for i in done.gone if i.kind is Rest.RUN]),
            "errors": done.errors[:5],
        }
        if counts[Rest.EVENTS.value]:
            age = timedelta(seconds=self._workspace.retention.events_s)
            data["events_before"] = (self._clock.now() - age).astimezone(UTC).isoformat()
        self._store.append(
            Event("retention.pruned", "retention", self._clock.now(), actor, why, data)
        )


def _shown(names: Sequence[str], most: int = 20) -> list[str]:
    more = [f"and {len(names) - most} more"] if len(names) > most else []
    return [*names[:most], *more]
