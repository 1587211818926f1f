"""Alerts: hysteresis, no alert from what nobody knows, one incident that ends by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.alert_condition import parse_rule
from devops_tui.domain.condition import BadCondition
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.incident import IncidentState
from devops_tui.domain.metric import Sample
from devops_tui.domain.silence import Silence
from devops_tui.domain.workspace import UNREACHABLE, Alert, Workspace
from devops_tui.services.alert_incidents import AlertIncidents
from devops_tui.services.alerting import AlertWatch
from devops_tui.services.silences import silence
from devops_tui.stores.sqlite.store import SqliteStore

WEB = HostName("web-1")
CPU = Alert("cpu", "cpu > 90 %", 60.0, "cpu < 80 %", "high", ("web",))


class House:
    """A store, a clock and the watch, as the collector has them."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.clock = StillClock()
        self.watch = AlertWatch()
        self.incidents = AlertIncidents(store, self.clock)
        hosts = {"web-1": Host(WEB, groups=("web",)), "db": Host(HostName("db"))}
        self.workspace = Workspace("shop", "/", hosts=hosts, alerts=(CPU, UNREACHABLE))

    def see(
        self,
        cpu: float,
        seconds: int,
        host: HostName = WEB,
        link: LinkState = LinkState.LIVE,
        every: int = 5,
    ) -> None:
        for _ in range(seconds // every):
            self.clock.move(every)
            at = self.clock.at if link is LinkState.LIVE else self.clock.at - timedelta(hours=1)
            frame = Frame(host, link, at, Sample(1.0, cpu, 0.5, 0.1, 2))
            verdicts = self.watch.judge(self.workspace, [frame], self.clock.at)
            self.incidents.settle(verdicts, self.watch, self.workspace)

    def told(self) -> list[tuple[str, IncidentState, int]]:
        return [(i.title, i.state, i.count) for i in self.store.incidents()]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    store = SqliteStore.open(tmp_path / "state.db")
    yield House(store)
    store.close()


def test_it_opens_after_its_time_and_clears_by_its_own_bound(house: House) -> None:
    house.see(0.95, 55)
    assert house.told() == []
    house.see(0.95, 30)
    assert house.told() == [("cpu: cpu 95 % on web-1", IncidentState.OPEN, 1)]
    house.see(0.85, 300)  # between the bounds: it stays
    assert house.told()[0][1] is IncidentState.OPEN
    house.see(0.5, 5)
    assert house.told()[0][1] is IncidentState.RESOLVED
    assert "cleared by itself: cpu 50 % (cpu < 80 %)" in house.store.incidents()[0].why
    kinds = [e.kind for e in house.store.events()]
    assert kinds.count("incident.opened") == kinds.count("incident.resolved") == 1


def test_again_soon_is_a_repeat_of_the_same(house: House) -> None:
    for _ in range(2):
        house.see(0.95, 90)
        house.see(0.1, 10)
    house.see(0.95, 90)
    assert house.told() == [("cpu: cpu 95 % on web-1", IncidentState.OPEN, 3)]


def test_a_short_peak_and_another_group_are_no_alert(house: House) -> None:
    for _ in range(10):
        house.see(0.99, 30)
        house.see(0.2, 5)
    house.see(0.99, 600, HostName("db"))
    assert house.told() == []


def test_old_figures_neither_open_nor_clear(house: House) -> None:
    house.see(0.95, 50)
    house.see(0.95, 200, link=LinkState.STALE)
    assert house.told() == []
    house.see(0.95, 20)  # the pause begins the time anew
    assert house.told() == []
    house.see(0.95, 60)
    assert len(house.told()) == 1
    house.see(0.1, 60, link=LinkState.STALE)
    assert house.told()[0][1] is IncidentState.OPEN


def test_an_unreachable_host_is_told_and_comes_back(house: House) -> None:
    house.see(0.1, 10)
    house.see(0.1, 240, link=LinkState.UNREACHABLE)
    assert house.told() == []
    house.see(0.1, 120, link=LinkState.UNREACHABLE)
    assert house.told() == [("unreachable: unreachable on web-1", IncidentState.OPEN, 1)]
    house.see(0.1, 5)
    assert house.told()[0][1] is IncidentState.RESOLVED


def test_a_new_collector_knows_what_is_open(house: House) -> None:
    house.see(0.95, 90)
    house.watch = AlertWatch()
    house.watch.know_open(house.incidents.open_fingerprints())
    house.see(0.95, 200)
    assert [count for _, _, count in house.told()] == [1]
    house.see(0.1, 5)
    assert house.told()[0][1] is IncidentState.RESOLVED


@pytest.mark.parametrize("what", ["cpu", "web-1", "web", "cpu@web-1", "cpu@web", "all"])
def test_a_silence_ends(house: House, what: str) -> None:
    until = house.clock.at + timedelta(seconds=600)
    silence(house.store, house.clock, Silence(what, until, "minji", "disk is being moved"))
    house.see(0.95, 595)
    assert house.told() == []
    house.see(0.95, 20)
    assert len(house.told()) == 1


@pytest.mark.parametrize(
    ("text", "at", "what"),
    [
        ("", 0, "an empty condition"),
        ("cpu > 90", 8, "the unit is missing"),
        ("cpu >", 5, "the condition ends too early"),
        ("cpu 90 %", 4, "`90` is no sign"),
        ("cpux > 9 %", 0, "unknown figure `cpux`"),
        ("(cpu > 9 %", 10, "`(` of character 1 is open"),
        ("cpu > 9 % )", 10, "`)` does not belong here"),
        ("net_in > 5 %", 11, "`%` is no unit here"),
        ("cpu > 9 % & x", 10, "`&` does not belong here"),
    ],
)
def test_a_mistake_has_its_place(text: str, at: int, what: str) -> None:
    with pytest.raises(BadCondition) as found:
        parse_rule(text)
    assert (found.value.at, found.value.what) == (at, what)
