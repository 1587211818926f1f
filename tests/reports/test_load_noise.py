"""Finds what is slower, leaves alone what is not, and says when it cannot tell."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from devops_tui.domain.load_samples import LoadSamples
from devops_tui.domain.report import Comparison, Judgement, LoadReport
from devops_tui.domain.work import LoadGate
from devops_tui.services.load_noise import MIN_RUNS, compare

TENTH = LoadGate(max_slower_ratio=0.10, max_more_errors=0.005)
FINE, UNSURE, WORSE = Judgement.FINE, Judgement.UNSURE, Judgement.WORSE


def measured(
    seed: int, mean_ms: float = 50.0, seconds: int = 30, errors: float = 0.0
) -> LoadReport:
    """A closed loop whose speed wanders, so that one moment depends on the one before."""
    random = Random(seed)  # noqa: S311 - a repeatable simulation
    samples = LoadSamples()
    drift, at_ms = 0.0, 0.0
    while at_ms < seconds * 1000.0:
        drift = 0.95 * drift + random.gauss(0.0, 0.02)
        for _ in range(4):
            elapsed = max(1.0, random.gammavariate(4.0, mean_ms / 4.0) * (1.0 + drift))
            samples.add(at_ms, elapsed, random.random() >= errors)
        at_ms += mean_ms * (1.0 + drift)
    return LoadReport("jtl", samples.figures(), samples.series())


def judged(now: LoadReport, *accepted: LoadReport, gate: LoadGate = TENTH) -> Judgement:
    return Comparison("shop-1", *compare(now, accepted, gate)).judgement


def test_the_same_build_is_seldom_called_worse() -> None:
    verdicts = [judged(measured(seed), measured(seed + 1000)) for seed in range(40)]
    assert verdicts.count(WORSE) <= 2
    assert verdicts.count(FINE) >= 20


def test_half_as_slow_again_is_always_found() -> None:
    verdicts = [judged(measured(seed, 75.0), measured(seed + 1000)) for seed in range(20)]
    assert verdicts.count(WORSE) == 20


def test_at_the_edge_of_what_is_allowed_a_person_is_asked() -> None:
    verdicts = [judged(measured(seed, 55.0), measured(seed + 1000)) for seed in range(20)]
    assert verdicts.count(UNSURE) >= 14


def test_more_errors_are_found_and_few_are_not() -> None:
    clean = measured(1, errors=0.001)
    assert judged(measured(2, errors=0.05), clean) is WORSE
    assert judged(measured(3, errors=0.0), clean, gate=LoadGate(max_more_errors=0.01)) is FINE


def test_the_same_results_have_the_same_verdict() -> None:
    first = compare(measured(1, 54.0), [measured(2)], TENTH)
    assert first == compare(measured(1, 54.0), [measured(2)], TENTH)


def test_only_what_is_asked_for_is_compared() -> None:
    _, changes = compare(measured(1), [measured(2)], LoadGate(max_more_errors=0.01))
    assert [c.figure for c in changes] == ["error_ratio"]
    _, changes = compare(measured(1), [measured(2)], LoadGate(max_slower_ratio=0.1))
    assert [c.figure for c in changes] == ["tps", "mean_ms", "p95_ms", "p99_ms"]


def totals(mean_ms: float) -> LoadReport:
    figures = {"tps": 4000 / mean_ms, "mean_ms": mean_ms, "p99_ms": 0.0, "error_ratio": 0.0}
    return LoadReport("wrk", figures)


STEADY = (50.0, 51.0, 49.5, 50.5)


@pytest.mark.parametrize(
    ("mean_ms", "past", "expected", "basis"),
    [
        (51.0, STEADY, FINE, "how 4 accepted runs differ"),
        (80.0, STEADY, WORSE, "how 4 accepted runs differ"),
        (55.0, STEADY, UNSURE, "how 4 accepted runs differ"),
        (60.0, (50.0, 90.0, 30.0, 55.0), UNSURE, "how 4 accepted runs differ"),
        (51.0, (50.0,), FINE, f"1 of {MIN_RUNS} accepted runs"),
        (80.0, (50.0, 51.0, 49.5), UNSURE, f"3 of {MIN_RUNS} accepted runs"),
    ],
)
def test_totals_are_held_against_how_runs_differ(
    mean_ms: float, past: tuple[float, ...], expected: Judgement, basis: str
) -> None:
    told, changes = compare(totals(mean_ms), [totals(p) for p in past], TENTH)
    assert Comparison("shop-1", told, changes).judgement is expected
    assert basis in told


def test_short_tests_count_as_totals() -> None:
    short = replace(measured(1), series=measured(1, seconds=0).series)
    told, _ = compare(short, [measured(2)], TENTH)
    assert "the noise is unknown" in told


def test_dead_services_compare_without_a_crash() -> None:
    dead = LoadSamples()
    for i in range(2000):
        dead.add(i * 10.0, 0.0, False)
    report = LoadReport("jtl", dead.figures(), dead.series())
    assert judged(report, measured(2)) is WORSE
    assert judged(report, report) is FINE
