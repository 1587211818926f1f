"""The whole store of a workspace in a schema of a PostgreSQL database."""

from __future__ import annotations

from devops_tui.stores.postgres.database import Part, PostgresDatabase
from devops_tui.stores.postgres.link import PROMPT
from devops_tui.stores.postgres.place import place_of
from devops_tui.stores.sql.store import SqlStore

_PART = Part("store", "schema", is_durable=True)


class PostgresStore(SqlStore):
    """Implements ports.store.Store; belongs to the thread that opened it.

    Needs: PostgreSQL >= 13, a role that may make one schema or owns it. A pooler in
    between must pool sessions, not transactions: the store listens and holds locks.

    Durable: a committed write survives a power cut of the server, whatever its default.
    """

    @classmethod
    def open(cls, url: str, password: str = "", *, is_prompt: bool = False) -> PostgresStore:
        """Opens a schema, makes it when it is missing, and brings an older one forward.

        Args:
            url: As `place_of` reads it.
            password: Where libpq shall not look for one.
            is_prompt: Whether a call gives up soon, as its caller has a loop to keep going.

        Raises:
            StoreUnreachable, StoreUnsupported, StoreError: As PostgresDatabase.
        """
        patience = PROMPT if is_prompt else None
        return cls(PostgresDatabase(place_of(url, password), _PART, patience))
