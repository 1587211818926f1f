"""Reports as lines: what is said, and that hostile text only ever looks strange."""

from __future__ import annotations

from drawn import check, plain
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.report import (
    Case,
    CaseReport,
    Change,
    Comparison,
    Judgement,
    LoadReport,
    Outcome,
    Report,
)
from devops_tui.presentation import reports

FAILED = Outcome.FAILED
CASES = CaseReport(
    files=2,
    total=318,
    failed=2,
    skipped=3,
    duration_s=72.4,
    failures=(
        Case("shop.Cart::total", FAILED, 0.2, "\nAssertionError: 3 != 2\nmore", is_flaky=True),
        Case("shop.Cart::stock", FAILED, 0.1),
    ),
    slowest=(Case("shop.Pay::card", Outcome.PASSED, 12.0),),
    flaky_total=1,
    flaky=("shop.Cart::total",),
    flaws=("unit.xml:3: not XML",),
)
LOAD = LoadReport("jtl", {"tps": 212.0, "mean_ms": 38.0, "p99_ms": 90.0, "error_ratio": 0.001})
COMPARISON = Comparison(
    "shop-411",
    "60 and 60 intervals, block bootstrap, 95 %",
    (
        Change("tps", 230.0, 212.0, 0.078, 0.1, Judgement.UNSURE, 0.04, 0.12),
        Change("error_ratio", 0.0, 0.001, 0.001, 0.005, Judgement.FINE),
    ),
)


def test_everything_is_said() -> None:
    assert plain(reports.rows("a", Report(CASES, LOAD, COMPARISON), 100)) == [
        "  318 tests · ✕ 2 failed · 3 skipped · ~ 1 flaky · 1 m 12 s",
        "  ~ unit.xml:3: not XML",
        "  ✕ flaky shop.Cart::total  AssertionError: 3 != 2",
        "  ✕ shop.Cart::stock",
        "  ~ flaky shop.Cart::total",
        "  slow      12 s  shop.Pay::card",
        "  load 212/s  mean 38 ms  p99 90 ms  errors 0.10 %  (jtl)",
        "  compared with shop-411, 60 and 60 intervals, block bootstrap, 95 %",
        "  ‖ inside the noise tps 212/s, was 230/s  +8 % fewer, 10 % allowed, "
        "truly +4.0 to +12.0 %",
        "  ● fine errors 0.10 %, was 0.00 %  +0.10 points, 0.50 allowed",
    ]


def test_a_list_of_jobs_says_the_bad_only() -> None:
    assert plain(reports.brief("a", Report(CASES, LOAD, COMPARISON), 60)) == [
        "  ✕ flaky shop.Cart::total  AssertionError: 3 != 2",
        "  ✕ shop.Cart::stock",
        "  ~ unit.xml:3: not XML",
        "  ‖ inside the noise tps 212/s, was 230/s  +8 % fewer, 10 %…",
    ]
    assert reports.brief("a", Report(load=LOAD), 60) == []
    assert reports.brief("a", None, 60) == []


def test_nothing_is_never_shown_as_good() -> None:
    assert plain([reports.counts(CaseReport())]) == ["no test report"]
    rows = reports.rows("a", Report(comparison=Comparison()), 60)
    assert plain(rows) == ["  no accepted release to compare with yet"]


TEXTS = st.text(st.characters(), max_size=12)
NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.integers()
JSON = st.none() | st.booleans() | NUMBERS | TEXTS
MADE_CASES = st.builds(Case, TEXTS, st.sampled_from(Outcome), st.none() | NUMBERS, TEXTS)
TUPLES = st.lists(MADE_CASES, max_size=5).map(tuple)
MADE = st.builds(
    Report,
    st.none()
    | st.builds(
        CaseReport,
        st.integers(0, 3),
        st.integers(0, 9),
        st.integers(0, 9),
        failures=TUPLES,
        slowest=TUPLES,
        flaky=st.lists(TEXTS, max_size=2).map(tuple),
        flaws=st.lists(TEXTS, max_size=2).map(tuple),
    ),
    st.none()
    | st.builds(
        LoadReport,
        TEXTS,
        st.dictionaries(st.sampled_from(["tps", "mean_ms", "max_ms", "error_ratio"]), JSON),
    ),
    st.none() | st.builds(Comparison, TEXTS, TEXTS, st.just(COMPARISON.changes)),
)


@given(MADE, st.integers(1, 120))
def test_any_report_can_be_shown_at_any_width(report: Report, cells: int) -> None:
    check(reports.rows("a", report, cells), cells)
    check(reports.brief("a", report, cells), cells)
