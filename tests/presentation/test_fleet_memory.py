"""What is known of a thousand hosts is found out again only where it is another thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.presentation import fleet, units
from devops_tui.presentation.fleet_memory import FleetMemory
from devops_tui.presentation.host import condition
from devops_tui.tui.palette import plain_text

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def frame(name: str, link: LinkState = LinkState.LIVE, **more: object) -> Frame:
    sample = Sample(uptime_s=9.0, cpu_ratio=0.2, mem_ratio=0.4, load_1m=0.5, cores=4)
    made = Frame(HostName(name), link, NOW, sample)
    return replace(made, **more)  # type: ignore[arg-type]


def test_while_nothing_changes_the_answer_is_the_same_object() -> None:
    memory, frames = FleetMemory(), {"a": frame("a"), "b": frame("b")}
    first = memory.conditions(frames, NOW)
    assert memory.conditions(frames, NOW + seconds(9)) is first
    assert memory.conditions(frames, NOW + seconds(10.5)) is not first


def test_at_every_moment_it_says_what_a_fresh_look_says() -> None:
    retry = {"sample": None, "retry_at": NOW + seconds(7.4), "why": "link lost"}
    frames = {
        "live": frame("live"),
        "late": frame("late", at=NOW - seconds(3.3)),
        "gone": frame("gone", LinkState.UNREACHABLE, **retry),
        "waits": frame("waits", LinkState.CONNECTING, sample=None),
        "ahead": frame("ahead", at=NOW + seconds(4)),
    }
    memory = FleetMemory()
    for step in range(1500):
        now = NOW + seconds(step * 0.13)
        fresh = {name: condition(each, now) for name, each in frames.items()}
        assert memory.conditions(frames, now) == fresh, now
    early = NOW - seconds(60)  # a clock that was put back
    assert memory.conditions(frames, early)["live"] == condition(frames["live"], early)


def test_only_the_row_of_the_frame_that_changed_is_another_one() -> None:
    memory, columns = FleetMemory(), fleet.grid(120)
    frames = {name: frame(name) for name in ("a", "b", "c")}
    how = memory.conditions(frames, NOW)
    before = memory.rows(list(frames.values()), columns, how)
    assert memory.rows(list(frames.values()), columns, how) is before
    frames = frames | {"b": frame("b", cpu_trend=(0.5,))}
    after = memory.rows(list(frames.values()), columns, memory.conditions(frames, NOW))
    assert [one is other for one, other in zip(before, after, strict=True)] == [True, False, True]


def test_an_old_row_is_drawn_anew_only_when_its_age_is_told_in_another_word() -> None:
    memory, columns = FleetMemory(), fleet.grid(120)
    frames = {"a": frame("a")}
    told, rows = [], set()
    for age in range(11, 200):
        how = memory.conditions(frames, NOW + seconds(age))
        (row,) = memory.rows(list(frames.values()), columns, how)
        rows.add(id(row))
        words = plain_text(row.line).split("~ ")[1].split(" old")[0]
        if words not in told:
            told.append(words)
    assert told[:3] == ["11 s", "12 s", "13 s"]
    assert told[-7:] == ["20 s", "30 s", "40 s", "50 s", "1 m", "2 m", "3 m"]
    assert len(rows) <= len(told)


def test_an_age_is_rough_only_where_it_is_long() -> None:
    ages = {0: 0, 19.9: 19, 20: 20, 29: 20, 59.9: 50, 61: 60, 3599: 3540, -4: 0}
    assert {age: units.rough_age_s(age) for age in ages} == ages
