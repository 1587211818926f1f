"""One channel: reads the events from where it stood, tells what it wants, at least once.

The mark in the store says up to which event all is told, and which events the message
holds that is on its way. A worker that dies in between tells that very message again,
with the same key. What waits stays in the events: nothing grows while a way does not work.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from devops_tui.domain.errors import DevopsError, StoreError
from devops_tui.domain.event import Event
from devops_tui.domain.notice import Notice
from devops_tui.domain.notify import Channel, Message
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.notify import Sender
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.notify.reading import notices

LISTED = 20
"""Notices that one message tells; the others are counted."""

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0

_EVENTS = 500
_LOOK_S = 30.0
_LEASE_S = 45.0  # longer than any sender takes

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Mark:
    """Told up to `seq`; the events up to `until` are on their way, where it is more."""

    seq: int
    until: int = 0


class Delivery:
    """Tells on one channel.

    Args:
        holder: Of the lease under which is told: no other worker tells meanwhile.
        changed: Returns when the store may have changed.

    Cancel: what is on its way is told again by the next worker.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        workspace: Workspace,
        channel: Channel,
        sender: Sender,
        holder: str,
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._workspace = workspace
        self._channel = channel
        self._sender = sender
        self._holder = f"{holder} {channel.name}"
        self._changed = changed
        self._name = f"notify:{channel.name}"
        self._scanned = 0
        self._failures = 0
        self._not_before: datetime | None = None

    async def watch(self) -> None:
        """Tells until cancelled; a store that is held or away is asked again later."""
        while True:
            try:
                wait_s = await self.step()
            except StoreError as error:
                log.warning("channel %s waits for the store: %s", self._channel.name, error)
                wait_s = FIRST_PAUSE_S
            await self._pause(wait_s)

    async def step(self) -> float | None:
        """Tells what there is; seconds until another look pays, None until the store changes."""
        wait_s = self._wait_s()
        if wait_s > 0:
            return wait_s
        mark = self._read_mark()
        events, found, mark = self._next(mark)
        if not events:
            if mark.until > mark.seq:
                self._save(_Mark(mark.until))  # what was on its way is not kept any more
                return 0.0
            return None
        if not found:
            return 0.0
        now = self._clock.now()
        if self._store.take_lease(self._name, self._holder, "tells", now, _LEASE_S) is None:
            return FIRST_PAUSE_S
        try:
            if self._read_mark().seq != mark.seq:
                return 0.0  # another worker told it in the very moment before
            await self._tell(mark, found)
        finally:
            self._store.release_lease(self._name, self._holder)
        return self._wait_s()

    def _next(self, mark: _Mark) -> tuple[Sequence[Event], Sequence[Notice], _Mark]:
        """The events to look at, what of them is to be told, and the mark with its end."""
        after = max(mark.seq, self._scanned) if mark.until <= mark.seq else mark.seq
        events = self._store.events(after=after, limit=_EVENTS)
        if mark.until > mark.seq:
            events = [e for e in events if e.seq <= mark.until]
        found = notices(self._store, self._workspace, self._channel, events)
        if events and not found:
            self._scanned = events[-1].seq
            if mark.until > mark.seq or self._scanned - mark.seq > _EVENTS:
                self._save(_Mark(self._scanned))
        return events, found, _Mark(mark.seq, events[-1].seq if events else mark.until)

    async def _tell(self, mark: _Mark, found: Sequence[Notice]) -> None:
        self._save(mark)  # from now on these very events are one message
        message = self._message(mark, found)
        try:
            await self._sender.send(message)
        except DevopsError as error:
            self._failed(mark, found, error)
            return
        self._failures = 0
        self._save(_Mark(mark.until))
        self._not_before = self._clock.now() + timedelta(seconds=self._channel.every_s)

    def _message(self, mark: _Mark, found: Sequence[Notice]) -> Message:
        # the worst are told when not all are, in their order
        kept = sorted(found, key=lambda n: (-n.severity.rank, n.seq))[:LISTED]
        listed = tuple(sorted(kept, key=lambda n: n.seq))
        name, channel = self._workspace.name, self._channel.name
        key = f"{name}/{channel}/{mark.seq}-{mark.until}"
        return Message(key, name, channel, listed, len(found) - len(listed))

    def _failed(self, mark: _Mark, found: Sequence[Notice], error: DevopsError) -> None:
        now = self._clock.now()
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self._failures, 20))
        asked_s = getattr(error, "retry_after_s", None)
        pause_s = max(pause_s, min(asked_s or 0.0, LONGEST_PAUSE_S))
        self._failures += 1
        self._not_before = now + timedelta(seconds=pause_s)
        log.warning("channel %s: %s; again in %.0f s", self._channel.name, error, pause_s)
        if max(n.at for n in found) > now - timedelta(seconds=self._channel.give_up_s):
            return
        with self._store.transaction():
            data = {"count": len(found), "first": found[0].seq, "last": found[-1].seq}
            self._store.append(
                Event("notice.dropped", self._channel.name, now, why=error.title, data=data)
            )
            self._save(_Mark(mark.until))

    def _read_mark(self) -> _Mark:
        """Where the channel stands; a new one begins with what happens from now on."""
        text = self._store.mark(self._name)
        if text:
            data = json.loads(text)
            return _Mark(int(data["seq"]), int(data["until"]))
        newest = self._store.events(limit=1, newest=True)
        mark = _Mark(newest[-1].seq if newest else 0)
        self._save(mark)
        return mark

    def _save(self, mark: _Mark) -> None:
        self._store.save_mark(self._name, json.dumps({"seq": mark.seq, "until": mark.until}))

    def _wait_s(self) -> float:
        if self._not_before is None:
            return 0.0
        return max(0.0, (self._not_before - self._clock.now()).total_seconds())

    async def _pause(self, wait_s: float | None) -> None:
        """Waits so long, or for a change of the store; never longer than half a minute."""
        if wait_s is not None:
            await self._clock.sleep(wait_s)
            return
        waits = [
            asyncio.ensure_future(self._changed()),
            asyncio.ensure_future(self._clock.sleep(_LOOK_S)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
