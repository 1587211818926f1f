"""Where a team's store lies: a URL as libpq takes it, and a schema of that database."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from devops_tui.domain.errors import StoreError

DEFAULT_SCHEMA = "devops_tui"
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,39}\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """One workspace's schema in one database.

    Attributes:
        conninfo: What libpq connects by; never shown, it may hold a password.
        schema: Lower-case letters, digits and underscores.
        shown: Host and database, for messages.
    """

    conninfo: str = field(repr=False)
    schema: str
    shown: str

    def number(self, purpose: str) -> int:
        """A lock's number for a purpose in this schema, as PostgreSQL wants it: 64 bits."""
        digest = hashlib.sha256(f"devops-tui {self.schema} {purpose}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


def place_of(url: str, password: str = "") -> Place:
    """The place that `postgresql://[user@][host][:port]/database[?schema=NAME&...]` names.

    What the URL leaves out comes from where libpq looks: PGSERVICEFILE, PGPASSFILE and
    the other PG* variables. Every parameter but `schema` is libpq's own. A `password` wins
    over what libpq would find.

    Raises:
        StoreError: It is no such URL. The message does not repeat it.
    """
    address, _, query = url.partition("?")
    settings = parse_qsl(query, keep_blank_values=True)
    schema = next((value for key, value in settings if key == "schema"), DEFAULT_SCHEMA)
    if not _SCHEMA.match(schema):
        raise StoreError(
            "the store's schema has a bad name", "Use at most 40 of a-z, 0-9 and underscore."
        )
    rest = urlencode([(key, value) for key, value in settings if key != "schema"])
    conninfo = f"{address}?{rest}" if rest else address
    try:
        known = conninfo_to_dict(conninfo)
    except psycopg.Error:
        raise StoreError(
            "the store's URL cannot be read", "Write postgresql://user@host/database."
        ) from None
    where = known.get("host") or known.get("service") or "libpq's default"
    port = str(known.get("port") or "")
    if not port.replace(",", "").isdigit() and port:
        raise StoreError("the store's URL has a bad port", "Write postgresql://user@host/database.")
    shown = f"{where}:{port}" if port else str(where)
    if password:
        conninfo = make_conninfo(conninfo, password=password)
    return Place(conninfo, schema, f"{shown}/{known.get('dbname', '')}")
