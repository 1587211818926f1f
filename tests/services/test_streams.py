"""The value stream, out of runs in a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clocks import StillClock

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import JobId, RunId, ServiceName
from devops_tui.domain.pipeline import (
    Commit,
    Job,
    JobRun,
    Plan,
    Run,
    RunInput,
    Source,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.stream import Edge, Journey, ValueStream, journey
from devops_tui.domain.view import RunView
from devops_tui.domain.work import AskApproval, FlipTraffic, RunCommand
from devops_tui.presentation.stream import rows
from devops_tui.services.streams import read_stream
from devops_tui.stores.sqlite.store import SqliteStore

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TEST = Stage("test", StageKind.TEST, (Job("unit", RunCommand("a")), Job("lint", RunCommand("b"))))
RELEASE = Stage(
    "release",
    StageKind.RELEASE,
    (
        Job("approve", AskApproval()),
        Job("flip", FlipTraffic(ServiceName("shop"))),
        Job("bake", RunCommand("c")),
    ),
)
Times = dict[str, tuple[float, float]]


def after(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


class Site:
    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore.open(folder / "state.db")
        self.clock = StillClock(after(10_000))

    def run(
        self,
        number: int,
        times: Times,
        stages: tuple[Stage, ...] = (TEST, RELEASE),
        created_s: float = 60.0,
        commit: str = "a",
        pipeline: str = "shop",
        inputs: tuple[RunInput, ...] = (),
    ) -> Run:
        """A run whose jobs began and ended so many seconds after the commit."""
        found = Commit(commit * 40, "change", "Jun", BEGAN)
        plan = Plan(pipeline, stages, found, Source("/srv/shop.git"), inputs=inputs)
        run_id = RunId(f"{pipeline}-{number}")
        run = Run(run_id, number, plan, State.WAITING, after(created_s), "jun")
        self.store.add_run(run)
        for name, (began, ended) in times.items():
            record = JobRun(
                run_id, JobId(name), State.OK, started_at=after(began), ended_at=after(ended)
            )
            self.store.save_job(record, State.WAITING)
        last = max((end for _, end in times.values()), default=created_s)
        whole = replace(run, state=State.OK, ended_at=after(last))
        self.store.save_run(whole, State.WAITING)
        return whole


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


WHOLE: Times = {
    "test/unit": (70, 130),
    "test/lint": (70, 100),
    "release/approve": (130, 1130),
    "release/flip": (1130, 1140),
    "release/bake": (1140, 5000),
}


def test_waiting_and_working_are_told_apart(site: Site) -> None:
    site.run(1, WHOLE)
    latest = read_stream(site.store, site.clock, "shop").latest
    assert latest is not None
    assert [(e.name, e.waited_s, e.worked_s, e.is_production) for e in latest.edges] == [
        ("run", 60.0, 0.0, False),
        ("test", 10.0, 60.0, False),  # side by side counts once
        ("release", 1000.0, 10.0, True),  # a person's time is waiting, the bake comes after
    ]
    assert latest.is_there
    assert latest.lead_s == 1140.0


def test_medians_of_those_that_got_there(site: Site) -> None:
    for number, wait in enumerate((1000, 3000, 2000), 1):
        times = WHOLE | {
            "release/approve": (130, 130 + wait),
            "release/flip": (130 + wait, 140 + wait),
            "release/bake": (140 + wait, 9000),
        }
        site.run(number, times, commit="abc"[number - 1])
    site.run(4, {"test/unit": (70, 80)}, commit="d")
    found = read_stream(site.store, site.clock, "shop")
    assert (found.samples, found.lead_s) == (3, 2140.0)
    assert found.usual[-1] == Edge("shop", "release", 2000.0, 10.0, is_production=True)
    assert found.latest is not None
    assert not found.latest.is_there
    assert found.latest.runs == (RunId("shop-4"),)


def test_upstream_runs_are_part_of_the_way(site: Site) -> None:
    build = Stage("build", StageKind.BUILD, (Job("make", RunCommand("a")),))
    fast = site.run(1, {"build/make": (70, 80)}, (build,), pipeline="fast")
    slow = site.run(1, {"build/make": (70, 200)}, (build,), pipeline="slow")
    inputs = tuple(RunInput(r.plan.pipeline, r.id) for r in (fast, slow))
    site.run(1, {"release/flip": (300, 310)}, (RELEASE,), 210.0, pipeline="ship", inputs=inputs)
    latest = read_stream(site.store, site.clock, "ship").latest
    assert latest is not None
    assert latest.runs == ("slow-1", "ship-1")  # what was waited for
    assert [(e.pipeline, e.name, e.lead_s) for e in latest.edges] == [
        ("slow", "run", 60.0),
        ("slow", "build", 140.0),
        ("ship", "run", 10.0),
        ("ship", "release", 100.0),
    ]


def test_a_commit_that_ran_twice_counts_once(site: Site) -> None:
    site.run(1, WHOLE)
    site.run(2, WHOLE)
    assert read_stream(site.store, site.clock, "shop").samples == 1


def test_nothing_yet_and_nothing_at_all(site: Site) -> None:
    with pytest.raises(NotFound, match="no pipeline nope"):
        read_stream(site.store, site.clock, "nope")
    (row,) = rows(ValueStream("shop"), 80)
    assert "no commit of shop has been on its way yet" in "".join(s.text for s in row.line)


@pytest.mark.parametrize("width", [10, 40, 80, 200])
def test_it_is_drawn_within_the_width(site: Site, width: int) -> None:
    site.run(1, WHOLE)
    made = rows(read_stream(site.store, site.clock, "shop"), width)
    assert all(sum(s.width for s in row.line) <= width for row in made)
    assert len({row.key for row in made}) == len(made)
    text = ["".join(s.text for s in row.line) for row in made]
    if width >= 80:
        assert any("lead time 19 m" in row for row in text)
        release = next(row for row in text if "● release" in row)
        assert "16 m 40 s" in release
        assert "10 s" in release
        assert "◂ longest wait" in release
        assert any("works 1 m 10 s (6 %) · waits 17 m 50 s" in row for row in text)


SPANS = st.lists(
    st.tuples(st.integers(0, 500), st.integers(0, 500)).map(lambda p: (min(p), max(p))),
    min_size=2,
    max_size=2,
)


@given(SPANS, st.integers(-50, 200))
def test_what_waits_and_what_works_add_up_to_the_lead(
    spans: list[tuple[int, int]], created_s: int
) -> None:
    jobs = {
        JobId(f"test/{name}"): JobRun(
            RunId("shop-1"),
            JobId(f"test/{name}"),
            State.OK,
            started_at=after(began),
            ended_at=after(ended),
        )
        for name, (began, ended) in zip(("unit", "lint"), spans, strict=True)
    }
    plan = Plan("shop", (TEST,), Commit("a" * 40, at=BEGAN))
    run = Run(RunId("shop-1"), 1, plan, State.OK, after(created_s), "jun")
    made = journey([RunView(run, jobs)], after(1000))
    assert isinstance(made, Journey)
    assert all(edge.waited_s >= 0 and edge.worked_s >= 0 for edge in made.edges)
    end = max(0, created_s, *(ended for _, ended in spans))
    assert made.lead_s == pytest.approx(end)
