"""What the rows need of a database: few calls, so that SQLite and PostgreSQL mean the same.

Statements are written once: `?` for values, `ON CONFLICT`, `RETURNING`; columns of a
conflict are named with their table; a value that may be NULL is never compared to itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = tuple[Any, ...]


class Database(Protocol):
    """One connection; belongs to the thread that opened it.

    Writers stand in one line: a transaction, and a write outside of one, begins when no
    other writer of the workspace is under way, and sees all that was committed before.
    So a number read and written inside is nobody else's, and a row's `seq` becomes
    visible in its order.

    Raises:
        StoreLocked, StoreUnreachable, StoreFull: Nothing was written; a retry can help.
        StoreUncertain: A commit of which nobody knows yet whether it was stored.
        StoreError: The statement cannot be done.
    """

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Runs a writing statement and counts the rows that it changed.

        Outside of a transaction it is durable on return.
        """
        ...

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Runs a writing statement once for each row of values; inside a transaction."""
        ...

    def returning(self, sql: str, values: Sequence[Any] = ()) -> Row:
        """Runs a writing statement that returns one row, and returns that.

        Outside of a transaction it is durable on return.
        """
        ...

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query that writes nothing."""
        ...

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row of a query that writes nothing."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All writes inside become durable together or not at all; may be nested."""
        ...

    def lazy_transaction(self) -> AbstractContextManager[None]:
        """As `transaction`, whose commit waits for no disk.

        Whole and in its order all the same; only a power cut may undo it, until anything
        else was committed. For what is done again where it is found undone.
        """
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads inside see one moment; nothing is written inside."""
        ...

    def version(self) -> int:
        """Differs after another connection committed; microseconds, raises nothing new."""
        ...

    def state(self) -> int | None:
        """The same as before only where every row is as it was before; microseconds.

        It counts what this connection writes as well, inside of a transaction too, and never
        goes back. None: it cannot be known without reading the rows.
        """
        ...

    def close(self) -> None:
        """Gives the connection back; nothing that was committed is lost."""
        ...
