"""Who is asked when nobody acknowledges: each step once, whoever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.board import BoardRules
from devops_tui.domain.event import Event
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.notice import notice_of
from devops_tui.domain.oncall import EscalationStep, Rota
from devops_tui.domain.team import Team
from devops_tui.services.boards import Boards
from devops_tui.services.escalation import ESCALATED, Escalation
from devops_tui.services.incidents import Incidents
from devops_tui.stores.sqlite.store import SqliteStore

ROTA = Rota(("jun",), "2026-03-02", steps=(EscalationStep(300.0), EscalationStep(900.0, "minji")))
INC = IncidentId("INC-1")


class Bench:
    """One open problem, and workers that come and go."""

    def __init__(self, folder: Path) -> None:
        self.clock = StillClock()
        self.store = SqliteStore.open(folder / "state.db")
        now = self.clock.now()
        self.store.add_incident(Incident(INC, "f", "disk full", IncidentState.OPEN, now, now))
        self.store.append(Event("incident.opened", INC, now))

    async def changed(self) -> None:
        await asyncio.Event().wait()

    def worker(self) -> Escalation:
        return Escalation(self.store, self.clock, ROTA, self.changed)

    def told(self) -> list[tuple[object, object]]:
        events = self.store.events(subject=INC)
        return [(e.data["step"], e.data["to"]) for e in events if e.kind == ESCALATED]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.close()


def test_each_step_is_told_once_at_its_time(bench: Bench) -> None:
    worker = bench.worker()
    bench.clock.move(299)
    assert worker.step() == 1.0
    assert bench.told() == []
    bench.clock.move(1)
    for _ in range(3):
        worker.step()
    assert bench.told() == [(1, "jun")]
    bench.clock.move(600)
    worker.step()
    assert bench.told() == [(1, "jun"), (2, "minji")]


def test_another_worker_goes_on_where_the_first_one_died(bench: Bench) -> None:
    bench.clock.move(301)
    bench.worker().step()
    bench.worker().step()
    bench.clock.move(600)
    bench.worker().step()
    bench.worker().step()
    assert bench.told() == [(1, "jun"), (2, "minji")]


def test_who_was_away_tells_what_became_due_meanwhile(bench: Bench) -> None:
    bench.clock.move(3600)
    bench.worker().step()
    assert bench.told() == [(1, "jun"), (2, "minji")]


def test_an_acknowledged_problem_asks_nobody(bench: Bench) -> None:
    boards = Boards(bench.store, bench.clock, BoardRules(), Team())
    Incidents(bench.store, bench.clock, boards).acknowledge(INC, "jun", "on it")
    bench.clock.move(3600)
    bench.worker().step()
    assert bench.told() == []


def test_a_problem_that_begins_anew_is_asked_about_anew(bench: Bench) -> None:
    bench.clock.move(301)
    bench.worker().step()
    incident = bench.store.incident(INC)
    bench.store.append(Event("incident.resolved", INC, bench.clock.now()))
    bench.clock.move(600)
    bench.store.save_incident(replace(incident, count=2))
    bench.store.append(Event("incident.repeated", INC, bench.clock.now()))
    bench.worker().step()
    assert bench.told() == [(1, "jun")]
    bench.clock.move(300)
    bench.worker().step()
    assert bench.told() == [(1, "jun"), (1, "jun")]


def test_of_a_storm_and_of_yesterday_nobody_is_asked(bench: Bench) -> None:
    incident = bench.store.incident(INC)
    bench.store.save_incident(replace(incident, storm="INC-0"))
    bench.clock.move(301)
    bench.worker().step()
    bench.store.save_incident(incident)
    bench.clock.move(24 * 3600)
    bench.worker().step()
    assert bench.told() == []


def test_the_notice_names_who_is_asked(bench: Bench) -> None:
    bench.clock.move(301)
    bench.worker().step()
    notice = notice_of(bench.store.events(subject=INC)[-1])
    assert notice is not None
    assert str(notice) == "jun, please: nobody has INC-1 after 5 min: disk full"


async def test_the_watch_tells_by_itself_and_ends_when_cancelled(bench: Bench) -> None:
    watch = asyncio.create_task(bench.worker().watch())
    for _ in range(1000):  # the clock moves with each sleep of the watch
        if len(bench.told()) == 2:
            break
        await asyncio.sleep(0)
    assert len(bench.told()) == 2
    watch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watch
