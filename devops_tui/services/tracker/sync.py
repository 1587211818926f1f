"""Round after round: greets, takes in, sends, and keeps how far it came.

Offline is a round that failed: the cards are what counts meanwhile, and what they say is
compared with what both sides agreed on when the other side answers again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from devops_tui.domain.board import BoardRules
from devops_tui.domain.errors import StoreError
from devops_tui.domain.ids import CardId
from devops_tui.domain.jira import JiraSettings
from devops_tui.domain.team import Team
from devops_tui.domain.tracker import SyncState
from devops_tui.domain.tracker_errors import (
    TrackerBusy,
    TrackerConflict,
    TrackerError,
    TrackerLogin,
    TrackerNotThere,
    TrackerRefused,
    TrackerUnreachable,
)
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.tracker import Hello, Tracker
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.pausing import pause
from devops_tui.services.tracker.arrivals import Arrivals
from devops_tui.services.tracker.book import ASKED, PLACE, place_of, read_state, save_state
from devops_tui.services.tracker.inbound import Inbound
from devops_tui.services.tracker.order import Order
from devops_tui.services.tracker.outbound import Outbound
from devops_tui.services.tracker.outbox import Outbox
from devops_tui.services.tracker.reconcile import Reconciler
from devops_tui.services.tracker.sprint_sync import MARK as SPRINT
from devops_tui.services.tracker.sprint_sync import SprintSync

OVERLAP_S = 600.0
"""How much of what was looked at is looked at again: an index may lag so long."""

SWEEP_S = 86400.0
ORDER_S = 900.0
"""How often the ids are walked where there is an order: a rank changes no issue."""

SIDE_BY_SIDE = 6
"""Cards that are sent at the same time."""

_READ_AS = 1  # grows with what is read of an issue: files, changes of remarks
_EVER_S = 20 * 365 * 86400.0
_PATIENCE = 3  # requests without an answer one after the other: then the site is away
_LONGEST_PAUSE_S = 300.0
_LOGIN_PAUSE_S = 900.0  # a wrong token that is tried often locks the account

log = logging.getLogger(__name__)


class TrackerSync:
    """Keeps the board and one Jira project equal; one worker of a workspace at a time.

    Cancel: what is on its way is looked for by the next round before it is sent again.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: JiraSettings,
        rules: BoardRules,
        team: Team,
        tracker: Tracker,
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._tracker = tracker
        self._changed = changed
        self._ledger = Ledger(store, clock, rules, team)
        self._reconciler = Reconciler(self._ledger)
        self._outbox = Outbox(self._ledger, self._reconciler, settings)
        self._arrivals = Arrivals(self._ledger, self._reconciler, rules)
        self._order = Order(self._ledger, tracker)
        self._sprints = SprintSync(store, clock, team, rules.prefix)
        self._failures = 0

    async def watch(self) -> None:
        """Rounds until cancelled; a store that is away is asked again."""
        try:
            while True:
                try:
                    wait_s = await self.step()
                except StoreError as error:
                    log.warning("Jira waits for the store: %s", error)
                    wait_s = 5.0
                await pause(self._clock, wait_s, self._changed, self._is_asked)
        finally:
            self._tracker.close()

    async def step(self) -> float:
        """One round, unless the other side asked to be left alone; seconds until the next."""
        state = read_state(self._store, self._settings)
        now = self._clock.now()
        asked = self._store.mark(ASKED)
        if state.not_before is not None and now < state.not_before:
            is_wanted = bool(asked) and asked != state.answered
            if is_wanted and state.is_told_to_wait:  # whoever asks is told why not
                save_state(self._store, replace(state, answered=asked))
            if state.is_told_to_wait or not is_wanted:
                return (state.not_before - now).total_seconds()
        try:
            state = await self._round(state)
        except TrackerError as error:
            self._failures += 1
            state = self._failed(read_state(self._store, self._settings), error)
        else:
            self._failures = 0
            done = self._clock.now()
            state = replace(
                state, ok_at=done, error="", hint="", not_before=None, is_told_to_wait=False
            )
        save_state(self._store, replace(state, tried_at=self._clock.now(), answered=asked))
        return self._wait_s(state)

    async def _round(self, state: SyncState) -> SyncState:
        hello = await self._sprint_round(await self._tracker.hello())
        self._forget_another_place()
        skew_s = (hello.now - self._clock.now()).total_seconds()
        state = replace(state, skew_s=skew_s, sprint=hello.sprint)
        outbound = Outbound(
            self._ledger,
            self._tracker,
            self._reconciler,
            self._outbox,
            self._arrivals,
            hello.account,
        )
        inbound = Inbound(
            self._ledger, self._tracker, self._reconciler, self._arrivals, outbound.link
        )
        state = await self._take_in(inbound, state, hello)
        await self._send(outbound, self._outbox.plan())
        if hello.has_order:
            await self._order.send()
        return state

    async def _sprint_round(self, hello: Hello) -> Hello:
        """The sprint first: on a scrum board, Planned means to be in it."""
        side = self._tracker.sprints()
        if side is None:
            return hello
        try:
            return await self._tracker.hello() if await self._sprints.round(side) else hello
        except (TrackerRefused, TrackerConflict, TrackerNotThere) as error:
            log.warning("Jira: the sprint: %s", error)
            told = " · ".join(t for t in (hello.sprint, f"✕ {error.title}") if t)
            return replace(hello, sprint=told)

    async def _take_in(self, inbound: Inbound, state: SyncState, hello: Hello) -> SyncState:
        within_s = None
        if state.is_adopted and state.polled_at is not None:
            within_s = max(0.0, (hello.now - state.polled_at).total_seconds()) + OVERLAP_S
            if state.read_as != _READ_AS:
                within_s = _EVER_S
        await inbound.poll(within_s)
        state = replace(state, polled_at=hello.now, is_adopted=True, read_as=_READ_AS)
        if within_s is None:
            state = replace(state, swept_at=hello.now)
        save_state(self._store, state)
        every_s = ORDER_S if hello.has_order else SWEEP_S
        swept_at = state.swept_at
        if swept_at is None or (hello.now - swept_at).total_seconds() >= every_s:
            ranks = await inbound.sweep()
            if hello.has_order:
                await self._order.take(ranks)
            state = replace(state, swept_at=hello.now)
            save_state(self._store, state)
        return state

    async def _send(self, outbound: Outbound, cards: Sequence[CardId]) -> None:
        """Several cards side by side; ends at what concerns all of them.

        Raises:
            TrackerError: The other side wants to be left alone, or is away.
        """
        waiting = list(reversed(cards))
        failures: list[TrackerError] = []
        silent = 0

        async def one_after_the_other() -> None:
            nonlocal silent
            while waiting and not _ends(failures, silent):
                try:
                    await outbound.push(waiting.pop())
                    silent = 0
                except TrackerError as error:
                    failures.append(error)
                    silent += isinstance(error, TrackerUnreachable)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(SIDE_BY_SIDE, len(cards))):
                group.create_task(one_after_the_other())
        if failures:
            raise next((e for e in failures if not isinstance(e, TrackerUnreachable)), failures[-1])

    def _forget_another_place(self) -> None:
        """Copies of another project are of no use for this one."""
        text = self._store.mark(PLACE)
        place = place_of(self._settings)
        if text == place:
            return
        with self._store.transaction():
            for card_id in list(self._store.issue_ids().values()) if text else ():
                self._store.remove_issue_copy(card_id)
            for entry in self._store.outbox() if text else ():
                self._store.remove_entry(entry.key)
            self._store.save_mark(PLACE, place)
            self._store.save_mark(SPRINT, "")

    def _failed(self, state: SyncState, error: TrackerError) -> SyncState:
        now = self._clock.now()
        pause_s = min(_LONGEST_PAUSE_S, self._settings.every_s * 2.0 ** min(self._failures, 10))
        if isinstance(error, TrackerBusy):
            pause_s = error.retry_after_s
        elif isinstance(error, TrackerLogin):
            pause_s = _LOGIN_PAUSE_S
        elif self._failures == 1:
            pause_s = min(pause_s, self._settings.every_s)
        log.warning("Jira: %s; again in %.0f s", error, pause_s)
        until: datetime = now + timedelta(seconds=pause_s)
        return replace(
            state,
            error=error.title,
            hint=error.hint,
            not_before=until,
            is_told_to_wait=isinstance(error, TrackerBusy),
        )

    def _wait_s(self, state: SyncState) -> float:
        if state.not_before is None:
            return self._settings.every_s
        return max(0.0, (state.not_before - self._clock.now()).total_seconds())

    def _is_asked(self) -> bool:
        """Whether somebody wants a round that has not been; not while Jira wants none."""
        state = read_state(self._store, self._settings)
        asked = self._store.mark(ASKED)
        return bool(asked) and asked != state.answered


def _ends(failures: Sequence[TrackerError], silent: int) -> bool:
    if silent >= _PATIENCE:
        return True
    return bool(failures) and not isinstance(failures[-1], TrackerUnreachable)
