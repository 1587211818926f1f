"""What every store promises, of the one on SQLite and of the one on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.stores import Opener, wait_for

from devops_tui.domain.audit import Request, RequestState, Verb, Worker, WorkerState
from devops_tui.domain.board import Card, CardKind, Column
from devops_tui.domain.errors import Mistake, NotFound, RevisionConflict, StoreUnsupported
from devops_tui.domain.event import Event
from devops_tui.domain.ids import (
    CardId,
    FlipId,
    HostName,
    IncidentId,
    JobId,
    RequestId,
    RunId,
    ServiceName,
    WorkerId,
)
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.pipeline import (
    Gate,
    Job,
    JobRun,
    LogChunk,
    Plan,
    Run,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.traffic import Colour, Flip, FlipState, ServerHealth, ServiceStatus
from devops_tui.domain.work import RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.store import Store
from devops_tui.stores.sql.store import SqlStore

NOW = datetime(2026, 3, 1, 3, 12, 44, tzinfo=UTC)
PLAN = Plan(
    "shop",
    (
        Stage("code", StageKind.CODE, (Job("lint", RunCommand("true")),)),
        Stage("test", StageKind.TEST, (Job("unit", RunCommand("x")), Job("load", RunCommand("y")))),
    ),
)


def a_run(number: int = 1) -> Run:
    return Run(RunId(f"shop-{number}"), number, PLAN, State.WAITING, NOW, "jun")


def a_card(name: str = "SHOP-1", column: Column = Column.BACKLOG, rank: float = 1.0) -> Card:
    return Card(CardId(name), "oops [/]", CardKind.BUG, column, rank, 1, NOW, NOW)


def test_a_run_comes_back_with_a_waiting_job_for_each_of_the_plan(store: Store) -> None:
    store.add_run(a_run())
    assert store.run(RunId("shop-1")) == a_run()
    assert [j.job_id for j in store.job_runs(RunId("shop-1"))] == list(PLAN.job_ids)
    assert {j.state for j in store.job_runs(RunId("shop-1"))} == {State.WAITING}
    assert [store.job_run(RunId("shop-1"), j) for j in PLAN.job_ids] == list(
        store.job_runs(RunId("shop-1"))
    )
    with pytest.raises(NotFound):
        store.job_run(RunId("shop-1"), JobId("no/such"))


def test_gates_of_several_runs_come_in_one_question(store: Store) -> None:
    runs = [RunId(f"shop-{number}") for number in (1, 2, 3)]
    for number in (1, 2, 3):
        store.add_run(a_run(number))
    store.open_gate(Gate(runs[0], PLAN.job_ids[0], State.ASKING, NOW, PLAN.hash))
    store.open_gate(Gate(runs[1], PLAN.job_ids[1], State.ASKING, NOW, PLAN.hash))
    assert list(store.gates_of([runs[2], runs[0]])) == list(store.gates(runs[0]))
    assert not store.gates_of([])


def test_an_unknown_thing_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="no run shop-9"):
        store.run(RunId("shop-9"))
    with pytest.raises(NotFound):
        store.card(CardId("SHOP-9"))
    with pytest.raises(NotFound):
        store.incident(IncidentId("INC-9"))


def test_run_numbers_count_per_pipeline(store: Store) -> None:
    assert [store.next_run_number(p) for p in ("a", "a", "b", "a")] == [1, 2, 1, 3]


def test_a_state_that_moved_on_refuses_the_change(store: Store) -> None:
    run = a_run()
    store.add_run(run)
    store.save_run(replace(run, state=State.RUNNING), State.WAITING)
    with pytest.raises(RevisionConflict):
        store.save_run(replace(run, state=State.CANCELLED), State.WAITING)
    job = JobRun(run.id, JobId("code/lint"), State.RUNNING)
    store.save_job(job, State.WAITING)
    with pytest.raises(RevisionConflict):
        store.save_job(job, State.WAITING)


def test_unfinished_and_latest_runs(store: Store) -> None:
    for number, state in ((1, State.OK), (2, State.RUNNING), (3, State.WAITING)):
        run = a_run(number)
        store.add_run(run)
        if state is not State.WAITING:
            store.save_run(replace(run, state=state), State.WAITING)
    assert [r.number for r in store.unfinished_runs()] == [2, 3]
    assert [r.number for r in store.latest_runs()] == [3]
    assert [r.number for r in store.runs()] == [3, 2, 1]


def test_a_gate_is_decided_once(store: Store) -> None:
    store.add_run(a_run())
    gate = Gate(RunId("shop-1"), JobId("code/lint"), State.ASKING, NOW, PLAN.hash)
    store.open_gate(gate)
    store.open_gate(replace(gate, plan_hash="another"))  # a repeat changes nothing
    decided = replace(gate, state=State.OK, decided_by="minji", why="fixes SHOP-91")
    store.decide_gate(decided)
    with pytest.raises(RevisionConflict):
        store.decide_gate(replace(gate, state=State.FAILED))
    assert store.gates(RunId("shop-1")) == [decided]


def test_a_decided_gate_may_ask_anew(store: Store) -> None:
    store.add_run(a_run())
    gate = Gate(RunId("shop-1"), JobId("code/lint"), State.ASKING, NOW, PLAN.hash)
    store.open_gate(gate)
    with pytest.raises(RevisionConflict):
        store.reopen_gate(replace(gate, attempt=2))  # it asks already
    store.decide_gate(replace(gate, state=State.TIMED_OUT))
    store.reopen_gate(replace(gate, attempt=2))
    assert store.gates(RunId("shop-1")) == [replace(gate, attempt=2)]


def test_marks_are_kept_by_name(store: Store) -> None:
    assert store.mark("notify:chat") == ""
    store.save_mark("notify:chat", "1")
    store.save_mark("notify:chat", "2")
    store.save_mark("notify:mail", "3")
    assert (store.mark("notify:chat"), store.mark("notify:mail")) == ("2", "3")


def test_a_repeated_log_chunk_is_kept_once(store: Store) -> None:
    first = LogChunk(RunId("r"), JobId("test/unit"), 1, HostName("web-1"), 0, b"\xffabc", NOW)
    store.append_log([first, first])
    store.append_log([replace(first, offset=4, data=b"def")])
    chunks = store.log(RunId("r"), JobId("test/unit"))
    assert b"".join(c.data for c in chunks) == b"\xffabcdef"
    assert store.log_size(RunId("r"), JobId("test/unit"), 1, HostName("web-1")) == 7
    assert store.log(RunId("r"), after=chunks[0].seq) == [chunks[1]]


def test_baselines_are_the_last_successes(store: Store) -> None:
    for number in range(12):
        store.add_baseline("shop", JobId("test/unit"), RunId(f"shop-{number}"), bytes([number]))
    assert store.baselines("shop", JobId("test/unit"), 3) == [b"\x0b", b"\x0a", b"\x09"]
    runs = store.baseline_runs("shop", JobId("test/unit"), 3)
    assert runs == ["shop-11", "shop-10", "shop-9"]


def test_a_service_and_its_flips_come_back(store: Store) -> None:
    name = ServiceName("shop")
    assert store.service_status(name) == ServiceStatus(name)
    status = ServiceStatus(
        name,
        live=Colour.BLUE,
        servers=(ServerHealth(HostName("web-1"), Colour.BLUE, None, at=NOW),),
        digests={"blue": "sha256:00"},
    )
    store.save_service(status)
    assert store.service_status(name) == status
    flip = Flip(FlipId("f1"), name, Colour.BLUE, Colour.GREEN, FlipState.ASKED, "jun", "w", 1, NOW)
    store.add_flip(flip)
    store.save_flip(replace(flip, state=FlipState.PREPARED))
    assert [f.state for f in store.flips(name)] == [FlipState.PREPARED]


def test_a_card_changes_only_from_the_revision_that_was_seen(store: Store) -> None:
    store.add_card(a_card())
    moved = replace(a_card(), column=Column.PLANNED, rev=2)
    store.save_card(moved, 1)
    with pytest.raises(RevisionConflict):
        store.save_card(replace(moved, column=Column.DONE), 1)
    assert store.card(CardId("SHOP-1")) == moved


def test_cards_stand_in_the_board_s_order(store: Store) -> None:
    store.add_card(a_card("SHOP-1", Column.DONE))
    store.add_card(a_card("SHOP-2", Column.BACKLOG, 2.0))
    store.add_card(a_card("SHOP-3", Column.BACKLOG, 1.0))
    assert [c.id for c in store.cards()] == ["SHOP-3", "SHOP-2", "SHOP-1"]


def test_an_incident_is_open_once_per_fingerprint(store: Store) -> None:
    incident = Incident(IncidentId("INC-1"), "f", "t", IncidentState.OPEN, NOW, NOW)
    store.add_incident(incident)
    assert store.open_incident("f") == incident
    store.save_incident(replace(incident, state=IncidentState.RESOLVED))
    assert store.open_incident("f") is None
    assert store.incidents(open_only=True) == []
    assert len(store.incidents()) == 1


def test_a_request_is_claimed_once(store: Store) -> None:
    request = Request(RequestId("q1"), Verb.FLIP, "shop", "jun", NOW, "why", {"to": "green"})
    store.file_request(request)
    assert store.claim_request(request.id)
    assert not store.claim_request(request.id)
    assert store.request(request.id).state is RequestState.CLAIMED
    store.end_request(replace(request, state=RequestState.DONE, outcome={"live": "green"}))
    assert store.requests(RequestState.FILED) == []
    assert store.request(request.id).outcome == {"live": "green"}


def test_a_lease_has_one_holder_and_a_growing_fence(store: Store) -> None:
    first = store.take_lease("production", "shop-1", "release", NOW, 15)
    assert first is not None
    assert first.fence == 1
    assert store.take_lease("production", "shop-2", "release", NOW, 15) is None
    renewed = store.take_lease("production", "shop-1", "r", NOW + timedelta(seconds=10), 15)
    assert renewed is not None
    assert renewed.fence == 1
    late = store.take_lease("production", "shop-2", "r", NOW + timedelta(seconds=26), 15)
    assert late is not None
    assert late.fence == 2
    store.release_lease("production", "shop-1")  # not the holder: nothing happens
    lease = store.lease("production")
    assert lease is not None
    assert lease.holder == "shop-2"
    store.release_lease("production", "shop-2")
    again = store.take_lease("production", "shop-1", "r", NOW + timedelta(seconds=27), 15)
    assert again is not None
    assert again.fence == 3


def test_workers_that_stopped_are_not_listed(store: Store) -> None:
    worker = Worker(WorkerId("w"), "ops-1", 7, "1", WorkerState.WORKING, NOW, NOW)
    store.save_worker(worker)
    assert store.workers() == [worker]
    store.save_worker(replace(worker, state=WorkerState.STOPPED))
    assert store.workers() == []


def test_clients_that_beat_lately(store: Store) -> None:
    store.beat_client("a", "home", NOW - timedelta(seconds=60))
    store.beat_client("b", "fleet", NOW)
    assert store.clients(NOW - timedelta(seconds=15)) == [("b", "fleet")]


def test_a_broken_configuration_keeps_the_last_good_one(store: Store) -> None:
    assert store.workspace() is None
    store.save_workspace(Workspace("shop", "/x"), (), "h1")
    store.save_workspace(None, (Mistake("devops.yaml", 3, 1, "what"),), "h2")
    assert store.workspace() == Workspace("shop", "/x")
    assert [m.line for m in store.workspace_mistakes()] == [3]
    assert store.workspace_hash() == "h2"


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        store.add_card(a_card())
        with store.transaction():
            store.append(Event("card.created", "SHOP-1", NOW))
        raise RuntimeError
    assert store.cards() == []
    assert store.events() == []


def test_events_come_in_order_and_by_subject(store: Store) -> None:
    for subject in ("a", "b", "a"):
        store.append(Event("card.moved", subject, NOW, "jun", "\x1b[31m", {"to": "Done"}))
    assert [e.seq for e in store.events()] == [1, 2, 3]
    assert [e.seq for e in store.events(subject="a")] == [1, 3]
    assert [e.seq for e in store.events(limit=2, newest=True)] == [2, 3]
    assert store.events()[0].data == {"to": "Done"}


def test_an_event_of_an_unknown_kind_is_a_defect(store: Store) -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        store.append(Event("card.flew", "a", NOW))


def test_a_transaction_that_changed_nothing_is_not_told(store: Store, opener: Opener) -> None:
    store.add_card(a_card())
    other = opener.store()
    before = other.version()
    with store.transaction():
        store.release_lease("production", "nobody")
        assert not store.claim_request(RequestId("none"))
    with pytest.raises(RuntimeError), store.transaction():
        store.append(Event("card.created", "SHOP-1", NOW))
        raise RuntimeError
    other.cards()
    assert other.version() == before
    other.close()


def test_another_connection_s_commit_changes_the_version(store: Store, opener: Opener) -> None:
    other = opener.store()
    before = store.version()
    assert store.version() == before
    other.add_card(a_card())
    wait_for(lambda: store.version() != before)
    other.close()


def test_one_s_own_commit_changes_the_version(store: Store) -> None:
    before = store.version()
    store.add_card(a_card())
    after = store.version()
    assert after != before
    assert store.version() == after


def test_a_snapshot_sees_one_moment(store: Store, opener: Opener) -> None:
    other = opener.store()
    store.add_card(a_card())
    with store.snapshot():
        assert len(store.cards()) == 1
        other.add_card(a_card("SHOP-2"))
        assert len(store.cards()) == 1
    assert len(store.cards()) == 2
    other.close()


def test_text_that_no_database_likes_comes_back_or_is_shown(store: Store) -> None:
    store.append(Event("card.moved", "a\0b", NOW, "\u0000", "\x1b[31m\udc80", {"to": "\0"}))
    event = store.events()[0]
    assert (event.actor, event.why, event.data) == ("\0", "\x1b[31m\udc80", {"to": "\0"})
    assert event.subject == "a\0b"


def test_what_was_stored_is_there_for_the_next_one(store: Store, opener: Opener) -> None:
    store.add_card(a_card())
    store.append(Event("card.created", "SHOP-1", NOW))
    store.close()
    again = opener.store()
    assert again.card(CardId("SHOP-1")) == a_card()
    assert [e.kind for e in again.events()] == ["card.created"]
    again.close()


def test_an_edited_event_breaks_the_chain(opener: Opener) -> None:
    store = opener.store()
    assert isinstance(store, SqlStore)
    for _ in range(3):
        store.append(Event("card.moved", "a", NOW))
    assert store.first_broken_event() is None
    opener.by_hand("UPDATE event SET body = replace(body, 'worker', 'nobody') WHERE seq = 2")
    assert store.first_broken_event() == 2
    store.close()


def test_a_store_of_a_newer_version_is_refused(opener: Opener) -> None:
    opener.store().close()
    opener.pretend_newer()
    with pytest.raises(StoreUnsupported, match="newer version"):
        opener.store()
