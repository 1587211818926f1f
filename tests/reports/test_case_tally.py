"""Counts, limits, secrets and the flaky verdict."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.codec import decode, encode
from devops_tui.domain.report import Case, CaseReport, Outcome, Report
from devops_tui.services.case_tally import MARKS_KEPT, CaseTally, pack, unpack

PASSED, FAILED, SKIPPED = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED


def tally(*cases: Case) -> CaseTally:
    made = CaseTally()
    for case in cases:
        made.take(case)
    return made


def report(
    *cases: Case, before: tuple[CaseReport, ...] = (), lately: tuple[str, ...] = ()
) -> CaseReport:
    return tally(*cases).report(str, before, lately)


def test_counts_failures_and_the_slowest() -> None:
    made = report(
        Case("a", PASSED, 0.5),
        Case("b", FAILED, 2.0, "no"),
        Case("c", SKIPPED),
        Case("d", PASSED, 1.0),
    )
    assert (made.total, made.failed, made.skipped, made.duration_s) == (4, 1, 1, 3.5)
    assert made.failures == (Case("b", FAILED, 2.0, "no"),)
    assert [(c.id, c.message) for c in made.slowest] == [("b", ""), ("d", ""), ("a", "")]
    assert made.flaky_total == 0


def test_what_both_failed_and_passed_on_a_commit_is_flaky() -> None:
    first = report(Case("a", FAILED), Case("b", PASSED), Case("c", FAILED))
    second = report(Case("a", PASSED), Case("b", FAILED), Case("c", FAILED), before=(first,))
    assert set(second.flaky) == {"a", "b"}
    assert [c.is_flaky for c in second.failures] == [True, False]
    assert second.failed == 2  # flaky or not, it failed


def test_what_was_flaky_lately_is_so_again_when_it_fails() -> None:
    made = report(Case("a", FAILED), Case("b", PASSED), lately=("a", "b"))
    assert made.flaky == ("a",)


def test_twice_in_one_report_with_both_outcomes_is_flaky_and_failed() -> None:
    made = report(Case("a", FAILED), Case("a", PASSED))
    assert (made.failed, made.flaky) == (1, ("a",))


def test_what_the_tool_ran_again_is_flaky_and_passed() -> None:
    made = report(Case("a", PASSED, is_flaky=True))
    assert (made.failed, made.flaky) == (0, ("a",))


def test_a_record_stays_small_whatever_is_reported() -> None:
    huge = [Case(f"{i}" + "n" * 500, FAILED, 1.0, "m" * 4000) for i in range(MARKS_KEPT + 1)]
    made = report(*huge)
    assert made.failed == MARKS_KEPT + 1
    assert len(str(encode(made))) < 40_000


def test_secrets_are_taken_out_before_a_message_is_cut() -> None:
    def clean(text: str) -> str:
        return text.replace("hunter2", "***")

    made = tally(Case("hunter2", FAILED, 1.0, "x" * 497 + "hunter2")).report(clean)
    assert made.failures[0].message == "x" * 497 + "***"
    assert "hunter" not in str(encode(made))


@given(st.sets(st.binary(min_size=4, max_size=4), max_size=50))
def test_marks_come_back(marks: set[bytes]) -> None:
    assert unpack([pack(marks)]) == marks


@given(st.text(max_size=20))
def test_marks_that_are_none_are_none(text: str) -> None:
    assert all(len(mark) <= 4 for mark in unpack([text]))


CASES = st.builds(
    Case,
    st.sampled_from("abcde"),
    st.sampled_from(Outcome),
    st.none() | st.floats(0, 1e6),
    st.text(max_size=5),
    st.booleans(),
)


@given(st.lists(CASES, max_size=20), st.lists(CASES, max_size=20))
def test_any_report_is_stored_and_read_again(first: list[Case], second: list[Case]) -> None:
    made = report(*second, before=(report(*first),))
    assert decode(Report, encode(Report(made))) == Report(made)
    failed = {c.id for c in second if c.outcome is FAILED}
    passed = {c.id for c in second if c.outcome is PASSED}
    old_failed = {c.id for c in first if c.outcome is FAILED}
    old_passed = {c.id for c in first if c.outcome is PASSED}
    told = {c.id for c in second if c.is_flaky}
    both = (failed & (passed | old_passed)) | (passed & (failed | old_failed))
    assert set(made.flaky) == told | both
