"""Artifacts, test cases and prunings as lines; hostile text only ever looks strange."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from devops_tui.domain.artifact import Holding, Release, Whereabouts
from devops_tui.domain.artifact_story import ArtifactStory
from devops_tui.domain.case_past import CaseOnce, CasePast
from devops_tui.domain.ids import Digest, JobId, RunId, ServiceName
from devops_tui.domain.pipeline import Artifact, JobRun
from devops_tui.domain.report import Case, CaseReport, Outcome, Report
from devops_tui.domain.retention import Prunable, PruneReport, Rest
from devops_tui.presentation import artifacts, cases, pruned
from devops_tui.presentation.line import Line

NOW = datetime(2026, 3, 1, 3, 12, 44, tzinfo=UTC)
APP = Digest(f"sha256:{'a' * 64}")
SHOP = ServiceName("shop")
BUILT = Artifact(
    APP, "dist/shop.pyz", 12_345, RunId("shop-12"), JobId("build/build"), "c0ffee1" * 5,
    NOW - timedelta(hours=2), plan_hash="f" * 64, attempt=2, worker="ci-1-77-aa", inputs=(APP,),
)  # fmt: skip


def plain(lines: list[Line]) -> str:
    return "\n".join("".join(span.text for span in one) for one in lines)


def test_a_story_names_commit_plan_job_attempt_worker_and_inputs() -> None:
    release = Release(APP, "staging", SHOP, RunId("shop-12"), JobId("d/d"), NOW, is_well=True)
    place = Whereabouts("staging", SHOP, "blue", ("web-1",), APP, "c0ffee1", is_live=True)
    pinned = Holding(APP, pinned_at=NOW, pinned_by="jun", pin_why="[@click=app.quit]LTS[/]\x1b[2J")
    runs = (RunId("shop-12"), RunId("shop-13"))
    told = plain(artifacts.story(ArtifactStory(BUILT, pinned, runs, (), (release,), (place,)), NOW))
    for expected in (
        APP, "shop-12 build/build, attempt 2", "c0ffee1c0ffe", "ffffffffffff", "ci-1-77-aa",
        "its run is gone", "also in   shop-13", "pinned by jun", "[@click=app.quit]LTS[/]",
        "staging  shop blue serves  c0ffee1  on web-1", "● well by shop-12",
    ):  # fmt: skip
        assert expected in told
    assert "\x1b" not in told


def test_a_pruned_file_says_so_wherever_it_is_listed() -> None:
    gone = Holding(APP, pruned_at=NOW, pruned_why="older than 90d")
    row = plain([artifacts.row(BUILT, gone, NOW)])
    assert "pruned on 2026-03-01 by retention: older than 90d" in row


def test_what_was_released_and_is_there_no_more_is_told_last() -> None:
    bad = Release(APP, "staging", SHOP, RunId("shop-12"), JobId("d/d"), NOW, False, "it was slow")
    story = ArtifactStory(BUILT, Holding(APP), releases=(bad,))
    assert "✕ not well by shop-12" in plain(artifacts.where([story], NOW))
    assert "it was slow" in plain(artifacts.where([story], NOW))


def test_a_dry_run_says_how_much_and_why_and_what_stays() -> None:
    gone = tuple(Prunable(Rest.RUN, f"shop-{n}", "older than 90d") for n in range(10))
    report = PruneReport(
        (Prunable(Rest.ARTIFACT, APP, "older than 90d", 2048), *gone),
        ((APP, "pinned by jun: LTS"),),
        ("mirror x: No space left",),
    )
    told = plain(pruned.report(report, is_dry=True))
    for expected in (
        "would go  1 artifact  2.0 kB", "would go  10 runs", "and 2 more", "older than 90d",
        "stays  aaaaaaaaaaaa  pinned by jun: LTS", "not removed  mirror x",
    ):  # fmt: skip
        assert expected.replace("2.0 kB", "2") in told or expected in told
    assert "nothing is beyond a limit" in plain(pruned.report(PruneReport(), is_dry=True))


def report_of(run: str, *, flaky: tuple[str, ...] = (), failed: tuple[str, ...] = ()) -> JobRun:
    failures = tuple(Case(name, Outcome.FAILED, 0.1, "boom\nmore") for name in failed)
    report = CaseReport(
        files=1, total=9, failed=len(failed), failures=failures, flaky=flaky,
        flaky_total=len(flaky), slowest=(Case("t.slow", Outcome.PASSED, 12.0),),
    )  # fmt: skip
    return JobRun(RunId(run), JobId("test/unit"), report=Report(cases=report))


def test_flaky_tests_stand_in_order_of_how_often() -> None:
    jobs = [
        report_of("shop-3", flaky=("t.a", "t.b"), failed=("t.b",)),
        report_of("shop-2", flaky=("t.b",)),
        report_of("shop-1", flaky=("t.b",), failed=("t.c",)),
    ]
    found = cases.flaky_of(jobs)
    assert [(f.id, f.runs, f.failed) for f in found] == [
        ("t.b", ("shop-3", "shop-2", "shop-1"), 1),
        ("t.a", ("shop-3",), 0),
    ]
    assert "flaky in 3 runs" in plain(cases.flaky(found, 3))
    assert "no flaky test in 3 reports" in plain(cases.flaky([], 3))


def test_a_job_s_tests_show_failures_with_messages_or_the_slowest() -> None:
    job = report_of("shop-3", flaky=("t.a",), failed=("t.b",))
    told = plain(cases.of_job(job, slowest=False))
    for expected in ("test/unit", "✕ t.b", "boom", "more", "~ flaky t.a"):
        assert expected in told
    assert "t.slow" in plain(cases.of_job(job, slowest=True))
    assert cases.of_job(replace(job, report=None), slowest=True) == []


def test_a_test_over_runs_counts_its_failures() -> None:
    once = CaseOnce(RunId("shop-2"), JobId("test/unit"), NOW, "c0ffee1", Outcome.PASSED)
    failed = replace(once, run_id=RunId("shop-3"), outcome=Outcome.FAILED, message="\nboom")
    told = plain(cases.past(CasePast("t.a", (failed, once))))
    for expected in ("t.a", "✕ failed   shop-3 test/unit  c0ffee1", "boom", "failed in 1 of 2"):
        assert expected in told
