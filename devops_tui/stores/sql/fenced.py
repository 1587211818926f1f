"""A database that writes for one worker only as long as that worker may act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from devops_tui.domain.audit import WORKER_ENDS
from devops_tui.domain.errors import LeaseLost
from devops_tui.stores.sql.database import Database, Row


class FencedDatabase:
    """Implements stores.sql.database.Database over another one.

    The worker's row is read inside of each transaction that writes. Writers stand in one
    line, so a take-over is either before the transaction, and seen, or after it.

    Args:
        on_lost: Called once, before the first LeaseLost.
    """

    def __init__(self, inner: Database, worker_id: str, on_lost: Callable[[], None]) -> None:
        self._inner = inner
        self._worker_id = worker_id
        self._on_lost = on_lost
        self._is_lost = False
        self._depth = 0

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Runs one statement if the worker may."""
        with self.transaction():
            return self._inner.execute(sql, values)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Runs one statement for each row of values if the worker may."""
        with self.transaction():
            self._inner.execute_many(sql, rows)

    def returning(self, sql: str, values: Sequence[Any] = ()) -> Row:
        """Runs a writing statement that returns one row if the worker may."""
        with self.transaction():
            return self._inner.returning(sql, values)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query: whoever was taken over may still look."""
        return self._inner.rows(sql, values)

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row of a query."""
        return self._inner.row(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begins with a look at the worker's row.

        Raises:
            LeaseLost: The worker stopped or was taken over; nothing is written.
        """
        with self._inner.transaction():
            if self._depth == 0:
                self._check()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    @contextmanager
    def lazy_transaction(self) -> Iterator[None]:
        """As `transaction`, whose commit waits for no disk."""
        with self._inner.lazy_transaction(), self.transaction():
            yield

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads inside see one moment."""
        return self._inner.snapshot()

    def version(self) -> int:
        """Differs after another connection committed."""
        return self._inner.version()

    def state(self) -> int | None:
        """The same only where every row is as it was before."""
        return self._inner.state()

    def close(self) -> None:
        """Gives the connection back."""
        self._inner.close()

    def _check(self) -> None:
        row = self._inner.row("SELECT state FROM worker WHERE id = ?", (self._worker_id,))
        if row is None or row[0] not in WORKER_ENDS:
            return  # without a row it has not begun: its first write makes one
        if not self._is_lost:
            self._is_lost = True
            self._on_lost()
        raise LeaseLost(
            f"worker {self._worker_id} was taken over: what it does no longer counts",
            "Its runs go on in another worker; `devops-tui worker --list` says which.",
        )
