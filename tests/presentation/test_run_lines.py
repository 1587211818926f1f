"""Runs and their jobs as lines."""

from __future__ import annotations

from dataclasses import replace

from drawn import check, plain, roles, text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from overviews import (
    NOW,
    ago,
    any_incidents,
    any_views,
    asking_view,
    failed_view,
    incident,
    json_values,
    run_view,
    watching_view,
    widths,
)

from devops_tui.domain.event import Json
from devops_tui.domain.ids import JobId
from devops_tui.domain.incident import Incident
from devops_tui.domain.pipeline import JobRun, State
from devops_tui.domain.view import RunView
from devops_tui.presentation import jobs, pipelines
from devops_tui.presentation.rows import Row


def test_list_says_state_strip_and_why() -> None:
    views = (failed_view(), asking_view())
    assert plain(pipelines.run_list(views, (incident(),), NOW, 78)) == [
        "pipeline     run    state       C B T D R M  commit                      began",
        "shop         #412   ✕ failed    ● ● ✕ ○ ○ ○  abc1234 cart: round tot…  5 m ago",
        "  test/unit failed 40 s ago · new · 2 of 318 failed",
        "api          #88    ‖ waits     ● ● ● ● ‖ ○  abc1234 cart: round tot…  5 m ago",
        "  release waits for approval · asked 4 m ago",
    ]


def test_only_the_latest_run_of_a_pipeline_is_explained() -> None:
    old = replace(failed_view(), run=replace(failed_view().run, number=411))
    shown = plain(pipelines.run_list((failed_view(), old), (), NOW, 78))
    assert sum("test/unit failed" in row for row in shown) == 1


def test_a_problem_seen_before_is_not_called_new() -> None:
    again = replace(incident(), count=3)
    shown = plain(pipelines.run_list((failed_view(),), (again,), NOW, 100))
    assert "seen 3 times" in shown[2]
    assert "new" not in shown[2]


def test_head_names_commit_and_who_asked() -> None:
    assert plain(pipelines.head(failed_view(), NOW, 100)) == [
        "shop ▸ #412 · ✕ failed · took 4 m 40 s",
        "abc1234 cart: round totals · by sora · 6 commits since the last success · cards SHOP-91",
        "asked 5 m ago by jun · source",
    ]


def test_head_says_what_is_waited_for() -> None:
    view = watching_view()
    held = replace(view, run=replace(view.run, why_waiting="shop #411 holds production"))
    assert plain(pipelines.head(held, NOW, 60))[-1] == "‖ shop #411 holds production"


def test_stages_drop_their_times_when_it_is_narrow() -> None:
    wide = text(pipelines.stages(failed_view(), NOW, 120))
    narrow = text(pipelines.stages(failed_view(), NOW, 70))
    assert wide == (
        "code ● 20 s ─ build ● 20 s ─ test ✕ failed 3 m 20 s ─ deploy ○ ─ release ○ ─ monitor ○"
    )
    assert narrow == "code ● ─ build ● ─ test ✕ failed ─ deploy ○ ─ release ○ ─ monitor ○"


def test_jobs_hang_together_and_carry_figures() -> None:
    rows = jobs.job_list(failed_view(), NOW, 110, {"tps": 208.0, "mean_ms": 39.0})
    assert plain(rows)[:6] == [
        "code      ─ ● lint         ok                 20 s",
        "build     ─ ● wheel        ok                 20 s",
        "test      ┬ ✕ unit         failed             18 s 2 of 318 failed",
        "          ├ ● integration  ok                 20 s",
        "          └ ● load         ok                 30 s 212/s  mean 38 ms  p95 71 ms"
        "  (before: 208/s  mean 39 ms)",
        "deploy    ─ ○ install      not started             never began",
    ]
    assert [r.key for r in rows][:3] == ["code/lint", "build/wheel", "test/unit"]


def test_waiting_jobs_say_what_they_wait_for() -> None:
    shown = plain(jobs.job_list(asking_view(), NOW, 80))
    assert shown[-3].endswith("asked 4 m ago, a approves")
    assert shown[-2].endswith("waits for approval")
    assert shown[-1].endswith("waits for stage release")


def test_a_lost_job_is_never_drawn_as_ok() -> None:
    view = run_view("shop", 1, {"lint": State.LOST})
    row = jobs.job_list(view, NOW, 80)[0]
    assert "? lint" in text(row.line)
    assert roles(row.line, "lost") == {"lost"}


