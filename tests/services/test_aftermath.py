"""A failure becomes one problem and one card; a success ends it; a release moves its cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.board import BoardRules, Column
from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import THIS_MACHINE, CardId, JobId, RunId, ServiceName
from devops_tui.domain.incident import Cause, IncidentState
from devops_tui.domain.pipeline import Job, JobRun, LogChunk, Plan, Run, Stage, StageKind, State
from devops_tui.domain.team import Team
from devops_tui.domain.work import AskApproval, FlipTraffic, RunCommand
from devops_tui.services.aftermath import Aftermath
from devops_tui.services.boards import Boards
from devops_tui.services.incidents import Incidents
from devops_tui.stores.sqlite.store import SqliteStore

PLAN = Plan(
    "shop",
    (
        Stage("test", StageKind.TEST, (Job("unit", RunCommand("false")),)),
        Stage(
            "release",
            StageKind.RELEASE,
            (Job("approve", AskApproval()), Job("flip", FlipTraffic(ServiceName("shop")))),
        ),
    ),
)
UNIT = JobId("test/unit")


@dataclass(frozen=True)
class WholeLog:
    """A ranking that takes the log's last line for the cause, so that tests see what it got."""

    def hash_log(self, data: bytes) -> bytes:
        return data[:8].ljust(8)

    def rank(
        self, data: bytes, baselines: Sequence[bytes], labels: Mapping[int, str] | None = None
    ) -> tuple[Cause, ...]:
        text = data.decode().splitlines()[-1] if data else ""
        return (Cause(1, text, 1.0, (f"{len(baselines)} baselines",), 1, 1),)

    def clean(self, text: str) -> str:
        return text

    def number_of(self, text: str) -> int:
        return len(text)

    def propose_rule(self, text: str) -> str:
        return f"rules: [{text}]"

    def fingerprint(self, pipeline: str, job: str, causes: Sequence[Cause]) -> str:
        return f"{pipeline} {job} {causes[0].text}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "state.db")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def incidents(store: SqliteStore, clock: StillClock) -> Incidents:
    return Incidents(store, clock, Boards(store, clock, BoardRules(prefix="SHOP"), Team()))


@pytest.fixture
def aftermath(store: SqliteStore, clock: StillClock, incidents: Incidents) -> Aftermath:
    boards = Boards(store, clock, BoardRules(prefix="SHOP"), Team())
    return Aftermath(store, WholeLog(), boards, incidents)


def a_run(store: SqliteStore, clock: StillClock, number: int, **changes: object) -> Run:
    run = Run(RunId(f"shop-{number}"), number, PLAN, State.WAITING, clock.now(), "jun")
    run = replace(run, **changes)  # type: ignore[arg-type]
    store.add_run(run)
    return run


def unit(
    store: SqliteStore, clock: StillClock, run: Run, state: State, text: bytes = b"boom"
) -> JobRun:
    store.append_log([LogChunk(run.id, UNIT, 1, THIS_MACHINE, 0, text, clock.now())])
    return JobRun(run.id, UNIT, state, why="exit code 1")


async def test_a_failure_is_filed_once_and_counted(
    aftermath: Aftermath, store: SqliteStore, clock: StillClock
) -> None:
    for number in (1, 2, 3):
        run = a_run(store, clock, number)
        await aftermath.job_ended(run, unit(store, clock, run, State.FAILED))
    (incident,) = store.incidents()
    assert (incident.count, incident.run_id) == (3, "shop-3")
    (card,) = store.cards()
    assert card.column is Column.BACKLOG
    assert len(card.comments) == 2
    assert card.runs == ("shop-1", "shop-2", "shop-3")


async def test_the_same_end_told_twice_counts_once(
    aftermath: Aftermath, store: SqliteStore, clock: StillClock
) -> None:
    run = a_run(store, clock, 1)
    for _ in range(2):
        await aftermath.job_ended(run, unit(store, clock, run, State.FAILED))
    assert [i.count for i in store.incidents()] == [1]


async def test_another_failure_is_another_problem(
    aftermath: Aftermath, store: SqliteStore, clock: StillClock
) -> None:
    for number, text in ((1, b"boom"), (2, b"bang")):
        run = a_run(store, clock, number)
        await aftermath.job_ended(run, unit(store, clock, run, State.FAILED, text))
    assert len(store.incidents()) == 2
    assert len(store.cards()) == 2


async def test_a_success_is_learned_from_and_ends_the_problem(
    aftermath: Aftermath, store: SqliteStore, clock: StillClock
) -> None:
    bad = a_run(store, clock, 1)
    await aftermath.job_ended(bad, unit(store, clock, bad, State.FAILED))
    good = a_run(store, clock, 2)
    await aftermath.job_ended(good, unit(store, clock, good, State.OK, b"12345678 passed"))
    assert store.incidents()[0].state is IncidentState.RESOLVED
    assert store.baselines("shop", UNIT) == [b"12345678"]


@pytest.mark.parametrize("state", [State.CANCELLED, State.SKIPPED])
async def test_what_nobody_broke_is_no_problem(
    aftermath: Aftermath, store: SqliteStore, clock: StillClock, state: State
) -> None:
    run = a_run(store, clock, 1)
    await aftermath.job_ended(run, unit(store, clock, run, state))
    assert store.incidents() == []


async def test_a_rejected_gate_is_no_problem(
    aftermath: Aftermath, store: SqliteStore, clock: StillClock
) -> None:
    run = a_run(store, clock, 1)
    await aftermath.job_ended(run, JobRun(run.id, JobId("release/approve"), State.FAILED))
    assert store.incidents() == []


async def test_a_finished_release_moves_the_cards_it_names(
    aftermath: Aftermath, store: SqliteStore, clock: StillClock
) -> None:
    boards = Boards(store, clock, BoardRules(prefix="SHOP"), Team())
    card = boards.add("round totals", "minji")
    run = a_run(store, clock, 1, state=State.OK, cards=(card.id, "SHOP-999"))
    await aftermath.run_ended(run)
    done = store.card(CardId(card.id))
    assert done.column is Column.DONE
    assert done.runs == ("shop-1",)


async def test_a_failed_release_moves_nothing(
    aftermath: Aftermath, store: SqliteStore, clock: StillClock
) -> None:
    boards = Boards(store, clock, BoardRules(prefix="SHOP"), Team())
    card = boards.add("round totals", "minji")
    await aftermath.run_ended(a_run(store, clock, 1, state=State.FAILED, cards=(card.id,)))
    assert store.card(card.id).column is Column.BACKLOG


async def test_taking_a_problem_needs_a_reason(
    aftermath: Aftermath, store: SqliteStore, clock: StillClock, incidents: Incidents
) -> None:
    run = a_run(store, clock, 1)
    await aftermath.job_ended(run, unit(store, clock, run, State.FAILED))
    (incident,) = store.incidents()
    with pytest.raises(Refused, match="reason"):
        incidents.acknowledge(incident.id, "jun", " ")
    assert incidents.acknowledge(incident.id, "jun", "looking").acknowledged_by == "jun"
    assert incidents.resolve(incident.id, "jun", "fixed").state is IncidentState.RESOLVED
    with pytest.raises(Refused, match="resolved already"):
        incidents.acknowledge(incident.id, "jun", "again")
