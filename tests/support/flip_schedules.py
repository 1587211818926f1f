"""Two operators who flip, undo, give shares and lose their worker; and a model of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devops_tui.domain.errors import DevopsError, LeaseLost, Refused
from devops_tui.domain.traffic import Colour, Flip, FlipState
from devops_tui.ports.store import Store
from devops_tui.services.flip_journal import ENDED
from devops_tui.services.flips import Flips
from devops_tui.stores.sqlite.store import SqliteStore
from support.traffic import SHOP, Shop

ACTS = 3
VERBS = ("flip", "undo")
SHARES = (1, 25, 50)
_WRITES = frozenset({"add_flip", "save_flip", "transaction", "release_lease", "take_lease"})


class Killed(BaseException):
    """The worker is gone; nothing of it may clean up after itself."""


class MortalStore(SqliteStore):
    """A store whose process dies after so many writes of the journal.

    Attributes:
        left: Writes until then; negative for never.
    """

    left = -1
    is_dead = False

    def __getattribute__(self, name: str) -> Any:
        if name in _WRITES and object.__getattribute__(self, "is_dead"):
            raise Killed
        return super().__getattribute__(name)

    def add_flip(self, flip: Flip) -> None:
        super().add_flip(flip)
        self._count()

    def save_flip(self, flip: Flip) -> None:
        super().save_flip(flip)
        self._count()

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.is_dead = True
            raise Killed


@dataclass
class Told:
    """What one schedule came to."""

    done: int = 0
    shares: int = 0
    refused: int = 0
    crashes: int = 0
    answers: int = 0
    wrong: list[str] = field(default_factory=list)


async def play(shop: Shop, database: Path, seed: int, verbs: Sequence[str] = VERBS) -> Told:
    """Plays one schedule to its end; every unfinished flip is settled then."""
    chance = random.Random(seed)  # noqa: S311 - a schedule, no secret
    told = Told()
    is_over = asyncio.Event()
    watching = [asyncio.create_task(_watch(shop, port, is_over, told)) for port in shop.ports]
    left = {who: [chance.choice(verbs) for _ in range(ACTS)] for who in ("jun", "sora")}
    try:
        while any(left.values()):
            await _live(shop, database, chance, left, told)
    finally:
        is_over.set()
        await asyncio.gather(*watching)
    return told


async def _live(
    shop: Shop,
    database: Path,
    chance: random.Random,
    left: dict[str, list[str]],
    told: Told,
) -> None:
    """One life of the worker: it settles what it finds, then acts until it dies or is done."""
    store = MortalStore.open(database)
    assert isinstance(store, MortalStore)
    store.left = chance.choice((-1, chance.randint(1, 30)))
    flips = shop.flips(store)

    async def act() -> None:
        await flips.recover()
        async with asyncio.TaskGroup() as group:
            for who in left:
                group.create_task(_operate(flips, store, who, left[who], chance, told))

    try:
        await act()
    except* Killed:
        told.crashes += 1
    finally:
        store.close()


async def _operate(
    flips: Flips, store: Store, who: str, left: list[str], chance: random.Random, told: Told
) -> None:
    while left:
        await asyncio.sleep(chance.random() * 0.02)
        verb = left.pop()
        try:
            if verb == "undo":
                flip = await flips.undo(SHOP, who)
            elif verb == "weigh":
                held = store.service_status(SHOP).canary
                flip = await flips.weigh(SHOP, chance.choice(SHARES), who, verb, held=held)
                told.shares += flip.state is FlipState.DONE
            else:
                flip = await flips.flip(SHOP, None, who, verb)
        except (Refused, LeaseLost) as refused:
            told.refused += 1
            if not refused.title:
                told.wrong.append(f"{who} was refused without a reason")
        else:
            told.done += flip.state is FlipState.DONE


async def _watch(shop: Shop, port: int, is_over: asyncio.Event, told: Told) -> None:
    """Some colour answers through this door at every moment."""
    while not is_over.is_set():
        try:
            answer = await shop.ask(port, "/")
        except DevopsError as error:
            told.wrong.append(f"port {port}: {error}")
            return
        if answer.status != 200 or answer.headers.get("x-colour") not in set(Colour):
            told.wrong.append(f"port {port} answered {answer.status}")
        told.answers += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(0.005):
                await is_over.wait()


def against_the_model(flips: Sequence[Flip], first: Colour) -> Colour:
    """Walks the history, the oldest first; the colour that must serve at its end.

    Shares change nothing about that: the colour before serves until one is whole.
    """
    live, fence = first, 0
    for flip in flips:
        assert flip.state in ENDED, flip
        assert flip.fence > fence, flip
        fence = flip.fence
        if flip.state is not FlipState.DONE:
            continue
        if flip.from_colour is flip.to_colour:  # a canary was taken back
            assert flip.to_colour is live, flip
            continue
        assert (flip.from_colour, flip.to_colour) == (live, live.other), flip
        if flip.percent == 100:
            live = flip.to_colour
    return live


class AtWrite(SqliteStore):
    """Calls `act` after the given write of the journal."""

    left = -1
    act: Callable[[], None] | None = None

    def save_flip(self, flip: Flip) -> None:
        super().save_flip(flip)
        self.left -= 1
        if self.left == 0 and self.act is not None:
            self.act()


def history(store: Store) -> list[Flip]:
    """Every flip, the oldest first."""
    return list(reversed(store.flips(SHOP, limit=10_000)))
