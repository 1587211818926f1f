"""What ports.owners promises, over both stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.stores import Opener

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.audit import Request, Verb, Worker, WorkerState
from devops_tui.domain.errors import LeaseLost, NotFound
from devops_tui.domain.event import Event
from devops_tui.domain.ids import RequestId, RunId, WorkerId
from devops_tui.domain.pipeline import Job, Plan, Run, Stage, StageKind, State
from devops_tui.domain.work import RunCommand
from devops_tui.ports.owners import Ownership
from devops_tui.ports.store import Store
from devops_tui.services.take_over import take_over

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PLAN = Plan("shop", (Stage("test", StageKind.TEST, (Job("unit", RunCommand("true")),)),))
W1, W2 = WorkerId("w1"), WorkerId("w2")


def add(store: Store, number: int, state: State = State.WAITING) -> RunId:
    run = Run(RunId(f"shop-{number}"), number, PLAN, state, NOW, "jun")
    store.add_run(run)
    return run.id


def at_work(store: Store, name: WorkerId) -> Worker:
    worker = Worker(name, "here", 7, "1", WorkerState.WORKING, NOW, NOW)
    store.save_worker(worker)
    return worker


def test_a_run_has_one_living_owner(store: Store) -> None:
    run = add(store, 1)
    at_work(store, W1)
    at_work(store, W2)
    assert store.owner(run) == Ownership(WorkerId(""), 0, is_alive=False)
    assert store.claim_run(run, W1) == 1
    assert store.claim_run(run, W1) == 1  # its own already
    assert store.claim_run(run, W2) is None
    assert store.owners() == {run: Ownership(W1, 1, is_alive=True)}
    store.give_back_runs(W1)
    assert store.claim_run(run, W2) == 2
    with pytest.raises(NotFound):
        store.owner(RunId("shop-9"))


def test_what_has_ended_is_claimed_by_nobody(store: Store) -> None:
    run = add(store, 1)
    at_work(store, W1)
    store.claim_run(run, W1)
    store.save_run(replace(store.run(run), state=State.OK), State.WAITING)
    assert store.claim_run(run, W2) is None
    assert store.owner(run).owner == W1  # who walked it stays known
    assert store.owners() == {}
    assert store.owned_runs() == []


@pytest.mark.parametrize("state", [WorkerState.STOPPED, WorkerState.FENCED])
def test_the_runs_of_whoever_ended_are_free(store: Store, state: WorkerState) -> None:
    run = add(store, 1)
    worker = at_work(store, W1)
    store.claim_run(run, W1)
    store.save_worker(replace(worker, state=state))
    assert store.owner(run) == Ownership(W1, 1, is_alive=False)
    assert store.claim_run(run, W2) == 2


def test_whoever_was_taken_over_writes_nothing_more(opener: Opener, store: Store) -> None:
    lost: list[str] = []
    theirs = opener.store()
    theirs.fence_by(W1, lambda: lost.append("once"))
    worker = at_work(theirs, W1)
    run = add(theirs, 1)
    theirs.claim_run(run, W1)
    theirs.take_lease("leader", W1, "leads", NOW, 3600)
    assert take_over(store, SystemClock(), worker, "jun", "its machine is down") == [run]
    assert take_over(store, SystemClock(), worker, "jun", "again") is None
    before = store.events()
    for write in (
        lambda: theirs.append(Event("run.started", run, NOW)),
        lambda: theirs.save_worker(worker),
        lambda: theirs.save_run(replace(theirs.run(run), state=State.RUNNING), State.WAITING),
        lambda: theirs.claim_run(run, W1),
    ):
        with pytest.raises(LeaseLost, match="w1 was taken over"):
            write()
    with pytest.raises(LeaseLost), theirs.transaction():
        pytest.fail("a transaction of its own began")
    assert lost == ["once"]
    assert store.events() == before
    assert theirs.run(run).state is State.WAITING  # it may still look
    free = store.take_lease("leader", W2, "leads", datetime.now(UTC), 15)
    assert free is not None
    assert free.holder == W2
    theirs.close()


def test_environments_of_taken_runs_stay_held(store: Store) -> None:
    run = add(store, 1)
    worker = at_work(store, W1)
    store.claim_run(run, W1)
    clock = SystemClock()
    store.take_lease("environment:production", run, "jun on here", clock.now(), 0.0)
    take_over(store, clock, worker, "worker", "silent")
    now = clock.now()
    assert store.take_lease("environment:production", "shop-2", "another", now, 15) is None
    held = store.take_lease("environment:production", run, "jun on there", now, 15)
    assert held is not None
    assert held.holder == run


def test_wishes_of_the_dead_are_orphans(store: Store) -> None:
    at_work(store, W1)
    worker = at_work(store, W2)
    for number, claimer in enumerate((W1, W2)):
        request = Request(RequestId(f"q-{number}"), Verb.RUN, "shop", "jun", NOW)
        store.file_request(request)
        assert store.claim_request(request.id, claimer)
    assert store.orphaned_requests() == []
    store.save_worker(replace(worker, state=WorkerState.STOPPED))
    assert [r.id for r in store.orphaned_requests()] == ["q-1"]


def test_the_jobs_of_all_unfinished_runs_in_one_look(store: Store) -> None:
    runs = [add(store, n) for n in (1, 2)]
    at_work(store, W1)
    store.claim_run(runs[1], W1)
    owned = store.owned_runs()
    assert [run.id for run, _ in owned] == runs
    assert [owner.is_alive for _, owner in owned] == [False, True]
    found = store.jobs_of(runs)
    assert list(found) == runs
    assert found[runs[0]] == {j.job_id: j for j in store.job_runs(runs[0])}
