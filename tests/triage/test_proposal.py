"""What is marked as a cause comes first next time, and gives a rule."""

from __future__ import annotations

import pytest

from devops_tui.config.compile_triage import read_rules
from devops_tui.config.report import Report
from devops_tui.triage.proposal import propose_rule
from devops_tui.triage.ranking import LogRanking

RANKING = LogRanking()


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("ledger of shop-12 is 3 cents short", "ledger of shop-12 is 99 cents short"),
        ("it's [not] (quite) right: 7*x?", "it's [not] (quite) right: 12*x?"),
        ("no room in /srv/a/b/pool", "no room in /srv/q/pool"),
        ("batch 80ede55f1c was refused", "batch 187308f09e was refused"),
    ],
)
def test_a_proposed_rule_is_valid_and_fits_the_next_time(text: str, again: str) -> None:
    report = Report()
    rules = read_rules(propose_rule(text).encode(), "own.yaml", report)
    report.end()
    (cause, *_) = LogRanking(rules).rank(f"fine\n{again}\nfine\n".encode(), [])
    assert cause.text == again
    assert cause.why == (rules[0].name,)


def test_a_marked_line_comes_first_and_says_who_marked_it() -> None:
    log = b"main.c:1:2: error: boom\n" + b"fine\n" * 9 + b"pool 7 is drained\n"
    assert RANKING.rank(log, [])[0].line == 1
    labels = {RANKING.number_of("pool 31 is drained"): "marked by jun on 2026-11-20"}
    best = RANKING.rank(log, [], labels)[0]
    assert (best.line, best.why[0]) == (11, "marked by jun on 2026-11-20")
    assert best.score <= 1.0
