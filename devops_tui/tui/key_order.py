"""One key after the other, however fast they come.

Textual hands a key to the widget in focus and looks its binding up only when the key has
bubbled back to the app; a second key that came in the same packet (a slow link, a fast
typist) is by then on its way to the old widget. "5/web" would filter the wrong screen, and
its "w" would arm an environment. Here a key waits until the one before it has been acted on,
and until the screen that it opened is there.

An act asks the house before it asks the operator. What is typed meanwhile is the answer to a
question that is not there yet: it waits for the dialog. When the house takes too long the keys
are dropped and counted out loud; none of them ever acts on the view below.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Coroutine
from time import monotonic
from typing import Any, TypeVar

from textual import events
from textual.app import App
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, get_current_worker

from devops_tui.presentation.line import line
from devops_tui.tui.notices import tell

Result = TypeVar("Result")

LOST_AFTER_S = 0.3
"""A key whose widget went away never comes back; the next one goes on after this."""

HELD_FOR_AN_ACT_S = 1.0
"""So long keys wait for the question of an act; the view takes keys again after that."""

HELD_AFTER_A_DIALOG_S = 0.3
"""So long they wait for a second question: it follows at once, or there is none."""


class KeyPassed(Message):
    """Bubbles behind a key: when it is here, the key has been acted on."""


class OrderedKeys(App[str]):
    """An app that acts on keys strictly one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._held: deque[events.Key] = deque()
        self._under_way_since: float | None = None
        self._opening: Awaitable[object] | None = None
        self._acts: dict[Worker[None], float | None] = {}

    def wait_for_screen(self, opening: Awaitable[object]) -> None:
        """Keys wait until this is done: what `push_screen` or `switch_screen` returned."""
        self._opening = opening

    # Keys and the questions of acts

    def run_act(self, act: Coroutine[Any, Any, None], group: str) -> None:
        """Does something that may ask the operator; keys wait for what it asks.

        They wait while `act` runs and no dialog of it is open, `HELD_FOR_AN_ACT_S` at most
        for the first one: what was typed till then is dropped.
        """
        worker: Worker[None] = self.run_worker(self._acting(act), group=group)
        since = self._hold_keys(worker)
        self.set_timer(HELD_FOR_AN_ACT_S, lambda: self._drop_keys(worker, since))

    async def _acting(self, act: Coroutine[Any, Any, None]) -> None:
        try:
            await act
        finally:
            self._acts.pop(get_current_worker(), None)
            await self._next_key()

    async def push_screen_wait(
        self, screen: Screen[Result] | str, *, mode: str | None = None
    ) -> Result | Any:
        """Asks the operator; keys go there as soon as it is there, and wait again after it."""
        worker = get_current_worker()
        if worker not in self._acts or not isinstance(screen, Screen):
            return await super().push_screen_wait(screen, mode=mode)
        screen.call_later(self._let_keys_go, worker)
        try:
            return await super().push_screen_wait(screen, mode=mode)
        finally:
            again = self._hold_keys(worker)
            self.set_timer(HELD_AFTER_A_DIALOG_S, lambda: self._let_keys_go(worker, again))

    def _hold_keys(self, worker: Worker[None]) -> float:
        self._acts[worker] = since = monotonic()
        return since

    async def _let_keys_go(self, worker: Worker[None], since: float | None = None) -> None:
        if worker in self._acts and since in (None, self._acts[worker]):
            self._acts[worker] = None
            await self._next_key()

    def _drop_keys(self, worker: Worker[None], since: float) -> None:
        if self._acts.get(worker) != since:
            return
        self._acts[worker] = None
        count = len(self._held)
        if count and not self._waits_for_an_act:
            self._held.clear()
            keys = "key was" if count == 1 else "keys were"
            late = "the act before has no answer yet; look what became of it, then go on"
            tell(self, line(f"{count} {keys} not acted on: {late}"), "warning")

    @property
    def _waits_for_an_act(self) -> bool:
        return any(since is not None for since in self._acts.values())

    # One key after the other

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
        while self._held and not self._is_under_way and not self._waits_for_an_act:
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
        if self._held and not self._waits_for_an_act:
            self.set_timer(LOST_AFTER_S, self._next_key)
