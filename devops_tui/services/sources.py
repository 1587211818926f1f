"""Watches the git sources of pipelines: what moved starts runs, each exactly once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from devops_tui.domain.errors import DevopsError, NotFound, StoreError
from devops_tui.domain.event import Event
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Pipeline, Run, Source
from devops_tui.domain.refs import BRANCHES, TAGS, is_pattern, is_tag, matching, short
from devops_tui.domain.source_state import SourceState
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock, Sources
from devops_tui.ports.store import Store
from devops_tui.services.origins import Origin
from devops_tui.services.pipelines import brought_by, create_run
from devops_tui.services.source_news import can_be_read, cannot_be_read

_RUNS_LOOKED_AT = 200

log = logging.getLogger(__name__)


class SourceWatch:
    """Asks each repository once a poll, and remembers what it saw in the store.

    A ref that moved starts a run, unless a run of the pipeline had that commit of that
    branch or tag, however it was started. Seen for the first time, a pipeline builds each
    branch that it names, the newest of those that its patterns mean, and the newest tag.

    Args:
        started: Told of each new run; usually Engine.submit.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        sources: Sources,
        workspace: Workspace,
        started: Callable[[RunId], Awaitable[None]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._sources = sources
        self._workspace = workspace
        self._started = started

    async def watch(self) -> None:
        """Polls until cancelled; a source that cannot be read is tried again."""
        groups: dict[str, list[Pipeline]] = {}
        for pipeline in self._workspace.pipelines.values():
            if pipeline.source is not None:
                groups.setdefault(pipeline.source.git, []).append(pipeline)
        watches = [asyncio.create_task(self._watch(group)) for group in groups.values()]
        try:
            if watches:
                await asyncio.gather(*watches)
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)

    async def poll(self, pipeline: Pipeline) -> tuple[Run, ...]:
        """Looks at one pipeline's source now; the runs that it created and told of.

        Raises:
            HostUnreachable, NotFound, Refused: The source cannot be read; that is kept.
        """
        return await self._look([pipeline])

    async def _watch(self, pipelines: Sequence[Pipeline]) -> None:
        pause_s = min(p.source.poll_s for p in pipelines if p.source is not None)
        said = ""
        while True:
            try:
                await self._look(pipelines)
                said = ""
            except DevopsError as error:
                if str(error) != said:  # once, not at each poll
                    said = str(error)
                    log.warning("source of %s: %s", ", ".join(p.name for p in pipelines), said)
            await self._clock.sleep(pause_s)

    async def _look(self, pipelines: Sequence[Pipeline]) -> tuple[Run, ...]:
        """One request for all of them; the first trouble is raised after the last was tried."""
        wanted = [(p, p.source) for p in pipelines if p.source is not None]
        if not wanted:
            return ()
        names = dict.fromkeys(name for _, source in wanted for name in _asked(source))
        trouble: DevopsError | None = None
        runs: list[Run] = []
        try:
            refs = await self._sources.refs(wanted[0][1].git, tuple(names))
        except DevopsError as error:
            for pipeline, _ in wanted:
                cannot_be_read(self._store, self._clock, pipeline.name, error)
            raise
        for pipeline, source in wanted:
            try:
                await self._take(pipeline.name, source, refs, runs)
                _refuse_missing(source, refs)
                can_be_read(self._store, self._clock, pipeline.name)
            except StoreError:
                raise
            except DevopsError as error:
                cannot_be_read(self._store, self._clock, pipeline.name, error)
                trouble = trouble or error
        if trouble is not None:
            raise trouble
        return tuple(runs)

    async def _take(
        self, pipeline: str, source: Source, refs: Mapping[str, str], runs: list[Run]
    ) -> None:
        """Starts a run for each ref that moved, then remembers all that were seen."""
        heads = _watched(source, refs)
        state = self._store.source_state(pipeline) or SourceState(pipeline)
        known = state.heads if state.git == source.git else {}
        patterns = (*source.branches, *(f"{TAGS}{tag}" for tag in source.tags))
        if heads == known and patterns == state.patterns:
            return
        moved = {ref: c for ref, c in heads.items() if known.get(ref, c) != c}
        fresh = {ref: c for ref, c in heads.items() if ref not in known}
        if patterns != state.patterns:
            fresh = await self._first_of(source, fresh)
        for ref, commit in (fresh | moved).items():
            run = await self._run(pipeline, source, ref, commit, known.get(ref, ""))
            if run is not None:
                runs.append(run)
                await self._started(run.id)
        with self._store.transaction():
            now = self._store.source_state(pipeline) or state
            kept = replace(now, git=source.git, heads=heads, patterns=patterns)
            self._store.save_source_state(kept)

    async def _first_of(self, source: Source, fresh: Mapping[str, str]) -> dict[str, str]:
        """What is built of refs that a pipeline sees for the first time."""
        named = {f"{BRANCHES}{name}" for name in source.branches}
        chosen = {ref: commit for ref, commit in fresh.items() if ref in named}
        for kind in (BRANCHES, TAGS):
            group = {r: c for r, c in fresh.items() if r.startswith(kind) and r not in chosen}
            if group:
                newest = await self._sources.newest(source.git, list(group.values()))
                ref = max(ref for ref, commit in group.items() if commit == newest)
                chosen[ref] = newest
        return chosen

    async def _run(
        self, pipeline: str, source: Source, ref: str, commit: str, before: str
    ) -> Run | None:
        """The run of a ref that moved; None when there was one."""
        origin = Origin.of(ref)
        if self._had(pipeline, commit, origin):
            return None
        why = await self._why(source, ref, before, commit)
        commits = await brought_by(self._store, self._sources, source, pipeline, commit, origin)
        with self._store.transaction():
            if self._had(pipeline, commit, origin):  # somebody was faster
                return None
            if why:
                data = {"ref": ref, "before": before, "after": commit}
                now = self._clock.now()
                self._store.append(Event("source.rewritten", pipeline, now, "source", why, data))
            return create_run(
                self._store,
                self._clock,
                self._workspace,
                pipeline,
                "source",
                why,
                trigger="source",
                commit=commits[0],
                commits=commits,
                origin=origin,
            )

    async def _why(self, source: Source, ref: str, before: str, commit: str) -> str:
        """What is odd about the move; empty when nothing is."""
        if not before:
            return ""
        if is_tag(ref):
            return f"tag {short(ref)} was moved: it was at {before[:7]}"
        if await self._sources.is_ancestor(source.git, before, commit):
            return ""
        return f"{short(ref)} was rewritten: {before[:7]} is no longer part of it"

    def _had(self, pipeline: str, commit: str, origin: Origin) -> bool:
        runs = self._store.runs(pipeline, _RUNS_LOOKED_AT)
        return any(
            run.plan.commit is not None
            and run.plan.commit.id == commit
            and (run.plan.tag == origin.tag if origin.tag else _is_of(run, origin.branch))
            for run in runs
        )


def _is_of(run: Run, branch: str) -> bool:
    """Whether a run stands for that branch; one of a commit without a branch for any."""
    return run.plan.branch == branch or not (run.plan.branch or run.plan.tag)


def _asked(source: Source) -> Iterable[str]:
    """The least that has to be asked for: whole names where no pattern needs more."""
    if any(is_pattern(name) for name in source.branches):
        yield BRANCHES
    else:
        yield from (f"{BRANCHES}{name}" for name in source.branches)
    if source.tags:
        yield TAGS


def _watched(source: Source, refs: Mapping[str, str]) -> dict[str, str]:
    return matching(source.branches, BRANCHES, refs) | matching(source.tags, TAGS, refs)


def _refuse_missing(source: Source, refs: Mapping[str, str]) -> None:
    for name in source.branches:
        if not is_pattern(name) and f"{BRANCHES}{name}" not in refs:
            raise NotFound(f"it has no branch {name}", "Correct `branch:` of the source.")
