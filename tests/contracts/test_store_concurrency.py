"""Eight processes at one store at the same moment: no number twice, one winner, a whole chain."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from support.stores import Opener

from devops_tui.domain.audit import Request, Verb
from devops_tui.domain.board import Card, CardKind, Column
from devops_tui.domain.errors import RevisionConflict
from devops_tui.domain.event import Event
from devops_tui.domain.ids import CardId, HostName, JobId, RequestId, RunId
from devops_tui.domain.pipeline import LogChunk
from devops_tui.stores.sql.store import SqlStore

NOW = datetime(2026, 3, 1, 3, 12, 44, tzinfo=UTC)
HANDS = 8
ROUNDS = 40
CARD = Card(CardId("SHOP-1"), "busy", CardKind.BUG, Column.PLANNED, 1.0, 1, NOW, NOW)

Found = dict[str, Any]
Act = Callable[[SqlStore, int], Found]


@pytest.fixture
def hands(opener: Opener, tmp_path: Path) -> Callable[[Act], list[Found]]:
    """Does one thing in eight processes at once; what each of them found."""
    # forked: the test's own process must not hold a connection meanwhile
    context = multiprocessing.get_context("fork")

    def run(act: Act) -> list[Found]:
        barrier = context.Barrier(HANDS, timeout=60)
        children = [
            context.Process(target=_hand, args=(opener, act, n, barrier, tmp_path / f"{n}.json"))
            for n in range(HANDS)
        ]
        for child in children:
            child.start()
        for child in children:
            child.join(100)
        assert [child.exitcode for child in children] == [0] * HANDS
        return [json.loads((tmp_path / f"{n}.json").read_text()) for n in range(HANDS)]

    return run


def _hand(opener: Opener, act: Act, number: int, barrier: Barrier, told: Path) -> None:
    store = opener.store()
    barrier.wait()
    found = act(store, number)
    store.close()
    told.write_text(json.dumps(found))


@pytest.fixture
def prepare(opener: Opener) -> Iterator[Callable[[Callable[[SqlStore], None]], None]]:
    def with_store(act: Callable[[SqlStore], None]) -> None:
        store = opener.store()
        act(store)
        store.close()

    yield with_store


Hands = Callable[[Act], list[Found]]
Prepare = Callable[[Callable[[SqlStore], None]], None]


def _open(_: SqlStore, __: int) -> Found:
    return {}


def test_a_store_that_does_not_exist_is_made_once(hands: Hands, opener: Opener) -> None:
    hands(_open)
    store = opener.store()
    store.append(Event("card.moved", "a", NOW))
    assert [e.seq for e in store.events()] == [1]
    store.close()


def _count(store: SqlStore, _: int) -> Found:
    alone = [store.next_run_number("shop") for _ in range(ROUNDS)]
    together = []
    for _ in range(ROUNDS):
        with store.transaction():
            first = store.next_card_number()
            together.append((first, store.next_card_number()))
    return {"alone": alone, "together": together}


def test_no_number_is_given_twice(hands: Hands) -> None:
    found = hands(_count)
    alone = [number for one in found for number in one["alone"]]
    assert sorted(alone) == list(range(1, HANDS * ROUNDS + 1))
    pairs = [pair for one in found for pair in one["together"]]
    assert all(second == first + 1 for first, second in pairs)
    assert len({number for pair in pairs for number in pair}) == 2 * HANDS * ROUNDS


def _move(store: SqlStore, _: int) -> Found:
    won = lost = 0
    while won < ROUNDS:
        card = store.card(CARD.id)
        try:
            store.save_card(replace(card, rev=card.rev + 1), card.rev)
            won += 1
        except RevisionConflict:
            lost += 1
    return {"won": won, "lost": lost}


def test_a_move_wins_only_from_what_it_saw(hands: Hands, prepare: Prepare, opener: Opener) -> None:
    prepare(lambda store: store.add_card(CARD))
    found = hands(_move)
    store = opener.store()
    assert store.card(CARD.id).rev == 1 + sum(one["won"] for one in found)
    store.close()


def _read_then_write(store: SqlStore, _: int) -> Found:
    for _ in range(ROUNDS):
        with store.transaction():
            card = store.card(CARD.id)
            store.save_card(replace(card, rev=card.rev + 1), card.rev)  # a conflict would raise
    return {}


def test_nobody_comes_between_reading_and_writing(
    hands: Hands, prepare: Prepare, opener: Opener
) -> None:
    prepare(lambda store: store.add_card(CARD))
    hands(_read_then_write)
    store = opener.store()
    assert store.card(CARD.id).rev == 1 + HANDS * ROUNDS
    store.close()


def _claim(store: SqlStore, _: int) -> Found:
    return {"mine": [n for n in range(ROUNDS) if store.claim_request(RequestId(f"q{n}"))]}


def _file(store: SqlStore) -> None:
    for n in range(ROUNDS):
        store.file_request(Request(RequestId(f"q{n}"), Verb.RUN, "shop", "jun", NOW))


def test_a_wish_has_one_claimer(hands: Hands, prepare: Prepare) -> None:
    prepare(_file)
    found = hands(_claim)
    assert sorted(n for one in found for n in one["mine"]) == list(range(ROUNDS))


def _lease(store: SqlStore, me: int) -> Found:
    held = []
    for n in range(ROUNDS):
        lease = store.take_lease(f"environment-{n}", f"worker-{me}", "release", NOW, 15)
        if lease is not None:
            held.append(n)
            assert (lease.fence, lease.holder) == (1, f"worker-{me}")
    fences: list[int] = []
    while len(fences) < 5:
        lease = store.take_lease("production", f"worker-{me}", "release", NOW, 15)
        if lease is not None:
            fences.append(lease.fence)
            store.release_lease("production", f"worker-{me}")
    return {"held": held, "fences": fences}


def test_a_lease_has_one_holder_and_no_fence_twice(hands: Hands) -> None:
    found = hands(_lease)
    assert sorted(n for one in found for n in one["held"]) == list(range(ROUNDS))
    assert sorted(f for one in found for f in one["fences"]) == list(range(1, 5 * HANDS + 1))


def _append(store: SqlStore, me: int) -> Found:
    seqs: list[int] = []
    seen: list[int] = []
    for n in range(ROUNDS):
        with store.transaction():
            seqs.append(store.append(Event("card.moved", f"s{me}", NOW, why=str(n))).seq)
            chunk = LogChunk(RunId("r"), JobId("t/u"), 1, HostName(f"h{me}"), n, b"x", NOW)
            store.append_log([chunk])
        after = seen[-1] if seen else 0
        seen += [e.seq for e in store.events(after, limit=10_000)]
    return {"seqs": seqs, "seen": seen}


def test_the_chain_is_whole_and_a_follower_misses_nothing(hands: Hands, opener: Opener) -> None:
    found = hands(_append)
    store = opener.store()
    events = [e.seq for e in store.events(limit=10_000)]
    assert sorted(seq for one in found for seq in one["seqs"]) == events
    assert len(events) == HANDS * ROUNDS
    assert store.first_broken_event() is None
    for one in found:
        assert one["seen"] == events[: len(one["seen"])], "an event came to light behind another"
    chunks = Counter(c.host for c in store.log(RunId("r")))
    assert set(chunks.values()) == {ROUNDS}
    store.close()


def _write_until_killed(opener: Opener, pipe: int) -> None:
    store = opener.store()
    while True:
        event = store.append(Event("card.moved", "a", NOW))
        os.write(pipe, f"{event.seq}\n".encode())


def test_what_was_acknowledged_survives_kill_9(opener: Opener) -> None:
    opener.store().close()
    reader, writer = os.pipe()
    child = multiprocessing.get_context("fork").Process(
        target=_write_until_killed, args=(opener, writer)
    )
    child.start()
    os.close(writer)
    with os.fdopen(reader) as lines:
        for line in lines:
            if int(line) >= 25:
                os.kill(child.pid or 0, signal.SIGKILL)
                break
        acknowledged = max([25, *(int(row) for row in lines if row.endswith("\n"))])
    child.join()
    store = opener.store()
    assert len(store.events(limit=100_000)) >= acknowledged
    assert store.first_broken_event() is None
    store.append(Event("card.moved", "a", NOW))  # the one that was killed holds nobody up
    store.close()
