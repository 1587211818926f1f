"""Brings a schema forward, one numbered file after the other, all or nothing."""

from __future__ import annotations

from importlib import resources

import psycopg

from devops_tui.domain.errors import StoreUnsupported
from devops_tui.stores.postgres.errors import ends_link, from_statement
from devops_tui.stores.postgres.link import Link
from devops_tui.stores.postgres.place import Place


def migrate(link: Link, place: Place, folder: str) -> None:
    """Applies the NNNN_*.sql files of `folder` that the database has not seen.

    Processes that open the store at the same time wait for one another. There is no copy
    made before: the whole step is one transaction, and backups are the server's.

    Raises:
        StoreUnsupported: The schema is of a newer version.
        StoreLocked: Somebody held a table for too long; nothing was changed.
        StoreError: The role may not make a schema or tables.
    """
    files = resources.files(__package__) / folder
    steps = sorted((f for f in files.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    try:
        have = _version(link, folder)
        if have < len(steps):
            # tables must last even where the rows in them need not
            link.execute(b"BEGIN; SET LOCAL synchronous_commit TO on", prepare=False)
            link.execute("SELECT pg_advisory_xact_lock(%s)", (place.number("schema"),))
            _make_schema(link, place)
            have = _version(link, folder)
            for step in steps[have:]:
                link.execute(step.read_bytes(), prepare=False)
            if have < len(steps):
                link.execute(
                    "INSERT INTO schema_version (part, version) VALUES (%s, %s) "
                    "ON CONFLICT (part) DO UPDATE SET version = excluded.version",
                    (folder, len(steps)),
                )
            link.execute(b"COMMIT")
    except psycopg.Error as error:
        is_lost = ends_link(error, link)
        link.close()
        raise from_statement(error, place.shown, is_lost=is_lost) from None
    if have > len(steps):
        link.close()
        raise StoreUnsupported(
            f"the store {place.shown} was written by a newer version "
            f"(schema {have}, known {len(steps)})",
            "Use that version, or another schema.",
        )


def _version(link: Link, folder: str) -> int:
    found = link.execute("SELECT to_regclass('schema_version')::text").fetchone()
    if found is None or found[0] is None:
        return 0
    row = link.execute("SELECT version FROM schema_version WHERE part = %s", (folder,)).fetchone()
    return int(row[0]) if row else 0


def _make_schema(link: Link, place: Place) -> None:
    # asked first: CREATE SCHEMA IF NOT EXISTS wants the right to make one even when it exists
    row = link.execute("SELECT to_regnamespace(%s) IS NULL", (place.schema,)).fetchone()
    if row is not None and row[0]:
        link.execute(f'CREATE SCHEMA "{place.schema}"'.encode())
    link.execute(
        b"CREATE TABLE IF NOT EXISTS schema_version "
        b"(part TEXT PRIMARY KEY, version BIGINT NOT NULL)"
    )
