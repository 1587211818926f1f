"""A silence or maintenance holds the asking of people back, and its end lets it go on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Host
from devops_tui.domain.hours import Window
from devops_tui.domain.ids import HostName, IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.oncall import EscalationStep, Rota
from devops_tui.domain.silence import Maintenance, Silence
from devops_tui.domain.workspace import Alert, Workspace
from devops_tui.services.escalation import ESCALATED, Escalation, is_pending
from devops_tui.services.silences import end_silence, silence
from devops_tui.stores.sqlite.store import SqliteStore

ROTA = Rota(("jun",), "2026-03-02", steps=(EscalationStep(300.0), EscalationStep(900.0, "minji")))
HOSTS = {
    "web-1": Host(HostName("web-1"), groups=("web",)),
    "db": Host(HostName("db")),
}
SHOP = Workspace("shop", "/", hosts=HOSTS, alerts=(Alert("cpu", "cpu > 9 %"),), oncall=ROTA)


class Bench:
    """Alerts of two hosts, and a worker that asks people about them."""

    def __init__(self, folder: Path) -> None:
        self.clock = StillClock()
        self.began = self.clock.now()
        self.store = SqliteStore.open(folder / "state.db")
        self.keep(SHOP)
        self.alert("INC-1", "web-1")

    def keep(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store.save_workspace(workspace, (), "x")

    def alert(self, name: str, host: str, storm: str = "") -> None:
        now = self.clock.now()
        opened = Incident(
            IncidentId(name),
            f"alert:cpu:{host}",
            f"cpu on {host}",
            IncidentState.OPEN,
            now,
            now,
            host=host,
            storm=storm,
        )
        self.store.add_incident(opened)
        self.store.append(Event("incident.opened", opened.id, now))

    def silence(self, what: str, minutes: float, begins: datetime | None = None) -> None:
        until = (begins or self.clock.now()) + timedelta(minutes=minutes)
        silence(self.store, self.clock, Silence(what, until, "jun", "disk", begins))

    def told(self, name: str = "INC-1") -> list[object]:
        async def changed() -> None:
            await asyncio.Event().wait()

        Escalation(self.store, self.clock, ROTA, changed, self.workspace).step()
        events = self.store.events(subject=name)
        return [event.data["step"] for event in events if event.kind == ESCALATED]

    def pending(self) -> bool:
        return is_pending(self.store, self.clock.now())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.close()


@pytest.mark.parametrize("what", ["web-1", "web", "cpu", "cpu@web-1", "cpu@web", "all"])
def test_nobody_is_asked_while_it_is_quiet_and_from_its_end_on_people_are(
    bench: Bench, what: str
) -> None:
    bench.silence(what, 60)
    bench.clock.move(59 * 60)
    assert bench.told() == []
    assert bench.pending()  # a worker stays for it
    bench.clock.move(60 + 299)
    assert bench.told() == []
    bench.clock.move(1)
    assert bench.told() == [1]
    bench.clock.move(600)
    assert bench.told() == [1, 2]
    assert not bench.pending()


@pytest.mark.parametrize("what", ["db", "cpu@db"])
def test_a_silence_of_something_else_holds_nothing_back(bench: Bench, what: str) -> None:
    bench.silence(what, 60)
    bench.clock.move(301)
    assert bench.told() == [1]


def test_an_early_end_lets_it_go_on(bench: Bench) -> None:
    bench.silence("web-1", 600)
    bench.clock.move(1200)
    assert bench.told() == []
    end_silence(bench.store, bench.clock, "web-1", "jun", "done")
    bench.clock.move(299)
    assert bench.told() == []
    bench.clock.move(2)
    assert bench.told() == [1]


def test_what_was_told_before_is_not_told_again(bench: Bench) -> None:
    bench.clock.move(301)
    assert bench.told() == [1]
    bench.silence("web-1", 60)
    bench.clock.move(60 * 60 + 1)
    assert bench.told() == [1]
    bench.clock.move(900)
    assert bench.told() == [1, 2]


def test_a_silence_of_days_does_not_make_it_forgotten(bench: Bench) -> None:
    bench.silence("web-1", 3 * 24 * 60)
    bench.clock.move(3 * 24 * 3600 + 301)
    assert bench.told() == [1]


def test_a_silence_that_was_over_before_counts_for_nothing(bench: Bench) -> None:
    bench.silence("db", 10)
    bench.clock.move(3600)
    bench.alert("INC-2", "db")
    bench.clock.move(301)
    assert bench.told("INC-2") == [1]


def test_a_planned_silence_holds_from_its_beginning(bench: Bench) -> None:
    bench.silence("web-1", 60, bench.clock.now() + timedelta(minutes=10))
    bench.clock.move(301)
    assert bench.told() == [1]
    bench.clock.move(900)
    assert bench.told() == [1]


def test_maintenance_holds_it_back_as_well(bench: Bench) -> None:
    at = bench.began
    minute = at.hour * 60 + at.minute
    hours = Window(tuple(range(7)), minute, (minute + 60) % (24 * 60))
    bench.keep(replace(SHOP, maintenance=(Maintenance(("web",), hours, "patches"),)))
    bench.clock.move(1800)
    assert bench.told() == []
    bench.clock.move(1800 + 301)
    assert bench.told() == [1]


def test_of_a_storm_another_one_speaks_while_its_first_is_quiet(bench: Bench) -> None:
    first = bench.store.incident(IncidentId("INC-1"))
    bench.store.save_incident(replace(first, storm="INC-1"))
    bench.alert("INC-2", "db", storm="INC-1")
    bench.silence("web-1", 60)
    bench.clock.move(301)
    assert bench.told() == []
    assert bench.told("INC-2") == [1]


def test_a_problem_that_is_no_alert_is_never_quiet(bench: Bench) -> None:
    now = bench.clock.now()
    failed = Incident(IncidentId("INC-9"), "job", "x", IncidentState.OPEN, now, now, host="web-1")
    bench.store.add_incident(failed)
    bench.silence("all", 60)
    bench.clock.move(301)
    assert bench.told("INC-9") == [1]
