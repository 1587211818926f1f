"""The cause is found in logs of tools that no rule was written for, too."""

from __future__ import annotations

import pytest
from triage.written_cases import Written, written_cases

from devops_tui.bootstrap.triage import make_ranking

RANKING = make_ranking()
CASES = list(written_cases())


def place(case: Written, *, has_success: bool) -> int:
    """How many causes are shown before the first one that holds it; 9 for none."""
    failing, passing = case.logs()
    known = [RANKING.hash_log(passing)] if has_success else []
    causes = RANKING.rank_stream([failing], known, 5)
    return next((n for n, cause in enumerate(causes) if cause.line in case.truth), 9)


@pytest.mark.parametrize(
    ("has_success", "first", "third", "fifth"),
    [(True, 0.94, 0.97, 0.98), (False, 0.78, 0.97, 0.97)],
)
def test_the_cause_is_among_the_first(
    has_success: bool, first: float, third: float, fifth: float
) -> None:
    places = [place(case, has_success=has_success) for case in CASES]
    assert len(places) > 200
    below = [(case.name, at) for case, at in zip(CASES, places, strict=True) if at > 2]
    for top, bar in ((1, first), (3, third), (5, fifth)):
        assert sum(at < top for at in places) / len(places) >= bar, (top, below)


def test_what_follows_the_end_of_the_failing_step_is_worth_less() -> None:
    log = b"error: ledger.cfg is damaged\n##[error]Process completed with exit code 1.\n"
    log += b"error: report.xml was never written\n"
    assert RANKING.rank(log, [])[0].line == 1


def test_an_announcement_points_to_what_stands_below_it() -> None:
    log = b"one\ntwo\nError Message:\n   the ledger lacks entry 41\nthree\n"
    best = RANKING.rank(log, [RANKING.hash_log(b"one\ntwo\nthree\n")])[0]
    assert (best.line, best.why[-1]) == (4, "below the head of a failure")


def test_of_lines_of_one_kind_the_first_that_names_something_counts() -> None:
    log = b"Error: could not read 'shop.toml'\nError: could not go on\n"
    assert RANKING.rank(log, [])[0].line == 1


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        (b"error: x.cfg is damaged\n== step clean up\nerror: report.xml was never written\n", 1),
        (b"thread 'main' panicked at src/a.rs:3:5:\n\n\nthe ledger lacks entry 41\n", 4),
        (b"Failure/Error: press 'Pay'\n\nShop::ButtonMissing:\n  no button Pay\n", 4),
        (b"Error: total differs\n> 24 |   await expect(total).toHaveText('error')\n", 1),
        (b"ERROR: token is not valid\nERROR:\nERROR: Re-run with -X to see the stack\n", 1),
        (b"error: pool is closed\nrm: cannot remove 'x.sock': No such file or directory\n", 1),
        (b"src/A.cs(11,13): warning CS0168: Error\nsrc/B.cs(1,1): error CS1002: ; expected\n", 2),
    ],
)
def test_consequences_and_echoes_come_after_causes(log: bytes, cause: int) -> None:
    assert RANKING.rank(log, [])[0].line == cause
