"""A success of something else is no baseline, and that is said."""

from __future__ import annotations

from devops_tui.domain.incident import UNLIKE
from devops_tui.triage.ranking import LogRanking

RANKING = LogRanking()
STEPS = [f"step {chr(97 + n) * 3} done" for n in range(20)]
CAUSE = "Error: ledger 77 is closed"
LOG = "\n".join((*STEPS, "a remark that is new", CAUSE)).encode()


def best_with(*successes: list[str]) -> tuple[str, tuple[str, ...]]:
    known = [RANKING.hash_log("\n".join(lines).encode()) for lines in successes]
    (best, *_) = RANKING.rank(LOG, known)
    return best.text, best.why


def test_a_success_of_the_same_thing_counts() -> None:
    text, why = best_with(STEPS)
    assert text == CAUSE
    assert "new since success" in why
    assert UNLIKE not in why


def test_a_success_of_another_project_does_not_count_and_it_is_said() -> None:
    text, why = best_with([f"{chr(97 + n) * 4} compiled" for n in range(30)])
    assert text == CAUSE
    assert "new since success" not in why
    assert why[-1] == UNLIKE


def test_a_run_that_fails_early_is_alike_though_most_of_the_success_is_missing() -> None:
    assert UNLIKE not in best_with([*STEPS, *(f"later {chr(97 + n) * 3}" for n in range(26))])[1]


def test_of_a_log_of_a_few_lines_nothing_is_concluded() -> None:
    assert UNLIKE not in best_with(["all is well", "done"])[1]


def test_what_another_project_shows_too_is_still_worth_less() -> None:
    noise = "Error: no display is there"
    log = "\n".join((*STEPS, noise, CAUSE)).encode()
    other = [*(f"{chr(97 + n) * 4} compiled" for n in range(26)), noise]
    best = RANKING.rank(log, [RANKING.hash_log("\n".join(other).encode())])[0]
    assert best.text == CAUSE
