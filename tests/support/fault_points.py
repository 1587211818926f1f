"""Numbered points of a worker's life at which a test ends it with kill -9.

A point is a name, how often that name came up in this process, and a side: `before` the
act or `after` it. Names hold what is the same in every release (job, host, kind of event),
so that a dry run tells the points and a later run dies at one of them.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from devops_tui.stores.sql.database import Database, Row

MOST_TIMES = 2
"""Of one name: what comes up more often (a look at a quiet command) is the same again."""

_RUN = re.compile(r"\b(ship|fails)-\d+\b")
_BIRTH = re.compile(r"\.[0-9a-f]{8}$")
_NOISE = re.compile(r"(?:INTO|UPDATE|FROM) (?:worker|client|command|counter)\b")
_TABLE = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) (\w+)")


class Points:
    """Counts what comes by, and dies where it was told to.

    Args:
        kill: The point to die at; empty to die at none.
        record: A file that gets the name of each point, one per line.
    """

    def __init__(self, kill: str = "", record: Path | None = None) -> None:
        self._kill = kill
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._file = (
            os.open(record, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600) if record else None
        )

    def at(self, name: str, side: str) -> None:
        """Comes by a point; may not return."""
        with self._lock:
            plain = _RUN.sub(r"\1", name)
            self._seen[f"{plain} {side}"] += 1
            times = self._seen[f"{plain} {side}"]
            if times > MOST_TIMES:
                return
            point = f"{plain} #{times} {side}"
            if self._file is not None:
                os.write(self._file, f"{point}\n".encode())
            if point == self._kill:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, owner: type, method: str, name: Callable[..., str]) -> None:
        """Puts points around a method; `name` gets what the method gets, without self."""
        inner = getattr(owner, method)
        points = self

        if inspect.isasyncgenfunction(inner):

            @functools.wraps(inner)
            async def pieces(self: Any, *args: Any, **more: Any) -> Any:
                said = name(*args, **more)
                points.at(said, "before")
                async for piece in inner(self, *args, **more):
                    points.at(f"{said} piece", "before")
                    yield piece
                    points.at(f"{said} piece", "after")
                points.at(said, "after")

            wrapped: Any = pieces
        elif inspect.iscoroutinefunction(inner):

            @functools.wraps(inner)
            async def awaited(self: Any, *args: Any, **more: Any) -> Any:
                said = name(*args, **more)
                points.at(said, "before")
                result = await inner(self, *args, **more)
                points.at(said, "after")
                return result

            wrapped = awaited
        else:

            @functools.wraps(inner)
            def called(self: Any, *args: Any, **more: Any) -> Any:
                said = name(*args, **more)
                points.at(said, "before")
                result = inner(self, *args, **more)
                points.at(said, "after")
                return result

            wrapped = called
        setattr(owner, method, wrapped)


def task_name(task_id: str) -> str:
    """A detached command's id without what differs from release to release."""
    return _BIRTH.sub("", task_id)


class PointedDatabase:
    """Implements stores.sql.database.Database over another: a point on each side of a commit.

    Heartbeats and the log of commands are left out.
    """

    def __init__(self, inner: Database, points: Points) -> None:
        self._inner = inner
        self._points = points
        self._depth = 0
        self._acts: list[str] = []

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        return int(self._write(sql, values, lambda: self._inner.execute(sql, values)))

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        kept = list(rows)
        self._write(sql, kept[0] if kept else (), lambda: self._inner.execute_many(sql, kept))

    def returning(self, sql: str, values: Sequence[Any] = ()) -> Row:
        found: Row = self._write(sql, values, lambda: self._inner.returning(sql, values))
        return found

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        return self._inner.rows(sql, values)

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        return self._inner.row(sql, values)

    @contextmanager
    def lazy_transaction(self) -> Iterator[None]:
        with self._inner.lazy_transaction(), self.transaction():
            yield

    def snapshot(self) -> AbstractContextManager[None]:
        return self._inner.snapshot()

    def version(self) -> int:
        return self._inner.version()

    def state(self) -> int | None:
        return self._inner.state()

    def close(self) -> None:
        self._inner.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._depth:
            with self._inner.transaction():
                yield
            return
        self._depth = 1
        self._acts = []
        try:
            with self._inner.transaction():
                yield
                name = _joined(self._acts)
                if name:
                    self._points.at(name, "before")
            if name:
                self._points.at(name, "after")
        finally:
            self._depth = 0

    def _write(self, sql: str, values: Sequence[Any], act: Callable[[], Any]) -> Any:
        name = _act(sql, values)
        if self._depth:
            self._acts += [name] if name else []
            return act()
        if name:
            self._points.at(f"store {name}", "before")
        result = act()
        if name:
            self._points.at(f"store {name}", "after")
        return result


