"""A change is made once, however the store fails in the moment of storing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.errors import (
    StoreError,
    StoreFull,
    StoreLocked,
    StoreUncertain,
    StoreUnreachable,
)
from devops_tui.domain.event import Event
from devops_tui.ports.patience import durably, patiently
from devops_tui.stores.sqlite.store import SqliteStore


class Failing(SqliteStore):
    """Raises the next of `errors` when a transaction is to be stored."""

    errors: list[StoreError]
    is_kept: bool
    _is_inside = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._is_inside:
            yield
            return
        self._is_inside = True
        try:
            with super().transaction():
                yield
                if self.errors and not self.is_kept:
                    raise self.errors.pop(0)
            if self.errors:
                raise self.errors.pop(0)
        finally:
            self._is_inside = False


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Failing]:
    opened = Failing.open(tmp_path / "state.db")
    assert isinstance(opened, Failing)
    opened.errors = []
    opened.is_kept = False
    yield opened
    opened.close()


async def write(store: Failing, clock: StillClock) -> int:
    calls = 0

    def change() -> int:
        nonlocal calls
        calls += 1
        store.append(Event("run.created", "shop-1", clock.now()))
        return calls

    return await durably(store, clock, change)


@pytest.mark.parametrize("kind", [StoreLocked, StoreFull, StoreUnreachable])
async def test_a_store_that_is_away_is_waited_for(store: Failing, kind: type[StoreError]) -> None:
    store.errors = [kind("away"), kind("away")]
    assert await write(store, StillClock()) == 3
    assert len(store.events()) == 1


async def test_what_was_stored_after_all_is_not_stored_again(store: Failing) -> None:
    asked: list[StoreError] = [StoreUnreachable("not yet"), StoreLocked("not yet")]

    def was_stored() -> bool:
        if asked:
            raise asked.pop()
        return True

    store.errors = [StoreUncertain("cut", "ask", was_stored)]
    store.is_kept = True
    assert await write(store, StillClock()) == 1
    assert len(store.events()) == 1
    assert not asked


async def test_what_was_not_stored_is_stored_then(store: Failing) -> None:
    store.errors = [StoreUncertain("cut", "ask", lambda: False)]
    assert await write(store, StillClock()) == 2
    assert len(store.events()) == 1


async def test_what_no_patience_helps_is_raised(store: Failing) -> None:
    store.errors = [StoreError("broken")]
    with pytest.raises(StoreError, match="broken"):
        await write(store, StillClock())
    assert store.events() == []


async def test_a_look_waits_too() -> None:
    errors: list[StoreError] = [StoreUnreachable("away")]

    def look() -> str:
        if errors:
            raise errors.pop()
        return "seen"

    clock = StillClock()
    before = clock.now()
    assert await patiently(clock, look) == "seen"
    assert clock.now() > before
