"""One key after the other, however fast they come.

Textual hands a key to the widget in focus and looks its binding up only when the key has
bubbled back to the app; a second key that came in the same packet (a slow link, a fast
typist) is by then on its way to the old widget. "5/web" would filter the wrong screen, and
its "w" would arm an environment. Here a key waits until the one before it has been acted on,
and until the screen that it opened is there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable
from time import monotonic

from textual import events
from textual.app import App
from textual.message import Message

LOST_AFTER_S = 0.3
"""A key whose widget went away never comes back; the next one goes on after this."""


class KeyPassed(Message):
    """Bubbles behind a key: when it is here, the key has been acted on."""


class OrderedKeys(App[str]):
    """An app that acts on keys strictly one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._held: deque[events.Key] = deque()
        self._under_way_since: float | None = None
        self._opening: Awaitable[object] | None = None

    def wait_for_screen(self, opening: Awaitable[object]) -> None:
        """Keys wait until this is done: what `push_screen` or `switch_screen` returned."""
        self._opening = opening

    async def on_event(self, event: events.Event) -> None:
        """Holds a key back while another one is under way."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._held.append(event)
            await self._next_key()
        else:
            await super().on_event(event)

    async def on_key_passed(self, message: KeyPassed) -> None:
        """The key before this was acted on."""
        message.stop()
        self._under_way_since = None
        await self._next_key()

    @property
    def _is_under_way(self) -> bool:
        since = self._under_way_since
        return since is not None and monotonic() - since < LOST_AFTER_S

    async def _next_key(self) -> None:
        while self._held and not self._is_under_way:
            event = self._held.popleft()
            if self._opening is not None:
                opening, self._opening = self._opening, None
                await opening
            target = self.focused or self.screen
            self._under_way_since = monotonic()
            await super().on_event(event)
            # What a priority binding took was not forwarded: it has been acted on already.
            if not event.is_forwarded or not target.post_message(KeyPassed()):
                self._under_way_since = None
        if self._held:
            self.set_timer(LOST_AFTER_S, self._next_key)
