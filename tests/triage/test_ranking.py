"""Which lines of a failing log are shown first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devops_tui.triage.hashes import HASH_BYTES
from devops_tui.triage.ranking import LogRanking

RANKING = LogRanking()

PASSED = b"""\
collecting
2026-01-02 03:04:05,678 INFO billing invoice 2: net 8.50, tax 1.62, gross 10.12
WARNING: ERROR handler is not set, using the default
.....
Ran 5 tests in 0.002s

OK
"""

FAILED = b"""\
collecting
2026-03-04 05:06:07,890 INFO billing invoice 2: net 8.50, tax 1.62, gross 10.12
WARNING: ERROR handler is not set, using the default
..F..
======================================================================
FAIL: test_half_a_cent (test_invoice.TaxTest.test_half_a_cent)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/tmp/run-2/tests/test_invoice.py", line 19, in test_half_a_cent
    self.assertEqual(Invoice(3, Decimal("9.50")).gross, Decimal("11.31"))
AssertionError: Decimal('11.30') != Decimal('11.31')

----------------------------------------------------------------------
Ran 5 tests in 0.731s

FAILED (failures=1)
"""


def test_the_last_line_of_the_traceback_comes_first() -> None:
    best = RANKING.rank(FAILED, [RANKING.hash_log(PASSED)])[0]
    assert best.text == "AssertionError: Decimal('11.30') != Decimal('11.31')"
    assert best.line == 11
    assert best.first <= 6
    assert best.last >= 11
    assert best.why[0] == "new since success"


def test_without_any_success_looks_alone_decide() -> None:
    causes = RANKING.rank(FAILED, [])
    assert causes[0].line == 11
    assert "new since success" not in causes[0].why


def test_what_successes_show_too_is_no_cause() -> None:
    noise = b"ERROR: cannot reach the cache\n"
    log = b"step one\n" * 20 + noise + b"ld: cannot find -lssl\n"
    assert RANKING.rank(log, [])[0].text.startswith("ERROR: cannot reach")
    assert RANKING.rank(log, [RANKING.hash_log(noise)])[0].text == "ld: cannot find -lssl"


def test_one_of_several_successes_is_enough_to_know_a_line() -> None:
    bases = [RANKING.hash_log(b"a\n"), RANKING.hash_log(b"error: flaky mirror\n")]
    log = b"error: flaky mirror\n" + b"fine\n" * 9 + b"error: no room on device\n"
    assert RANKING.rank(log, bases)[0].text == "error: no room on device"


def test_consequences_rank_below_causes() -> None:
    log = b"main.c:12:5: error: expected ';'\nmake: *** [all] exit status 2\nBUILD FAILED\n"
    assert RANKING.rank(log, [])[0].line == 1


def test_a_log_without_anything_gives_no_cause() -> None:
    assert RANKING.rank(b"", []) == ()
    assert RANKING.rank(b"all is well\n", []) == ()


def test_the_same_failure_elsewhere_has_the_same_name() -> None:
    base = [RANKING.hash_log(PASSED)]
    again = FAILED.replace(b"run-2", b"run-31").replace(b"0.731s", b"0.112s")
    names = {
        RANKING.fingerprint("billing", "test/unit", RANKING.rank(f, base)) for f in (FAILED, again)
    }
    assert len(names) == 1
    other = FAILED.replace(
        b"AssertionError: Decimal('11.30') != Decimal('11.31')", b"KeyError: 'tax'"
    )
    assert RANKING.fingerprint("billing", "test/unit", RANKING.rank(other, base)) not in names
    assert RANKING.fingerprint("shop", "test/unit", RANKING.rank(FAILED, base)) not in names


@given(st.binary(max_size=2000), st.binary(max_size=500))
def test_any_bytes_can_be_ranked(log: bytes, base: bytes) -> None:
    hashes = RANKING.hash_log(base)
    assert len(hashes) % HASH_BYTES == 0
    lines = log.count(b"\n") + 1
    for cause in RANKING.rank(log, [hashes]):
        assert 1 <= cause.first <= cause.line <= cause.last <= lines
        assert 0 <= cause.score <= 1
        assert not any(c < " " or "\x7f" <= c < "\xa0" for c in cause.text if c != "\t")


@given(st.binary(max_size=2000))
def test_a_log_like_its_success_has_nothing_new(log: bytes) -> None:
    for cause in RANKING.rank(log, [RANKING.hash_log(log)]):
        assert "new since success" not in cause.why
