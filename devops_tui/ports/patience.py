"""How whoever must write, or look, waits for a store that is held, full or away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from devops_tui.domain.errors import StoreError, StoreUncertain
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

RETRY_S = 1.0

T = TypeVar("T")
log = logging.getLogger(__name__)


async def durably(store: Store, clock: Clock, change: Callable[[], T]) -> T:
    """Makes a change in one transaction, exactly once; waits while the store is held or full.

    Where the link broke in the moment of storing, the store is asked what became of it.
    `change` is called again after a failure: it must read what it builds upon inside.

    Raises:
        StoreError: Waiting would not help.
    """
    while True:
        made: list[T] = []
        try:
            with store.transaction():
                made.append(change())
            return made[0]
        except StoreUncertain as error:
            log.warning("asking what was stored: %s", error)
            if await patiently(clock, error.was_stored) and made:
                return made[0]
        except StoreError as error:
            if not error.is_passing:
                raise
            log.warning("waiting for the store: %s", error)
            await clock.sleep(RETRY_S)


async def patiently(clock: Clock, look: Callable[[], T]) -> T:
    """What a look at the store gives; waits while there is no link to it.

    Raises:
        StoreError: Waiting would not help.
    """
    while True:
        try:
            return look()
        except StoreError as error:
            if not error.is_passing:
                raise
            log.warning("waiting for the store: %s", error)
        await clock.sleep(RETRY_S)
