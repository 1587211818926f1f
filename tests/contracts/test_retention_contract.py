"""What every store promises of artifacts over all runs, and of giving room back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devops_tui.domain.artifact import Holding
from devops_tui.domain.errors import NotFound
from devops_tui.domain.event import Event
from devops_tui.domain.ids import Digest, HostName, JobId, RunId
from devops_tui.domain.pipeline import (
    Artifact,
    Job,
    LogChunk,
    Plan,
    Run,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.retention import LASTING_EVENTS, RunMark
from devops_tui.domain.work import RunCommand
from devops_tui.stores.sql.store import SqlStore

NOW = datetime(2026, 3, 1, 3, 12, 44, tzinfo=UTC)
PLAN = Plan("shop", (Stage("build", StageKind.BUILD, (Job("build", RunCommand("x")),)),))
BUILD = JobId("build/build")


def digest(letter: str) -> Digest:
    return Digest(f"sha256:{letter * 64}")


def a_run(number: int, state: State = State.OK) -> Run:
    created = NOW + timedelta(hours=number)
    return Run(RunId(f"shop-{number}"), number, PLAN, state, created, "jun")


def an_artifact(number: int, letter: str, name: str = "dist/shop.pyz") -> Artifact:
    at = NOW + timedelta(hours=number)
    return Artifact(digest(letter), name, 3, RunId(f"shop-{number}"), BUILD, "c0ffee", at)


def chunk(number: int, offset: int, data: bytes = b"abc") -> LogChunk:
    return LogChunk(RunId(f"shop-{number}"), BUILD, 1, HostName("local"), offset, data, NOW)


def test_an_artifact_is_found_by_its_digest_in_every_run_the_builder_first(
    store: SqlStore,
) -> None:
    built = an_artifact(1, "a")
    taken = replace(built, run_id=RunId("shop-0"), origin=RunId("shop-1"))
    store.add_artifact(taken)
    store.add_artifact(built)
    store.add_artifact(an_artifact(2, "b"))
    assert store.artifacts_of(digest("a")) == [built, taken]
    assert store.artifacts_of(digest("f")) == []


def test_an_artifact_is_found_by_its_name_or_its_file_name_newest_first(store: SqlStore) -> None:
    old, new = an_artifact(1, "a"), an_artifact(2, "b")
    other = an_artifact(3, "c", "dist/Shop.pyz")
    odd = an_artifact(4, "d", "dist/x_shop.pyz")
    for artifact in (old, new, other, odd):
        store.add_artifact(artifact)
    assert store.artifacts_named("shop.pyz") == [new, old]
    assert store.artifacts_named("dist/shop.pyz") == [new, old]
    assert store.artifacts_named("shop_pyz") == []
    assert store.artifacts_named("shop.pyz", limit=1) == [new]


def test_digests_are_found_by_their_first_digits(store: SqlStore) -> None:
    store.add_artifact(an_artifact(1, "a"))
    store.add_artifact(an_artifact(2, "f"))
    assert store.digests_like("aa") == [digest("a")]
    assert store.digests_like("f") == [digest("f")]
    assert store.digests_like("b") == []


def test_what_is_decided_of_a_file_comes_back(store: SqlStore) -> None:
    assert store.holding(digest("a")) == Holding(digest("a"))
    pinned = Holding(digest("a"), pinned_at=NOW, pinned_by="jun", pin_why="LTS")
    store.save_holding(pinned)
    store.save_holding(replace(pinned, pruned_at=NOW, pruned_why="too old"))
    assert store.holding(digest("a")).pruned_why == "too old"
    assert [h.digest for h in store.holdings()] == [digest("a")]


def test_marks_tell_of_every_run(store: SqlStore) -> None:
    for number in (1, 2, 3):
        store.add_run(a_run(number, State.FAILED if number == 2 else State.OK))
    assert list(store.run_marks()) == [
        RunMark(
            RunId(f"shop-{n}"),
            "shop",
            n,
            State.FAILED if n == 2 else State.OK,
            NOW + timedelta(hours=n),
        )
        for n in (3, 2, 1)
    ]


def test_a_log_goes_in_pieces_from_its_beginning(store: SqlStore) -> None:
    store.append_log([chunk(1, 3 * i) for i in range(5)])
    store.append_log([chunk(2, 0)])
    assert store.log_room(RunId("shop-1")) == (5, 15)
    assert store.drop_log(RunId("shop-1"), 2) == 2
    assert [c.offset for c in store.log(RunId("shop-1"))] == [6, 9, 12]
    assert store.drop_log(RunId("shop-1"), 10) == 3
    assert store.drop_log(RunId("shop-1"), 10) == 0
    assert not store.has_log(RunId("shop-1"))
    assert store.has_log(RunId("shop-2"))


def test_a_run_goes_with_all_that_is_its_own(store: SqlStore) -> None:
    for number in (1, 2):
        store.add_run(a_run(number))
        store.add_artifact(an_artifact(number, "a"))
    store.drop_run(RunId("shop-1"))
    with pytest.raises(NotFound):
        store.run(RunId("shop-1"))
    assert store.job_runs(RunId("shop-1")) == []
    assert [a.run_id for a in store.artifacts_of(digest("a"))] == ["shop-2"]
    assert store.job_runs(RunId("shop-2"))
    assert store.next_run_number("shop") == 1, "the counter of numbers is not touched"


def test_old_events_go_but_lasting_ones_and_the_chain_still_follows(store: SqlStore) -> None:
    kinds = ("run.created", "job.started", "job.finished", "run.finished")
    for day in range(6):
        for kind in kinds:
            store.append(Event(kind, f"shop-{day}", NOW + timedelta(days=day)))
    until = store.last_event_before(NOW + timedelta(days=3))
    assert until == 12
    assert store.old_events(until, LASTING_EVENTS) == 6
    assert store.drop_events(until, LASTING_EVENTS, 4) == 4
    assert store.first_broken_event() is None
    assert store.drop_events(until, LASTING_EVENTS, 100) == 2
    assert store.drop_events(until, LASTING_EVENTS, 100) == 0
    assert store.first_broken_event() is None
    left = [e.kind for e in store.events()]
    assert left == ["run.created", "run.finished"] * 3 + list(kinds) * 3
    store.append(Event("job.started", "shop-9", NOW + timedelta(days=9)))
    assert store.first_broken_event() is None


def test_an_event_that_was_edited_after_a_pruning_is_found(store: SqlStore) -> None:
    for day in range(4):
        store.append(Event("job.started", f"shop-{day}", NOW + timedelta(days=day)))
    store.drop_events(2, LASTING_EVENTS, 10)
    store._db.execute("UPDATE event SET body = ? WHERE seq = ?", ("{}", 3))
    assert store.first_broken_event() == 3


def test_no_event_is_older_than_the_first(store: SqlStore) -> None:
    assert store.last_event_before(NOW) == 0
    store.append(Event("job.started", "shop-1", NOW))
    assert store.last_event_before(NOW) == 0
    assert store.last_event_before(NOW + timedelta(seconds=1)) == 1
