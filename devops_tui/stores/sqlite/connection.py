"""Opens a SQLite file safely and speaks to it; the errors of the store, not of SQLite."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devops_tui.domain.errors import StoreError, StoreFull, StoreLocked, StoreUnsupported
from devops_tui.stores.sql.database import Row

BUSY_S = 5.0

STEPS = Path(__file__).parent
"""Holds the folders of steps; by its path, for importlib.resources costs each screen a megabyte."""

_NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs"}
)


class Connection:
    """Implements stores.sql.database.Database; belongs to the thread that opened it.

    Args:
        path: The file; made with mode 0600 in a folder of mode 0700 when missing.
        synchronous: "FULL" when an answer must survive a power cut, else "NORMAL".
        schema: Name of the folder below this package that holds NNNN_*.sql files.
        page_bytes: Of a file that is new; 0 for SQLite's own.
        busy_s: How long a call waits for another writer before it is StoreLocked.

    Raises:
        StoreUnsupported: A network file system, or a file of a newer version.
        StoreError: The file cannot be opened or is no database.
    """

    def __init__(
        self,
        path: Path,
        *,
        synchronous: str,
        schema: str,
        page_bytes: int = 0,
        busy_s: float = BUSY_S,
    ) -> None:
        self._depth = 0
        self._path = path
        self._synchronous = synchronous
        _refuse_network_file_system(path.parent)
        _make_private(path)
        try:
            self._db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
            if page_bytes:
                self._db.execute(f"PRAGMA page_size={page_bytes}")  # before WAL, or never
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(f"PRAGMA synchronous={synchronous}")
        except sqlite3.Error as error:
            raise self._error(error) from None
        self._migrate(schema)
        self.execute(f"PRAGMA busy_timeout={round(busy_s * 1000)}")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Runs one statement; outside of a transaction it is durable on return."""
        try:
            return self._db.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise self._error(error) from None

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Runs one statement for each row of values."""
        try:
            self._db.executemany(sql, rows)
        except sqlite3.Error as error:
            raise self._error(error) from None

    def returning(self, sql: str, values: Sequence[Any] = ()) -> Row:
        """Runs a writing statement that returns one row."""
        found = self.rows(sql, values)
        if not found:
            raise StoreError(f"the store {self._path} did not answer what it wrote")
        return found[0]

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._error(error) from None

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row of a query."""
        found = self.rows(sql, values)
        return found[0] if found else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Takes the write lock at once; the outermost one commits or rolls back."""
        with self._nested("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def lazy_transaction(self) -> Iterator[None]:
        """As `transaction`; the next one that is not lazy flushes both."""
        is_outermost = self._depth == 0
        if is_outermost:
            self.execute("PRAGMA synchronous=NORMAL")
        try:
            with self.transaction():
                yield
        finally:
            if is_outermost:
                self.execute(f"PRAGMA synchronous={self._synchronous}")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see the store at one moment; takes no write lock."""
        with self._nested("BEGIN"):
            yield

    def version(self) -> int:
        """Changes with every commit of this or another connection."""
        row = self.row("PRAGMA data_version")
        assert row is not None  # noqa: S101 - SQLite always answers this
        return (int(row[0]) << 32) | (self._db.total_changes & 0xFFFFFFFF)

    def state(self) -> int | None:
        """The change counter of this moment, or of the transaction's."""
        return self.version()

    def close(self) -> None:
        """Closes; nothing that was committed is lost."""
        self._db.close()

    @contextmanager
    def _nested(self, begin: str) -> Iterator[None]:
        if self._depth == 0:
            self.execute(begin)
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0 and self._db.in_transaction:
                self._db.rollback()
            raise
        self._depth -= 1
        if self._depth == 0:
            self._commit()

    def _commit(self) -> None:
        try:
            self._db.commit()
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.rollback()
            raise self._error(error) from None

    def _migrate(self, schema: str) -> None:
        folder = STEPS / schema
        steps = sorted(
            (f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name
        )
        row = self.row("PRAGMA user_version")
        have = int(row[0]) if row else 0
        if have > len(steps):
            raise StoreUnsupported(
                f"{self._path} was written by a newer version (schema {have}, known {len(steps)})",
                "Use that version, or another state folder.",
            )
        if have == len(steps):
            return
        if have > 0:
            self._back_up(have)
        with self.transaction():
            row = self.row("PRAGMA user_version")
            have = int(row[0]) if row else 0  # another process may have been faster
            for number, step in enumerate(steps[have:], start=have + 1):
                for statement in _statements(step.read_text("utf-8")):
                    self.execute(statement)
                self.execute(f"PRAGMA user_version={number}")

    def _back_up(self, version: int) -> None:
        target = self._path.with_name(f"{self._path.name}.v{version}.bak")
        copy = sqlite3.connect(target)
        self._db.backup(copy)
        copy.close()
        target.chmod(0o600)

    def _error(self, error: sqlite3.Error) -> StoreError:
        text = str(error)
        if "locked" in text or "busy" in text:
            return StoreLocked(
                f"the store {self._path} is held by another process", "Try again in a moment."
            )
        if "full" in text:
            there = os.statvfs(self._path.parent)
            free = there.f_bavail * there.f_frsize
            return StoreFull(
                f"no room for the store {self._path} ({free} bytes free)", "Make room."
            )
        return StoreError(f"the store {self._path} cannot be used: {text}", "Check the file.")


def _make_private(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StoreError(f"cannot make {path}: {error.strerror}", "Check its folder.") from None


def _refuse_network_file_system(folder: Path) -> None:
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "surrogateescape")
    except OSError:
        return
    best, kind = "", ""
    where = str(folder.resolve())
    for row in mounts.splitlines():
        parts = row.split(" ")
        if len(parts) < 3:
            continue
        mount = parts[1].replace("\\040", " ")
        inside = where == mount or where.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, parts[2]
    if kind in _NETWORK_FILE_SYSTEMS:
        raise StoreUnsupported(
            f"{folder} lies on a network file system ({kind}), where SQLite is not safe",
            "Set XDG_STATE_HOME to a local disk.",
        )


def _statements(script: str) -> Iterator[str]:
    pending = ""
    for row in script.splitlines():
        pending += row + "\n"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
