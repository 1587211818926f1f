"""Opens one connection to PostgreSQL, so that no wait on it is without an end."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict

from devops_tui.stores.postgres.errors import ends_link, from_connect, from_statement
from devops_tui.stores.postgres.place import Place

RV = TypeVar("RV")

LOCK_S = 5
"""The longest wait for another writer, like SQLite's."""

HELD_S = 15
"""A process that stops in the middle of a transaction holds the others up so long."""

_DEFAULTS: dict[str, Any] = {
    "application_name": "devops-tui",
    # a link that was cut is noticed after about ten seconds, on both ends of a request
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each kind of wait may last; whoever has a loop to keep going has little of it.

    Attributes:
        answer_s: A link on which nothing comes for so long during a statement is given up.
            A network that drops packets says nothing, and may do so for minutes.
        statement_s: The server itself ends a statement that takes longer.
        connect_s: Whole seconds, at least 2.
        lock_s: For another writer; None for the usual.
    """

    answer_s: float = 8.0
    statement_s: float = 30.0
    connect_s: int = 3
    lock_s: float | None = None


PROMPT = Patience(2.0, 8.0, 2, 1.0)
"""Of a process whose loop stands still meanwhile: it tries again instead."""


class SilentLink(psycopg.OperationalError):
    """No answer came in time; whether the server did what it was asked is unknown."""


class Link(psycopg.Connection[tuple[Any, ...]]):
    """A connection on which no statement waits for ever.

    The system notices a dead link by itself only after many seconds, and never where
    something in between keeps taking what is sent.
    """

    answer_s: float = 8.0

    def wait(
        self, gen: Generator[Any, Any, RV], interval: float = 0.1, timeout: float | None = None
    ) -> RV:
        """As the base; raises SilentLink, and is closed then, when no answer comes."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(_within(gen, self.answer_s), interval)
        except SilentLink:
            self.close()
            raise


def _within(gen: Generator[Any, Any, RV], seconds: float) -> Generator[Any, Any, RV]:
    """What a statement waits for, until there was nothing to read or write for too long."""
    ends = time.monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready:
                ends = time.monotonic() + seconds
            elif time.monotonic() >= ends:
                gen.close()
                raise SilentLink("it does not answer")
            wanted = gen.send(ready)
    except StopIteration as end:
        value: RV = end.value
        return value


def open_link(
    place: Place, channel: str, *, is_durable: bool, patience: Patience | None = None
) -> Link:
    """A connection that speaks of the workspace's schema and hears its channel.

    Args:
        place: Where.
        channel: Which notices it takes.
        is_durable: Whether a commit waits for the server's disk.
        patience: How long it may take, and each statement after it.

    Raises:
        StoreUnreachable: No answer; a retry can help.
        StoreError: The server does not let us in.
    """
    patience = patience or Patience()
    lock_s = LOCK_S if patience.lock_s is None else patience.lock_s
    settings: dict[str, Any] = {
        **_DEFAULTS,
        "connect_timeout": patience.connect_s,
        **conninfo_to_dict(place.conninfo),
    }
    try:
        link = Link.connect("", autocommit=True, **settings)
        link.answer_s = patience.answer_s
    except psycopg.Error as error:
        raise from_connect(error, place.shown) from None
    try:
        link.execute(
            f'SET search_path TO "{place.schema}";'
            f"SET lock_timeout TO '{lock_s * 1000:.0f}ms';"
            f"SET statement_timeout TO '{patience.statement_s * 1000:.0f}ms';"
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
