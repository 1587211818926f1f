"""Where nothing looks like a cause, and where the cause stands at the end of an endless line."""

from __future__ import annotations

from devops_tui.triage.ranking import LogRanking

RANKING = LogRanking()


def test_of_a_log_that_tells_nothing_the_last_lines_are_named_as_a_guess() -> None:
    log = b"begin\nstep two\nthe frobnicator went away\n\n----\nbye\n"
    causes = RANKING.rank_stream([log], [], 3)
    assert [(c.line, c.text) for c in causes] == [
        (6, "bye"),
        (3, "the frobnicator went away"),
        (2, "step two"),
    ]
    assert all(c.score <= 0.05 and "nothing looks like a cause" in c.why[0] for c in causes)


def test_nothing_is_guessed_of_an_empty_log_or_for_an_incident() -> None:
    assert RANKING.rank_stream([], [], 3) == ()
    assert RANKING.rank_stream([b"\n\n"], [], 3) == ()
    assert RANKING.rank(b"begin\nbye\n", []) == ()


def test_an_endless_line_is_read_at_both_its_ends() -> None:
    (first, *_) = RANKING.rank_stream([b"x" * 3_000_000, b" ERROR: no space left on device\n"], [])
    assert first.text.endswith("ERROR: no space left on device")
    assert first.line == 1
    assert len(first.text) < 2_100
