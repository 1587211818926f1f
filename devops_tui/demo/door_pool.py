"""The servers behind one backend of the embedded front door, and idle connections to them."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from devops_tui.demo.door_wire import HEAD_LIMIT_BYTES

Address = tuple[str, int]

_DOWN_S = 1.0
_IDLE_S = 30.0
_IDLE_CONNECTIONS = 64


class NoServer(Exception):
    """None of the servers takes a connection."""


@dataclass(slots=True)
class Link:
    """A connection to a server; `is_reused` when an earlier request went over it."""

    address: Address
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_reused: bool = False
    idle_since: float = 0.0

    def close(self) -> None:
        """Closes at once; unsent bytes are dropped."""
        self.writer.transport.abort()

    @property
    def is_usable(self) -> bool:
        """Whether it looks open; a server may still close it while a request is on its way."""
        is_open = not self.reader.at_eof() and not self.writer.is_closing()
        return is_open and time.monotonic() - self.idle_since < _IDLE_S


class Pool:
    """Gives connections to the servers in turn; one that refuses is passed over for a second."""

    def __init__(self, servers: Sequence[Address], connect_s: float) -> None:
        self._servers = tuple(servers)
        self._connect_s = connect_s
        self._turn = 0
        self._idle: dict[Address, deque[Link]] = {server: deque() for server in self._servers}
        self._down_until: dict[Address, float] = {}

    async def take(self, *, may_reuse: bool) -> Link:
        """A connection to the next server that takes one.

        Raises:
            NoServer: Every server refused or was silent for `connect_s` seconds.
        """
        for server in self._in_turn():
            link = self._reuse(server) if may_reuse else None
            if link is not None:
                return link
            try:
                async with asyncio.timeout(self._connect_s):
                    streams = await asyncio.open_connection(*server, limit=2 * HEAD_LIMIT_BYTES)
            except (OSError, TimeoutError):
                self._down_until[server] = time.monotonic() + _DOWN_S
                continue
            self._down_until.pop(server, None)
            return Link(server, *streams)
        raise NoServer

    def give_back(self, link: Link) -> None:
        """Keeps a connection for a later request."""
        idle = self._idle[link.address]
        if len(idle) >= _IDLE_CONNECTIONS:
            link.close()
            return
        link.is_reused = True
        link.idle_since = time.monotonic()
        idle.append(link)

    def close(self) -> None:
        """Closes the idle connections."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()

    def _in_turn(self) -> list[Address]:
        """All servers, beginning with the next one; those that refused lately come last."""
        self._turn = (self._turn + 1) % max(1, len(self._servers))
        order = [*self._servers[self._turn :], *self._servers[: self._turn]]
        now = time.monotonic()
        return sorted(order, key=lambda server: self._down_until.get(server, 0.0) > now)

    def _reuse(self, server: Address) -> Link | None:
        idle = self._idle[server]
        while idle:
            link = idle.pop()
            if link.is_usable:
                return link
            link.close()
        return None
