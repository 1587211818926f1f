"""A large fleet is asked less often, and never many hosts at once."""

from __future__ import annotations

import pytest

from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.domain.slow_plan import SlowPlan
from devops_tui.services.slow_pace import MOST_PER_S, SlowPace
from devops_tui.services.slow_question import Question
from devops_tui.services.slow_questions import questions_of


def fleet(count: int) -> list[Question]:
    asked = questions_of(Host(HostName("h")), SlowPlan())
    return [question for question in asked if not question.is_look] * count


@pytest.mark.parametrize("count", [1, 100, 1000, 5000])
def test_what_is_asked_of_all_fits_into_the_pace(count: int) -> None:
    questions = fleet(count)
    pace = SlowPace(questions)
    assert sum(1 / (q.every_s * pace.stretch) for q in questions) < MOST_PER_S
    assert (pace.stretch == 1.0) == (count <= 100)


def test_so_many_begin_in_a_minute_and_no_more() -> None:
    pace = SlowPace(fleet(5000))
    begun = sum(pace.may_begin(tick / 10) for tick in range(600) for _ in range(50))
    assert MOST_PER_S * 58 <= begun <= MOST_PER_S * 61
    assert pace.may_begin(3600.0)  # after a pause: some, not an hour's worth
    assert sum(pace.may_begin(3600.0) for _ in range(1000)) < MOST_PER_S