def _act(sql: str, values: Sequence[Any]) -> str:
    """What a statement writes, such as "event job.started test/unit"; empty for noise."""
    if _NOISE.search(sql):
        return ""
    found = _TABLE.search(sql)
    verb, table = found.groups() if found else ("", sql[:20])
    if table == "event":
        data = json.loads(str(values[2])).get("data") or {}
        about = " ".join(str(data[k]) for k in ("job", "host", "colour") if data.get(k))
        return f"event {values[0]} {about}".strip()
    if table == "log":
        return f"log {values[1]} {values[3]}"
    if table == "lease":
        name = next((str(v) for v in values if str(v).startswith(("env", "tra", "wor"))), "")
        return "" if name == "worker" else f"lease {name}"
    if table in ("job", "gate") and verb == "UPDATE":
        return f"{table} {values[3]} {values[0]}"
    return f"{table} {verb.split()[0].lower()}"


def _joined(acts: Sequence[str]) -> str:
    """One name of a transaction: its events, or else whatever it wrote first."""
    events = [act for act in acts if act.startswith("event ")]
    told = events[:2] or [act for act in acts if act][:1]
    return f"store {' + '.join(dict.fromkeys(told))}" if told else ""


def watch_worker(points: Points) -> None:
    """Puts points around everything by which a worker acts on the world or keeps what it did."""
    from devops_tui.engines.dbos_workflow import DbosSteps
    from devops_tui.integrations.git import GitSources
    from devops_tui.services.aftermath import Aftermath
    from devops_tui.services.jobs.checkouts import Checkouts
    from devops_tui.services.jobs.clearing import Clearing
    from devops_tui.services.jobs.dispatch import Dispatch
    from devops_tui.services.logs import LogWriter
    from devops_tui.stores.repository import FileRepository
    from devops_tui.switches.haproxy import HaproxySwitch
    from devops_tui.transports.jobctl import JobctlRunner
    from devops_tui.transports.ssh import SshTransport

    for verb in ("start", "status", "follow", "stop", "clean"):
        points.watch(JobctlRunner, verb, _task(f"jobctl {verb}"))
    for verb in ("read", "prepare", "commit", "abandon"):
        points.watch(HaproxySwitch, verb, _named(f"switch {verb}"))
    points.watch(SshTransport, "put", _named("put"))
    for verb in ("head", "commits", "checkout"):
        points.watch(GitSources, verb, _named(f"git {verb}"))
    for verb in ("prepare", "collect"):
        points.watch(Checkouts, verb, _job(f"checkout {verb}", 2))
    points.watch(FileRepository, "store", _named("repository store"))
    points.watch(LogWriter, "finish", _named("log finish"))
    points.watch(Dispatch, "execute", _job("execute", 2))
    points.watch(Aftermath, "job_ended", _record("aftermath of"))
    points.watch(Aftermath, "run_ended", _named("aftermath of the run"))
    points.watch(Clearing, "job_ended", _record("clearing of"))
    points.watch(Clearing, "run_ended", _named("clearing of the run"))
    points.watch(DbosSteps, "take", _job("dbos step", 0))
    _watch_dbos(points)


def _watch_dbos(points: Points) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def before_cursor_execute(link: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found = _TABLE.search(statement.replace('"', "").replace("dbos.", ""))
        if found is not None:
            link.info["wrote"] = found.group(2)

    def commit(link: Any) -> None:
        wrote = link.info.pop("wrote", "")
        if wrote:
            points.at(f"dbos commit {wrote}", "before")

    event.listen(Engine, "before_cursor_execute", before_cursor_execute)
    event.listen(Engine, "commit", commit)


def _named(name: str) -> Callable[..., str]:
    return lambda *_, **__: name


def _task(name: str) -> Callable[..., str]:
    return lambda task_id, *_, **__: f"{name} {task_name(task_id)}"


def _job(name: str, place: int) -> Callable[..., str]:
    def said(*args: Any, **_: Any) -> str:
        what = args[place]
        return f"{name} {getattr(what, 'job_id', what)}"

    return said


def _record(name: str) -> Callable[..., str]:
    return lambda _run, record, *_, **__: f"{name} {record.job_id}"
