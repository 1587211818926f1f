"""The fleet of a past minute is read in pieces; what was left meanwhile is not read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

from fake_history import FakeHistory

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.domain.view import Overview
from devops_tui.ports.front import Front
from devops_tui.presentation.fleet_past import NOT_READ, NOT_SEEN
from devops_tui.tui.panes.fleet_past import FleetPast, Histories

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
THEN = datetime(2026, 3, 1, 11, 58, tzinfo=UTC)


def fleet(count: int) -> Overview:
    sample = Sample(uptime_s=9e5, cpu_ratio=0.9, mem_ratio=0.4, load_1m=0.5, cores=4)
    names = [HostName(f"web-{n}") for n in range(count)]
    return Overview(NOW, 1, frames={n: Frame(n, LinkState.LIVE, NOW, sample) for n in names})


class House:
    """Answers when it is told to, as the bridge's thread does later."""

    def __init__(self) -> None:
        self.front = FakeHistory()
        self.waiting: list[tuple[Callable[[Front], Histories], Callable[[Histories], None]]] = []
        self.changes = 0
        self.past = FleetPast(self._ask, self._changed)

    def _ask(
        self, question: Callable[[Front], Histories], then: Callable[[Histories], None]
    ) -> None:
        self.waiting.append((question, then))

    def _changed(self) -> None:
        self.changes += 1

    def answer(self) -> None:
        question, then = self.waiting.pop(0)
        then(question(cast("Front", self.front)))

    def asked(self) -> Sequence[str]:
        return [host for host, _ in self.front.moments_asked]


def test_a_large_fleet_comes_piece_by_piece() -> None:
    house, now = House(), fleet(210)
    house.past.move(-2, NOW)
    shown = house.past.shown(now)
    assert house.past.at == THEN
    assert set(house.past.how.values()) == {NOT_READ}
    assert shown.frames["web-0"].sample is None
    before, sizes, drawn = house.changes, [], []
    while house.waiting:
        house.answer()
        sizes.append(len(house.asked()))
        drawn.append(house.changes - before)
        assert house.past.shown(now).frames is house.past.frames
    assert sizes == [25, 50, 75, 100, 125, 150, 175, 200, 210]
    assert drawn == [1, 2, 2, 3, 3, 3, 3, 4, 5]
    assert len(set(house.asked())) == 210
    sample = house.past.shown(now).frames["web-209"].sample
    assert sample is not None
    assert sample.cpu_ratio == 0.18
    assert all(how.rank == 4 for how in house.past.how.values())


def test_a_minute_that_was_left_is_not_read() -> None:
    house, now = House(), fleet(120)
    house.past.move(-2, NOW)
    house.past.shown(now)
    house.past.move(-1, NOW)
    house.past.shown(now)
    while house.waiting:
        house.answer()
    assert {at for _, at in house.front.moments_asked} == {THEN - timedelta(minutes=1)}
    house.past.move(-1, NOW)
    house.past.shown(now)
    house.past.leave()
    house.answer()
    assert house.waiting == []
    assert house.past.shown(now) is now


def test_a_minute_that_was_not_kept_yet_is_asked_for_again_for_a_while() -> None:
    house, now = House(), fleet(2)
    house.front.unseen = frozenset({"web-1"})
    house.past.move(-1, NOW)
    house.past.shown(now)
    house.answer()
    assert house.past.how["web-1"] is NOT_SEEN
    house.past.shown(replace(now, at=NOW + timedelta(seconds=9)))
    assert house.waiting == []
    house.front.unseen = frozenset()
    house.past.shown(replace(now, at=NOW + timedelta(seconds=11)))
    house.answer()
    assert house.asked() == ["web-0", "web-1", "web-1"]
    assert house.past.how["web-1"].rank == 4


def test_what_was_not_seen_long_ago_is_asked_for_once() -> None:
    house, now = House(), fleet(1)
    house.front.unseen = frozenset({"web-0"})
    house.past.move(-60, NOW)
    house.past.shown(now)
    house.answer()
    house.past.shown(replace(now, at=NOW + timedelta(seconds=30)))
    assert house.waiting == []


def test_the_newest_whole_minute_is_the_first_and_after_it_comes_now() -> None:
    house = House()
    house.past.move(1, NOW)
    assert house.past.at is None
    assert house.changes == 0
    house.past.move(-1, NOW)
    assert house.past.at == THEN + timedelta(minutes=1)
    house.past.move(-(10**12), NOW)  # before there was time
    assert house.past.at == THEN + timedelta(minutes=1)
    house.past.move(1, NOW)
    assert house.past.at is None


def test_the_mark_is_another_object_only_when_it_says_something_else() -> None:
    house = House()
    assert house.past.mark(NOW) == ()
    house.past.move(-18, NOW)
    first = house.past.mark(NOW)
    assert house.past.mark(NOW + timedelta(seconds=1)) is first
    assert house.past.mark(NOW + timedelta(seconds=61)) is not first
