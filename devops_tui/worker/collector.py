"""A child process of the worker: looks at hosts, writes frames, never outlives the worker."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Frame, Host
from devops_tui.domain.history import HistoryKeep
from devops_tui.domain.slow_plan import SlowPlan
from devops_tui.domain.survey import Survey
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.export import FigureSink
from devops_tui.ports.frames import Frames
from devops_tui.ports.history import HistoryWriter
from devops_tui.ports.store import Store
from devops_tui.ports.transport import Links
from devops_tui.services.alert_incidents import AlertIncidents
from devops_tui.services.alerting import AlertWatch, Verdict
from devops_tui.services.monitoring import FleetWatch
from devops_tui.services.slow_watch import LOOKED_S
from devops_tui.services.watch import IN_VIEW_S, UNSEEN_S, WatchTools
from devops_tui.worker.export_duty import ExportDuty
from devops_tui.worker.history_duty import AT_ONCE, HistoryDuty
from devops_tui.worker.parent import wait_for_parent_end

LOOK_S = 1.0
FIRST_LOOK_S = 0.05  # until there is a workspace: the worker is about to write it
CLIENT_S = 15.0

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CollectorParts:
    """What a collector is given.

    Attributes:
        open_store, open_frames, open_history: Called once, in the thread that uses what they
            return; without the last no figures are kept over time.
        links: Makes the links of a workspace; closed when its hosts change.
        sink: Where figures are sent that the configuration wants elsewhere.
        parent_pid, stdin_fd: How the end of the worker is noticed.
    """

    open_store: Callable[[], Store]
    open_frames: Callable[[], Frames]
    links: Callable[[Workspace], Links]
    tools: WatchTools
    parent_pid: int
    stdin_fd: int = 0
    open_history: Callable[[], HistoryWriter] | None = None
    sink: FigureSink | None = None


async def run_collector(parts: CollectorParts) -> None:
    """Collects until the parent dies or SIGTERM, SIGINT or SIGHUP comes.

    Raises:
        StoreError: The store or the frames cannot be opened; what happens later to
            them is logged and tried again.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="store") as thread:
        collector = _Collector(parts, thread)
        await collector.open()
        duties = [
            asyncio.create_task(stop.wait()),
            asyncio.create_task(
                wait_for_parent_end(parts.parent_pid, parts.stdin_fd, parts.tools.clock)
            ),
            asyncio.create_task(collector.collect()),
        ]
        try:
            done, _ = await asyncio.wait(duties, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for duty in duties:
                duty.cancel()
            await asyncio.gather(*duties, return_exceptions=True)
            await collector.close()
        for duty in done:
            duty.result()


class _Collector:
    """The store is read and written in one thread: a full disk never holds up a tick."""

    def __init__(self, parts: CollectorParts, thread: ThreadPoolExecutor) -> None:
        self._parts = parts
        self._thread = thread
        self._store: Store
        self._frames: Frames
        self._history = HistoryDuty()
        self._watch_alerts = AlertWatch()
        self._alerts: AlertIncidents | None = None
        self._verdicts: list[Verdict] = []  # the store may be away: they are told later
        self._links: Links | None = None
        self._hosts: dict[str, Host] | None = None
        self._store_version: int | None = None
        self._workspace_hash: str | None = None
        self._workspace: Workspace | None = None
        self._events: list[Event] = []
        self._plan = SlowPlan()
        self._export = ExportDuty(
            parts.tools.clock, parts.tools.monotonic, lambda: self._fleet.frames, parts.sink
        )
        self._fleet = FleetWatch(parts.tools, self._save, self._events.append, self._save_surveys)

    async def open(self) -> None:
        """Opens both files where they will be used."""
        self._store = await self._call(self._parts.open_store)
        self._frames = await self._call(self._parts.open_frames)
        if self._parts.open_history is not None:
            with self._tolerance("figures over time", "opened"):
                self._history.writer = await self._call(self._parts.open_history)

    async def collect(self) -> None:
        """Follows the workspace's hosts, at the pace that screens ask for."""
        watching = asyncio.create_task(self._fleet.run())
        exporting = asyncio.create_task(self._keep_exporting())
        try:
            while not watching.done():
                with self._tolerance("the workspace", "read"):
                    await self._look()
                await self._tell()
                with self._tolerance("figures over time", "kept"):
                    await self._keep()
                with self._tolerance("alerts", "told"):
                    await self._alert()
                pause_s = LOOK_S if self._hosts is not None else FIRST_LOOK_S
                await self._parts.tools.clock.sleep(pause_s)
            watching.result()
        finally:
            watching.cancel()
            exporting.cancel()
            await asyncio.gather(watching, exporting, return_exceptions=True)

    async def _keep_exporting(self) -> None:
        """Beside all else: a receiver that hangs holds up nothing but what it gets."""
        while True:
            try:
                await self._export.turn()
            except Exception:
                # a receiver or its answer may be anything; collecting must go on without it
                log.exception("figures could not be exported")
            await self._parts.tools.clock.sleep(LOOK_S)

    async def close(self) -> None:
        """Gives links and files back; the last events and frames are kept before."""
        await self._tell()
        with self._tolerance("the last minute of figures", "kept"):
            await self._call(self._history.close, self._history.recorder.rest())
        await self._export.close()
        if self._links is not None:
            await self._links.close()
        await self._call(self._frames.close)
        await self._call(self._store.close)

    async def _look(self) -> None:
        is_seen = await self._call(self._read)
        self._fleet.set_pace(IN_VIEW_S if is_seen else UNSEEN_S)
        if self._workspace is not None and self._is_other(self._workspace):
            await self._watch(self._workspace)
        if self._workspace is not None:
            self._export.follow(self._workspace.export, self._workspace.hosts)
        if is_seen:
            since = self._parts.tools.clock.now() - timedelta(seconds=LOOKED_S)
            self._fleet.look(await self._call(self._frames.looked_at, since))

    def _is_other(self, workspace: Workspace) -> bool:
        return dict(workspace.hosts) != self._hosts or workspace.slow != self._plan

    def _read(self) -> bool:
        """Whether a screen is open; runs in the store's thread.

        The workspace is decoded again only when the files may have been read again.
        """
        since = self._parts.tools.clock.now() - timedelta(seconds=CLIENT_S)
        is_seen = bool(self._store.clients(since))
        version = self._store.version()
        if version != self._store_version:
            digest = self._store.workspace_hash()
            if digest != self._workspace_hash:
                self._workspace = self._store.workspace()
                self._workspace_hash = digest
            self._store_version = version
        return is_seen

    async def _watch(self, workspace: Workspace) -> None:
        links = self._parts.links(workspace)
        await self._fleet.watch(workspace.hosts, links, workspace.slow)
        self._hosts, self._plan = dict(workspace.hosts), workspace.slow
        old, self._links = self._links, links
        await self._call(self._frames.drop_frames, [h.name for h in workspace.hosts.values()])
        if old is not None:
            await old.close()

    async def _save(self, frames: Sequence[Frame]) -> None:
        self._history.recorder.take(frames)
        self._export.take(frames)
        await self._call(self._frames.save_frames, frames)

    async def _save_surveys(self, surveys: Sequence[Survey]) -> None:
        await self._call(self._frames.save_surveys, surveys)

    async def _alert(self) -> None:
        if self._workspace is None:
            return
        if self._alerts is None:
            self._alerts = await self._call(AlertIncidents, self._store, self._parts.tools.clock)
            self._watch_alerts.know_open(await self._call(self._alerts.open_fingerprints))
        now = self._parts.tools.clock.now()
        verdicts = self._watch_alerts.judge(self._workspace, self._fleet.frames, now)
        self._verdicts.extend(verdicts)
        if self._verdicts:
            told = tuple(self._verdicts)
            await self._call(self._alerts.settle, told, self._watch_alerts, self._workspace)
            del self._verdicts[: len(told)]

    async def _keep(self) -> None:
        keep = self._workspace.history if self._workspace is not None else HistoryKeep()
        now, recorder = self._parts.tools.clock.now(), self._history.recorder
        blocks = recorder.closed(now, AT_ONCE)
        try:
            await self._call(self._history.keep, blocks, now, keep)
        except DevopsError:
            recorder.give_back(blocks)
            raise

    async def _tell(self) -> None:
        events, count = tuple(self._events), len(self._events)
        if not events:
            return
        with self._tolerance("the workspace", "written"):
            await self._call(self._append, events)
            del self._events[:count]

    def _append(self, events: Sequence[Event]) -> None:
        with self._store.transaction():
            for event in events:
                self._store.append(event)

    async def _call(self, function: Callable[..., T], *values: object) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, functools.partial(function, *values))

    @contextlib.contextmanager
    def _tolerance(self, what: str, done: str) -> Iterator[None]:
        try:
            yield
        except DevopsError as error:
            log.warning("%s could not be %s: %s", what, done, error)
