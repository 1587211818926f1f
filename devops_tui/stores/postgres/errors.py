"""The errors of PostgreSQL as the store's own; what was asked is never repeated in them."""

from __future__ import annotations

from typing import Any

import psycopg

from devops_tui.domain.errors import (
    StoreError,
    StoreFull,
    StoreLocked,
    StoreUnreachable,
    StoreUnsupported,
)

_LOCKED = frozenset({"55P03", "40P01", "40001"})  # lock not available, deadlock, serialization
_FULL = frozenset({"53100", "53200"})  # disk full, out of memory
_TOO_LONG = "57014"  # cancelled by statement_timeout
_READ_ONLY = "25006"  # a standby, or a database that was made read-only
_DENIED = frozenset({"42501", "28000", "28P01"})
# ended by an operator, a crash, a start, a dropped database, idleness in a transaction or session
_LAST_WORDS = frozenset({"57P01", "57P02", "57P03", "57P04", "57P05", "25P03"})
_PASSING = (
    "accepting connections",
    "starting up",
    "shutting down",
    "recovery",
    "too many",
    "connection slots",
)


def ends_link(error: psycopg.Error, link: psycopg.Connection[Any]) -> bool:
    """Whether the link is of no use; after the server's farewell its end may come a moment later.

    Ask before the link is closed here.
    """
    state = error.sqlstate or ""
    return link.closed or state in _LAST_WORDS or state.startswith("08")


def from_statement(error: psycopg.Error, shown: str, *, is_lost: bool) -> StoreError:
    """What a statement's error means.

    Args:
        error: From psycopg.
        shown: Host and database.
        is_lost: Whether the link is of no use any more.
    """
    state = error.sqlstate or ""
    if is_lost:
        return unreachable(shown, _first_line(error))
    if state in _LOCKED:
        return StoreLocked(
            f"the store {shown} is held by another process", "Try again in a moment."
        )
    if state == _TOO_LONG:
        return StoreLocked(f"the store {shown} took too long to answer", "Try again in a moment.")
    if state in _FULL:
        return StoreFull(f"no room for the store {shown}", "Make room on the database's disk.")
    if state == _READ_ONLY:
        return StoreUnsupported(
            f"the store {shown} takes no writes: it is a standby or read-only",
            "Name the primary, or add target_session_attrs=read-write to the URL.",
        )
    if state in _DENIED:
        return _denied(shown, _first_line(error))
    return StoreError(f"the store {shown} refused: {_first_line(error)}", "Check the database.")


def from_connect(error: psycopg.Error, shown: str) -> StoreError:
    """Why there is no link: the server is away for a while, or it does not let us in."""
    text = str(error)
    if "FATAL" in text and not any(word in text for word in _PASSING):
        return _denied(shown, _first_line(error))
    return unreachable(shown, _first_line(error))


def unreachable(shown: str, why: str) -> StoreUnreachable:
    """No link to the server."""
    return StoreUnreachable(
        f"no link to the store {shown}: {why}",
        "Check the database server and the network; this is tried again by itself.",
    )


def _denied(shown: str, why: str) -> StoreError:
    return StoreError(
        f"the store {shown} does not let us in: {why}",
        "Check the role, its rights and its password (PGPASSFILE); "
        "the role needs a schema of its own or CREATE on the database.",
    )


def _first_line(error: psycopg.Error) -> str:
    """One line; libpq puts several addresses and hints on lines of their own."""
    text = str(error.diag.message_primary or error).strip()
    return text.splitlines()[0] if text else type(error).__name__