def test_an_exit_code_stands_in_for_a_missing_reason() -> None:
    view = failed_view()
    unit = JobId("test/unit")
    silent = JobRun(view.run.id, unit, State.FAILED, started_at=ago(9), exit_code=137)
    shown = plain(jobs.job_list(RunView(view.run, {**view.jobs, unit: silent}), NOW, 80))
    assert shown[2].endswith("exit code 137")


def test_gate_shows_the_evidence_with_units() -> None:
    gate = replace(
        asking_view().gates[0],
        evidence={
            "digest": "sha256:4be1",
            "load": {"tps": 212.0, "p95_ms": 71.0},
            "size_bytes": 2048,
            "healthy": True,
            "window": None,
        },
    )
    assert plain(jobs.gate_rows(gate, NOW, 60))[1:-1] == [
        "‖ waits for a person, asked 4 m ago",
        "  digest     sha256:4be1",
        "  load       212/s  p95 71 ms",
        "  size       2.0 KiB",
        "  healthy    yes",
        "  window     unknown",
    ]


def test_what_a_release_is_decided_on_reads_as_lines() -> None:
    gate = replace(
        asking_view().gates[0],
        evidence={
            "commit": "19ce84b8f8",
            "commits": [
                {"id": "19ce84b8f8", "author": "sora", "subject": "cart: round \x1b[31m[b]up"},
                {"id": "11d0e4f000", "author": "jun", "subject": "bump"},
            ],
            "artifacts": [
                {"name": "dist/shop.pyz", "digest": "sha256:" + "8" * 64, "size_bytes": 12485}
            ],
            "load": {"test/load": {"tps": 447.7, "mean_ms": 8.7}},
            "tests": {},
            "versions": {"shop": {"live": "blue", "versions": {"green": "19ce84b"}, "digests": {}}},
        },
    )
    assert plain(jobs.gate_rows(gate, NOW, 70))[2:-1] == [
        "  commits    19ce84b sora cart: round ␛[31m[b]up",
        "             11d0e4f jun bump",
        "  artifacts  dist/shop.pyz  12 KiB  sha256:888888888888",
        "  load       test/load  448/s  mean 8.7 ms",
        "  versions   shop  blue serves · green waits with 19ce84b",
    ]


def test_evidence_of_another_version_is_shown_as_it_is() -> None:
    gate = replace(asking_view().gates[0], evidence={"artifacts": 3, "versions": "x"})
    assert plain(jobs.gate_rows(gate, NOW, 70))[2:-1] == ["  artifacts  3", "  versions   x"]


def test_a_decided_gate_says_who_and_why() -> None:
    gate = replace(
        asking_view().gates[0],
        state=State.OK,
        decided_by="minji",
        decided_at=ago(60),
        why="fixes SHOP-91",
    )
    assert plain(jobs.gate_rows(gate, NOW, 60))[1] == "● approved by minji 1 m ago “fixes SHOP-91”"


def test_load_is_compared_with_the_last_good_run_only() -> None:
    good = run_view("shop", 400, dict.fromkeys(("lint",), State.OK))
    load = JobId("test/load")
    measured = JobRun(good.run.id, load, State.OK, figures={"tps": 208.0})
    good = RunView(replace(good.run, state=State.OK), {load: measured})
    bad = RunView(replace(good.run, state=State.FAILED, number=410), good.jobs)
    later = RunView(replace(good.run, number=413), good.jobs)
    assert jobs.load_before([later, bad, good], failed_view()) == {"tps": 208.0}
    assert jobs.load_before([later, bad], failed_view()) is None


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(any_views(), max_size=3), st.lists(any_incidents, max_size=2), widths)
def test_hostile_runs_never_break_or_overflow(
    views: list[RunView], problems: list[Incident], cells: int
) -> None:
    check(pipelines.run_list(views, problems, NOW, cells), cells)
    for view in views:
        drawn: list[Row] = jobs.job_list(view, NOW, cells, jobs.load_before(views, view))
        check(drawn, cells)
        check(pipelines.head(view, NOW, cells), cells)
        check([pipelines.stages(view, NOW, cells)], cells)
        for gate in view.gates:
            check(jobs.gate_rows(gate, NOW, cells), cells)


@given(
    st.dictionaries(
        st.sampled_from(["tps", "mean_ms", "error_ratio", "n_bytes", "a {x}"]), json_values
    )
)
def test_any_figures_can_be_shown(of: dict[str, Json]) -> None:
    check([jobs.figures(of, of)], None)
