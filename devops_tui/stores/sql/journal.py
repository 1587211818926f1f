"""Transactions and the event log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, TypeVar

from devops_tui.domain.codec import decode, encode
from devops_tui.domain.event import KINDS, Event
from devops_tui.stores.sql.database import Database

T = TypeVar("T")


def dump(value: object) -> str:
    """A domain object as compact JSON with a stable order of keys."""
    data = encode(value)
    body = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        body.encode()
    except UnicodeEncodeError:  # a lone surrogate, as from bytes that were no text
        return json.dumps(data, sort_keys=True, separators=(",", ":"))
    return body


def load(kind: type[T], body: str) -> T:
    """The domain object that `dump` wrote."""
    return decode(kind, json.loads(body))


class SqlJournal:
    """Implements ports.store.Journal; base of the other parts."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def transaction(self) -> AbstractContextManager[None]:
        return self._db.transaction()

    def snapshot(self) -> AbstractContextManager[None]:
        return self._db.snapshot()

    def version(self) -> int:
        return self._db.version()

    def append(self, event: Event) -> Event:
        if event.kind not in KINDS:
            raise ValueError(f"unknown kind of event: {event.kind}")
        body = dump(event)
        with self._db.transaction():
            last = self._db.row("SELECT hash FROM event ORDER BY seq DESC LIMIT 1")
            before = last[0] if last else ""
            (seq,) = self._db.returning(
                "INSERT INTO event (kind, subject, body, hash) VALUES (?, ?, ?, ?) RETURNING seq",
                (event.kind, event.subject, body, link(before, body)),
            )
        return replace(event, seq=seq)

    def events(
        self, after: int = 0, subject: str | None = None, limit: int = 1000, newest: bool = False
    ) -> Sequence[Event]:
        order = "ORDER BY seq DESC LIMIT ?" if newest else "ORDER BY seq LIMIT ?"
        if subject is None:
            sql = "SELECT seq, body FROM event WHERE seq > ? "
            rows = self._db.rows(sql + order, (after, limit))
        else:
            sql = "SELECT seq, body FROM event WHERE subject = ? AND seq > ? "
            rows = self._db.rows(sql + order, (subject, after, limit))
        found = [replace(load(Event, body), seq=seq) for seq, body in rows]
        return found[::-1] if newest else found

    def events_of(self, kinds: Collection[str], after: int = 0) -> Sequence[Event]:
        held = ", ".join("?" for _ in kinds)
        rows = self._db.rows(
            f"SELECT seq, body FROM event WHERE kind IN ({held}) AND seq > ? ORDER BY seq",  # noqa: S608 - question marks
            (*kinds, after),
        )
        return [replace(load(Event, body), seq=seq) for seq, body in rows]

    def first_broken_event(self) -> int | None:
        """The seq of the first event whose hash does not follow; None when all do.

        Where retention removed events, the gap says what the chain had before.
        """
        before = ""
        gaps = {int(seq): str(h) for seq, h in self._db.rows("SELECT seq, hash FROM event_gap")}
        for seq, body, digest in self._db.rows("SELECT seq, body, hash FROM event ORDER BY seq"):
            if digest != link(gaps.get(int(seq), before), body):
                return int(seq)
            before = digest
        return None

    def close(self) -> None:
        self._db.close()

    def _next(self, counter: str) -> int:
        (value,) = self._db.returning(
            "INSERT INTO counter (name, value) VALUES (?, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value",
            (counter,),
        )
        return int(value)

    def _bodies(self, sql: str, kind: type[T], values: Sequence[Any] = ()) -> list[T]:
        return [load(kind, row[0]) for row in self._db.rows(sql, values)]


def link(before: str, body: str) -> str:
    """The hash of an event from the hash before it and its own body."""
    return hashlib.sha256((before + body).encode("utf-8", "surrogatepass")).hexdigest()
