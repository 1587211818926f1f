"""DBOS in this process: started when a run needs it, stopped when none has for a while.

Its threads look at its database several times a second even when nothing is to be done
(about 0.9 % of a core), and it starts within 60 CPU ms: so it rests between runs.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy
from dbos import DBOS, DBOSConfig, Serializer, WorkflowStatusString

from devops_tui.engines.dbos_workflow import WORKFLOW

VERSION = "1"  # of the workflow: grows when its steps are reserved in another way
REST_S = 10.0
QUEUE_S = 0.2
KEEP = timedelta(days=7)
ENDS = [
    WorkflowStatusString.SUCCESS.value,
    WorkflowStatusString.ERROR.value,
    WorkflowStatusString.CANCELLED.value,
]
_CLEAR_AT_ONCE = 200

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DbosPlace:
    """Where DBOS keeps its own tables.

    Attributes:
        url: Of SQLAlchemy: "sqlite:////path/dbos.db" or "postgresql://...".
        schema: Of its tables in PostgreSQL.
        wake_s: How often an idle thread of DBOS looks whether it should end; bounds the
            time that a hand-over takes.
        is_shared: Whether several workers have it.
    """

    url: str
    schema: str = "devops_tui_dbos"
    wake_s: float = 0.5
    is_shared: bool = False

    @classmethod
    def file(cls, path: Path, wake_s: float = 0.5) -> DbosPlace:
        """A SQLite file."""
        return cls(f"sqlite:///{path}", wake_s=wake_s)

    @classmethod
    def team(cls, url: str, password: str = "") -> DbosPlace:
        """A schema of its own beside that of a store at `postgresql://...[?schema=NAME]`."""
        place = sqlalchemy.make_url(url)
        schema = place.query.get("schema", "devops_tui")
        own = place.difference_update_query(["schema"]).set(drivername="postgresql+psycopg")
        own = own.set(password=password) if password else own
        return cls(own.render_as_string(hide_password=False), f"{schema}_dbos", is_shared=True)


class DbosHome:
    """The process's one instance of DBOS; belongs to one event loop.

    Args:
        executor_id: Names the worker: what another one left is gone on with only when asked.
    """

    def __init__(self, place: DbosPlace, executor_id: str) -> None:
        self._place = place
        self._executor_id = executor_id
        self._queue = f"of {executor_id}" if place.is_shared else None
        self._has_queue = False
        self._is_up = False
        self._changing = asyncio.Lock()
        self._rest: asyncio.TimerHandle | None = None
        self._resting: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[None] | None = None

    async def enter(self) -> None:
        """Starts DBOS unless it runs.

        Raises:
            Exception: Of DBOS or SQLAlchemy: its database cannot be used.

        Cancel: the start goes on, so that nobody stops what is half there.
        """
        self._starting = asyncio.create_task(self._enter(), name="dbos starts")
        await asyncio.shield(self._starting)

    async def _enter(self) -> None:
        async with self._changing:
            if not self._is_up:
                await _aside(self._start)
                self._is_up = True

    async def queue(self) -> str | None:
        """Where workflows that are gone on with wait, so that no other worker takes them.

        None for DBOS's own queue, where one worker alone has the database.
        """
        if self._queue is not None and not self._has_queue:
            await DBOS.register_queue_async(self._queue, polling_interval_sec=QUEUE_S)
            self._has_queue = True
        return self._queue

    def rest_later(self, is_idle: Callable[[], bool]) -> None:
        """Stops DBOS in a while if it is idle then."""
        if self._rest is not None:
            self._rest.cancel()
        self._rest = asyncio.get_running_loop().call_later(REST_S, self._begin_rest, is_idle)

    async def close(self) -> None:
        """Stops DBOS; what was not walked to its end stays to be gone on with."""
        if self._rest is not None:
            self._rest.cancel()
        async with self._changing:
            await self._stop()

    def _begin_rest(self, is_idle: Callable[[], bool]) -> None:
        self._resting = asyncio.create_task(self._rest_now(is_idle), name="dbos rests")

    async def _rest_now(self, is_idle: Callable[[], bool]) -> None:
        async with self._changing:
            if self._is_up and is_idle():
                await self._clear()
                await self._stop()

    async def _clear(self) -> None:
        """Forgets what ended long ago: the store holds all that is worth keeping of it."""
        before = (datetime.now(UTC) - KEEP).isoformat()
        try:
            old = await DBOS.list_workflows_async(
                status=ENDS,
                name=WORKFLOW,
                completed_before=before,
                limit=_CLEAR_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if old:
                await DBOS.delete_workflows_async([w.workflow_id for w in old])
        except Exception:
            # clearing away is not worth a run
            log.exception("clearing ended workflows away")

    async def _stop(self) -> None:
        if not self._is_up:
            return
        self._is_up = False
        if self._has_queue and self._queue is not None:
            self._has_queue = False
            try:
                await DBOS.delete_queue_async(self._queue)
            except Exception:
                # a row that nobody reads does no harm; the reason may
                log.exception("taking the queue of this worker away")
        # DBOS made its own threads those of the loop: without others, whatever else of the
        # worker uses threads would fail from here on
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await _aside(DBOS.destroy)

    def _start(self) -> None:
        logging.getLogger("dbos").addHandler(logging.NullHandler())  # else it adds one of its own
        _prepare(self._place.url)
        config: DBOSConfig = {
            "name": "devops-tui",
            "system_database_url": self._place.url,
            "dbos_system_schema": self._place.schema,
            "application_version": VERSION,
            "executor_id": self._executor_id,
            "serializer": JsonSerializer(),
            "log_level": "WARNING",
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": self._place.wake_s,
            "scheduler_polling_interval_sec": 3600.0,
        }
        try:
            DBOS(config=config)
            if self._queue is not None:
                DBOS.listen_queues([self._queue])
            DBOS.launch()
        except Exception:
            DBOS.destroy()
            raise


class JsonSerializer(Serializer):
    """Keeps values as JSON: DBOS would pickle them, and a pickle that is read can act."""

    def name(self) -> str:
        """How DBOS marks what this wrote."""
        return "devops_tui_json"

    def serialize(self, data: Any) -> str:
        """JSON; an error, which only DBOS itself raises here, as its text."""
        if isinstance(data, BaseException):
            data = {"error": f"{type(data).__name__}: {data}"}
        return json.dumps(data, separators=(",", ":"))

    def deserialize(cls, serialized_data: str) -> Any:  # noqa: N805 - as DBOS declares it
        """The value; an error as a RuntimeError."""
        data = json.loads(serialized_data)
        if isinstance(data, dict) and data.keys() == {"error"}:
            return RuntimeError(data["error"])
        return data


def _prepare(url: str) -> None:
    """Makes a SQLite file private and lets readers and its writer pass one another."""
    place = sqlalchemy.make_url(url)
    if place.get_backend_name() != "sqlite" or not place.database:
        return
    os.close(os.open(place.database, os.O_CREAT | os.O_RDWR, 0o600))
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    finally:
        engine.dispose()


async def _aside(work: Callable[[], None]) -> None:
    """Runs blocking work in a thread that belongs to nobody else."""
    threads = ThreadPoolExecutor(1, "dbos-home")
    try:
        await asyncio.get_running_loop().run_in_executor(threads, work)
    finally:
        threads.shutdown(wait=False)
