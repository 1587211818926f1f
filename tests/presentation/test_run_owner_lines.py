"""Runs whose worker does not beat any more, where they are listed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawn import check, plain, roles
from overviews import NOW, ago, overview, watching_view

from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.ids import RunId, WorkerId
from devops_tui.domain.pipeline import State
from devops_tui.domain.view import Overview
from devops_tui.presentation import home, pipelines, releases, run_owners, run_preview

RUN = watching_view()


def worker(name: str, silent_s: float) -> Worker:
    return Worker(
        WorkerId(name), "ops-1", 4711, "1.0", WorkerState.WORKING, ago(900), ago(silent_s)
    )


def walked(*workers: Worker, owner: str = "ops-1-4711") -> Overview:
    """One run under way, whose worker is the first."""
    return replace(
        overview(),
        runs=(RUN,),
        worker=workers[0] if workers else None,
        workers=workers,
        owners={RUN.run.id: owner} if owner else {},
    )


DEAD = walked(worker("ops-1-4711", 40))
SAID = "✕ worker silent for 40 s · devops-tui worker take-over ops-1-4711"


def test_a_silent_owner_is_told_wherever_the_run_is_shown() -> None:
    assert f"  {SAID}" in plain(home.pipelines(DEAD, 78))
    left = run_owners.left_runs(DEAD, DEAD.runs, 76)
    assert plain(pipelines.run_list(DEAD.runs, (), NOW, 78, left))[2] == f"  {SAID}"
    assert SAID in plain(run_preview.preview(RUN, DEAD, None, 90))
    assert SAID in plain(releases.service_detail(DEAD, "shop", 78))
    assert roles(left[RUN.run.id], "silent") == {"failed"}


@pytest.mark.parametrize("cells", [1, 20, 53, 60, 78])
def test_a_command_is_named_whole_or_another_one_is(cells: int) -> None:
    said = run_owners.left(DEAD, RUN, cells)
    check([said], cells)
    shown = plain([said])[0]
    assert "take-over" not in shown or shown.endswith("ops-1-4711")
    assert shown.endswith("devops-tui worker --list") or not 53 <= cells < 65


def test_where_another_worker_beats_nothing_has_to_be_done() -> None:
    both = walked(worker("ops-1-4711", 12), worker("w2", 1))
    said = plain([run_owners.left(both, RUN, 78)])[0]
    assert said == "✕ worker silent for 12 s · another worker takes it over"


def test_a_begun_run_that_is_nobodys_says_so_only_while_no_worker_is_there() -> None:
    said = "✕ no worker walks it · devops-tui worker starts one"
    assert plain([run_owners.left(walked(owner=""), RUN, 78)])[0] == said
    assert run_owners.left(walked(worker("w2", 1), owner=""), RUN, 78) == ()


def test_a_worker_that_beats_and_a_run_that_is_over_say_nothing() -> None:
    assert run_owners.left(walked(worker("ops-1-4711", 9)), RUN, 78) == ()
    over = replace(RUN, run=replace(RUN.run, state=State.OK))
    assert run_owners.left(DEAD, over, 78) == ()
    waiting = replace(RUN, run=replace(RUN.run, state=State.WAITING, id=RunId("billing-32")))
    assert run_owners.left(walked(), waiting, 78) == ()
