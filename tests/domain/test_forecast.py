"""Forecasts: seeded, quick, and right as often as they say."""

from __future__ import annotations

import random
import time

import pytest

from devops_tui.domain.forecast import DRAWS, MOST_DAYS, how_many, when

WEEK = (0, 1, 0, 2, 1, 0, 0)


def test_the_same_seed_gives_the_same_answer() -> None:
    assert when(WEEK * 10, 12, seed=7) == when(WEEK * 10, 12, seed=7)
    assert when(WEEK * 10, 12, seed=7) != when(WEEK * 10, 12, seed=8)


def test_an_even_history_leaves_no_doubt() -> None:
    found = when([2] * 30, 9)
    assert found is not None
    assert (found.p50, found.p85, found.p95) == (5, 5, 5)
    assert found.spread == ((5, DRAWS),)
    many = how_many([2] * 30, 10)
    assert many is not None
    assert (many.p50, many.p85, many.p95) == (20, 20, 20)


def test_nothing_done_is_no_forecast() -> None:
    assert when([0] * 90, 3) is None
    assert how_many([], 3) is None
    assert when([1], 0) is None


def test_what_takes_longer_than_ten_years_is_not_dated() -> None:
    found = when([0] * 255 + [1], 1000)
    assert found is not None
    assert found.p50 is None
    assert found.spread[0][0] <= MOST_DAYS + 1


@pytest.mark.parametrize(
    ("history", "cards"),
    [(WEEK * 13, 12), (WEEK * 13, 60), ((0, 0, 0, 0, 0, 0, 1) * 13, 40), ((3,) * 90, 400)],
)
def test_ten_thousand_draws_take_less_than_200_ms(history: tuple[int, ...], cards: int) -> None:
    spent: list[float] = []
    for _ in range(3):
        begin = time.process_time()
        found = when(history, cards)
        spent.append(time.process_time() - begin)
        assert found is not None
        assert found.draws == 10_000
    assert min(spent) < 0.2


def test_85_percent_holds_in_80_to_90_of_a_hundred_back_tests() -> None:
    """A team works a year; each forecast sees its past only, and the rest says who was right."""
    chance = random.Random(20)  # noqa: S311 - a rehearsal, no secret
    held_days = held_cards = 0
    count = 300
    for round_ in range(count):
        pace = [chance.uniform(0.2, 1.0) for _ in range(5)] + [0.02, 0.02]
        year = [sum(chance.random() < pace[day % 7] / 3 for _ in range(3)) for day in range(364)]
        past, future = year[:182], year[182:]
        dated = when(past, 25, seed=round_, draws=500)
        amount = how_many(past, 42, seed=round_, draws=500)
        assert dated is not None and dated.p85 is not None and amount is not None
        held_days += sum(future[: dated.p85]) >= 25
        held_cards += sum(future[:42]) >= amount.p85
    assert 0.80 <= held_days / count <= 0.90, held_days / count
    assert 0.80 <= held_cards / count <= 0.90, held_cards / count
