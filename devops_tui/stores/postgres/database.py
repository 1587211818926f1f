"""Speaks to PostgreSQL as the rows expect it: one writer at a time, no change twice.

Three promises need words:

- **One line of writers.** A writing transaction begins by taking an advisory lock of the
  workspace. So counters, leases, the chain of events and read-then-write rules are as
  safe as behind SQLite's one write lock, and a row's `seq` is visible in its order.
- **A cheap version.** A commit that wrote notifies the workspace's channel; `version()`
  counts what has arrived on the socket, without asking the server anything.
- **Nothing twice.** Each writing transaction leaves its serial number in `writer`. When
  the link breaks during a commit, the number is looked up over a new link, behind the
  lock that the old transaction held: there, or not, and nobody has to guess.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import psycopg

from devops_tui.domain.errors import (
    StoreError,
    StoreUncertain,
    StoreUnreachable,
)
from devops_tui.stores.postgres.errors import ends_link, from_statement, unreachable
from devops_tui.stores.postgres.link import Link, Patience, SilentLink, open_link
from devops_tui.stores.postgres.migrations import migrate
from devops_tui.stores.postgres.opening import Opening
from devops_tui.stores.postgres.place import Place
from devops_tui.stores.sql.database import Row

SETTLE_S = 5.0
"""How long a commit whose answer was lost is asked about before somebody else has to."""

_REMEMBER = (
    "INSERT INTO writer (id, serial, at) VALUES ({}) "
    "ON CONFLICT (id) DO UPDATE SET serial = excluded.serial, at = excluded.at"
)
_FORGET = "DELETE FROM writer WHERE at < now() - interval '7 days'"
_RECONNECT_S = 1.0
_LONGEST_ANSWER_S = 32.0
_ASK_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Part:
    """One of the two kinds of rows of a workspace, which never wait for one another.

    Attributes:
        name: Of its lock and of its channel.
        folder: Of its schema's files.
        is_durable: Whether a commit survives a power cut of the server.
    """

    name: str
    folder: str
    is_durable: bool


class PostgresDatabase:
    """Implements stores.sql.database.Database; belongs to the thread that opened it.

    Reconnects by itself after the server or the network was away; a read outside of a
    transaction is then asked once more. Where nothing answers any more, that goes on beside
    the caller, who is refused at once until there is a link.

    Args:
        place: Where.
        part: Which rows.
        patience: How long one call may stand still; that of opening is the usual one.

    Raises:
        StoreUnreachable: No link.
        StoreUnsupported: A schema of a newer version.
        StoreError: The server does not let us in.
    """

    def __init__(self, place: Place, part: Part, patience: Patience | None = None) -> None:
        self._place = place
        self._usual = self._patience = Patience()
        self._opening: Opening | None = None
        self._part = part
        self._channel = f"{place.schema}_{part.name}"
        self._begin = (
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
            f"SELECT pg_advisory_xact_lock({place.number(part.name)})"
        ).encode()
        self._id = secrets.token_hex(8)
        self._serial = 0
        self._depth = 0
        self._has_written = False
        self._version = 0
        self._link: Link | None = None
        self._next_try_at = 0.0
        self._why_not = ""
        first = self._linked()
        migrate(first, place, part.folder)
        if patience is not None:
            first.close()
            self._usual = self._patience = patience
            self._linked()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Runs one statement; outside of a transaction it is durable on return."""
        with self.transaction():
            changed = self._ask(sql, values).rowcount
            self._has_written |= changed != 0
            return changed

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Runs one statement for each row of values, without waiting for each answer."""
        with self.transaction(), self._errors() as link, link.cursor() as cursor:
            cursor.executemany(_numbered(sql), [[_plain(v) for v in row] for row in rows])
            self._has_written |= cursor.rowcount != 0

    def returning(self, sql: str, values: Sequence[Any] = ()) -> Row:
        """Runs a writing statement that returns one row."""
        with self.transaction():
            row = self._ask(sql, values).fetchone()
            self._has_written = True
            if row is None:
                raise StoreError(f"the store {self._place.shown} did not answer what it wrote")
            return row

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        if self._depth:
            return self._ask(sql, values).fetchall()
        try:
            return self._ask(sql, values).fetchall()
        except StoreUnreachable:
            return self._ask(sql, values).fetchall()  # over a new link: a read may be repeated

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row of a query."""
        found = self.rows(sql, values)
        return found[0] if found else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Waits for its turn to write; the outermost one commits or rolls back."""
        with self._nested(self._begin):
            yield

    @contextmanager
    def lazy_transaction(self) -> Iterator[None]:
        """As `transaction`; the server flushes it within a second."""
        with self.transaction():
            if self._depth == 1:
                self._ask("SET LOCAL synchronous_commit TO off", ())
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see the store at one moment; holds nobody up."""
        with self._nested(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
            yield

    def state(self) -> int | None:
        """None: what others committed may be told a moment later than it can be read."""
        return None

    def version(self) -> int:
        """Grows with every commit that this or another connection made, and with every link.

        While there is no link it tries again once a second, and says nothing else.
        """
        if self._depth:
            return self._version  # the server tells nothing inside of a transaction
        if self._link is None:
            with suppress(StoreError):
                self._linked()
            return self._version
        line = self._link.pgconn
        try:
            line.consume_input()
            while (note := line.notifies()) is not None:
                self._hear(note.be_pid)
        except psycopg.Error as error:
            self._lose(error)
        return self._version

    def close(self) -> None:
        """Closes; nothing that was committed is lost."""
        if self._link is not None:
            self._link.close()
            self._link = None
        if self._opening is not None:
            self._opening.give_up()
            self._opening = None
        self._next_try_at = float("inf")
        self._why_not = "it was closed"

    # The link

    def _linked(self) -> Link:
        """The link; a new one outside of transactions, at most once a second when that fails."""
        link = self._link
        if link is not None and not link.closed:
            return link
        if self._depth:
            raise unreachable(self._place.shown, "it broke during the change; nothing was stored")
        if time.monotonic() < self._next_try_at:
            raise unreachable(self._place.shown, self._why_not)
        link = self._opened_beside() if self._opening is not None else self._opened_here()
        link.add_notify_handler(lambda note: self._hear(note.pid))
        self._link = link
        self._version += 1  # whatever was told meanwhile was told to nobody
        return link

    def _open(self) -> Link:
        return open_link(
            self._place,
            self._channel,
            is_durable=self._part.is_durable,
            patience=self._patience,
        )

    def _opened_here(self) -> Link:
        began = time.monotonic()
        try:
            return self._open()
        except StoreError as error:
            self._why_not = error.title.partition(": ")[2]
            self._next_try_at = time.monotonic() + _RECONNECT_S
            if error.is_passing and time.monotonic() - began >= self._patience.connect_s / 2:
                self._opening = Opening(self._open)  # to wait for it again and again helps nobody
            raise

    def _opened_beside(self) -> Link:
        opening = self._opening
        if opening is None:
            return self._opened_here()
        link = opening.take()
        if link is None:
            raise unreachable(self._place.shown, opening.told)
        self._opening = None
        if opening.failures:
            self._patience = self._usual
        else:  # it is there: it was slow, and is given more time for what took so long
            longer_s = min(self._patience.answer_s * 2, _LONGEST_ANSWER_S)
            answer_s = max(self._patience.answer_s, longer_s)
            self._patience = replace(self._patience, answer_s=answer_s)
            link.answer_s = answer_s
        return link

    def _hear(self, pid: int) -> None:
        if self._link is not None and pid != self._link.pgconn.backend_pid:
            self._version += 1

    def _lose(self, error: psycopg.Error) -> None:
        """Gives a broken link up; readers are to notice, so the version moves."""
        if self._link is not None:
            self._link.close()
            self._link = None
            self._version += 1
            self._why_not = str(error).strip().partition("\n")[0]
            if isinstance(error, SilentLink):
                self._opening = Opening(self._open)

    @contextmanager
    def _errors(self) -> Iterator[Link]:
        link = self._linked()
        try:
            yield link
        except psycopg.Error as error:
            is_lost = ends_link(error, link)
            if is_lost:
                self._lose(error)
            raise from_statement(error, self._place.shown, is_lost=is_lost) from None

    def _ask(self, sql: str, values: Sequence[Any]) -> psycopg.Cursor[Row]:
        with self._errors() as link:
            return link.execute(_numbered(sql), [_plain(v) for v in values], binary=True)

    def _send(self, script: bytes) -> None:
        with self._errors() as link:
            link.execute(script, prepare=False)

    # Transactions

    @contextmanager
    def _nested(self, begin: bytes) -> Iterator[None]:
        if self._depth == 0:
            self._start(begin)
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._roll_back()
            raise
        self._depth -= 1
        if self._depth == 0:
            self._commit()

    def _start(self, begin: bytes) -> None:
        self._has_written = False
        try:
            try:
                self._send(begin)
            except StoreUnreachable:
                self._send(begin)  # over a new link: nothing was asked yet
        except StoreError:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._link is not None:
            with suppress(StoreError):
                self._send(b"ROLLBACK")

    def _commit(self) -> None:
        if not self._has_written:
            with suppress(StoreUnreachable):  # nothing was written: nothing can be lost
                self._send(b"COMMIT")
            return
        link = self._link
        if link is None:
            raise unreachable(self._place.shown, "it broke during the change; nothing was stored")
        self._serial += 1
        try:
            link.execute(self._end(), prepare=False)
        except psycopg.Error as error:
            if not ends_link(error, link):
                self._roll_back()
                raise from_statement(error, self._place.shown, is_lost=False) from None
            self._lose(error)
            self._settle(self._serial)
        self._version += 1

    def _end(self) -> bytes:
        """Tells the others and commits; a durable part remembers which commit it was."""
        words = [f'NOTIFY "{self._channel}"', "COMMIT"]
        if self._part.is_durable:
            mine = f"'{self._id}', {self._serial}, now()"  # hex digits and a number of our own
            words.insert(0, _REMEMBER.format(mine))
            if self._serial == 1:
                words.insert(0, _FORGET)
        return ";".join(words).encode()

    def _settle(self, serial: int) -> None:
        """Finds out what became of a commit whose answer was lost.

        Raises:
            StoreUnreachable: It was not stored.
            StoreUncertain: The server cannot be asked.
        """
        if not self._part.is_durable:
            raise unreachable(self._place.shown, "it broke while live figures were stored")
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline and self._opening is None:
            try:
                is_stored = self._was_stored(serial)
            except StoreError:  # whatever keeps us from asking, it says nothing about the change
                time.sleep(_ASK_AGAIN_S)
                continue
            if is_stored:
                return
            raise unreachable(self._place.shown, "it broke before the change was stored")
        raise StoreUncertain(
            f"the link to the store {self._place.shown} broke while a change was stored",
            "Look whether it was stored before you repeat it.",
            lambda: self._was_stored(serial),
        )

    def _was_stored(self, serial: int) -> bool:
        with self._nested(self._begin):  # its turn comes when the old transaction is over
            row = self.row("SELECT serial FROM writer WHERE id = ?", (self._id,))
        return row is not None and int(row[0]) >= serial


@lru_cache(maxsize=512)
def _numbered(sql: str) -> bytes:
    """The statement with psycopg's marks."""
    return sql.replace("%", "%%").replace("?", "%s").encode()


def _plain(value: Any) -> Any:
    """A value as PostgreSQL can hold it: an enumeration's text, and text without NUL."""
    if isinstance(value, str):
        text = str.__str__(value)
        return text.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in text else text
    return value
