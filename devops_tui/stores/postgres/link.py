"""Opens one connection to PostgreSQL, so that no wait on it is without an end."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from devops_tui.stores.postgres.errors import ends_link, from_connect, from_statement
from devops_tui.stores.postgres.place import Place

Link = psycopg.Connection[tuple[Any, ...]]

LOCK_S = 5
"""The longest wait for another writer, like SQLite's."""

HELD_S = 15
"""A process that stops in the middle of a transaction holds the others up so long."""

_STATEMENT_S = 30
_DEFAULTS: dict[str, Any] = {
    "connect_timeout": 3,
    "application_name": "devops-tui",
    # a link that was cut is noticed after about ten seconds, on both ends of a request
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def open_link(place: Place, channel: str, *, is_durable: bool) -> Link:
    """A connection that speaks of the workspace's schema and hears its channel.

    Args:
        place: Where.
        channel: Which notices it takes.
        is_durable: Whether a commit waits for the server's disk.

    Raises:
        StoreUnreachable: No answer; a retry can help.
        StoreError: The server does not let us in.
    """
    settings = _DEFAULTS | conninfo_to_dict(place.conninfo)
    try:
        link = psycopg.connect("", autocommit=True, **settings)
    except psycopg.Error as error:
        raise from_connect(error, place.shown) from None
    try:
        link.execute(
            f'SET search_path TO "{place.schema}";'
            f"SET lock_timeout TO '{LOCK_S}s';"
            f"SET statement_timeout TO '{_STATEMENT_S}s';"
            f"SET idle_in_transaction_session_timeout TO '{HELD_S}s';"
            f"SET synchronous_commit TO {'on' if is_durable else 'off'};"
            "SET client_encoding TO 'UTF8';"
            f'LISTEN "{channel}"'.encode(),
            prepare=False,
        )
    except psycopg.Error as error:
        is_lost = ends_link(error, link)
        link.close()
        raise from_statement(error, place.shown, is_lost=is_lost) from None
    return link
