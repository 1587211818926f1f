"""Figures over time: what is kept comes back, coarser as it grows old, and gaps stay gaps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from devops_tui.domain.errors import StoreError
from devops_tui.domain.history import METRICS, ROLL_UPS, Block, HistoryKeep, Step, Unit, Values
from devops_tui.domain.ids import HostName
from devops_tui.domain.rollup import rolled_up
from devops_tui.stores.history_block import decode, encode
from devops_tui.stores.sqlite.history import SqliteHistory

HOST = HostName("web-1")
START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def minute(at: datetime, cpu: Sequence[float | None], every_s: float = 1.0) -> Block:
    times = [ms(at) + int(i * every_s * 1000) for i in range(len(cpu))]
    columns: list[Values] = [cpu, *([()] * (len(METRICS) - 1))]
    return Block(HOST, Step.SAMPLE, times, columns)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SqliteHistory]:
    opened = SqliteHistory(tmp_path / "history.db")
    yield opened
    opened.close()


def cpu(history: SqliteHistory, start: datetime, end: datetime, count: int) -> list[float | None]:
    found = history.read(HOST, ["cpu"], start, end, count).series["cpu"]
    return [None if bucket is None else round(bucket.mean, 3) for bucket in found]


figures = some.none() | some.floats(0, 1e9)


@given(some.lists(some.lists(figures, min_size=3, max_size=3), max_size=40), some.booleans())
def test_a_block_comes_back_as_exact_as_it_is_kept(
    rows: list[list[float | None]], is_rolled: bool
) -> None:
    step = Step.MINUTE if is_rolled else Step.SAMPLE
    per = 3 if is_rolled else 1
    columns: list[Values] = []
    for metric in METRICS:
        for n in range(per):
            column = [row[n] for row in rows]
            share = 1e-9 if metric.unit is Unit.RATIO else 1e-2 if metric.unit is Unit.COUNT else 1
            columns.append([None if v is None else v * share for v in column])
    times = [1_770_000_000_000 + i * 1000 for i in range(len(rows))]
    counts = [60] * len(rows) if is_rolled else ()
    block = Block(HOST, step, times, columns, counts)
    again = decode(encode(block), HOST, step)
    assert list(again.at_ms) == times
    assert list(again.counts) == list(counts)
    for number, (wanted, read) in enumerate(zip(columns, again.columns, strict=True)):
        unit = METRICS[number // per].unit
        assert len(read) in (0, len(wanted))
        kept: Values = read or [None] * len(wanted)
        for value, back in zip(wanted, kept, strict=True):
            assert (value is None) == (back is None)
            if value is not None and back is not None:
                room = {Unit.RATIO: 0.0006, Unit.COUNT: 0.006, Unit.BYTES_S: 0.003 * (value + 1)}
                assert math.isclose(value, back, abs_tol=room[unit], rel_tol=1e-6)


def test_only_wanted_columns_are_unpacked() -> None:
    columns: list[Values] = [[n / 100, None, 0.5] for n in range(len(METRICS))]
    block = Block(HOST, Step.SAMPLE, [1000, 2000, 3000], columns)
    again = decode(encode(block), HOST, Step.SAMPLE, {1, 15})
    assert [len(c) for c in again.columns] == [3 * (n in (1, 15)) for n in range(len(METRICS))]
    assert again.columns[1] == [0.01, None, 0.5]


@pytest.mark.parametrize("cut", [0, 5, 13, 20])
def test_a_damaged_block_is_an_error_of_the_store(cut: int) -> None:
    body = encode(minute(START, [0.5] * 60))
    with pytest.raises(StoreError):
        decode(body[:cut], HOST, Step.SAMPLE)


def test_samples_come_back_in_buckets_and_a_gap_stays_a_gap(history: SqliteHistory) -> None:
    history.save_blocks([minute(START, [0.2] * 60), minute(START + 2 * MINUTE, [0.8] * 60)])
    assert cpu(history, START, START + 4 * MINUTE, 4) == [0.2, None, 0.8, None]


def test_five_seconds_between_samples_are_no_gap(history: SqliteHistory) -> None:
    history.save_blocks([minute(START, [0.2] * 12, every_s=5.0)])
    found = cpu(history, START, START + MINUTE, 60)
    assert found == [*([0.2] * 56), *([None] * 4)]


def test_an_hour_becomes_roll_ups_with_lowest_and_highest(history: SqliteHistory) -> None:
    history.save_blocks(
        [minute(START + n * MINUTE, [0.1] * 30 + [0.3] * 30) for n in range(60) if n != 30]
    )
    assert history.roll_up(START + 59 * MINUTE) == 0
    history.roll_up(START + 63 * MINUTE)
    history.prune(START + timedelta(hours=3), HistoryKeep())
    seen = history.read(HOST, ["cpu"], START, START + timedelta(hours=1), 60).series["cpu"]
    assert seen[30] is None
    assert {(b.lowest, round(b.mean, 3), b.highest) for b in seen if b is not None} == {
        (0.1, 0.2, 0.3)
    }
    # the samples are gone, ten seconds are what is left of them
    ten = cpu(history, START, START + MINUTE, 6)
    assert ten == [0.1, 0.1, 0.1, 0.3, 0.3, 0.3]
    assert cpu(history, START, START + MINUTE, 60) == [*([0.1] * 30), *([0.3] * 30)]


def test_old_minutes_and_new_samples_stand_in_one_chart(history: SqliteHistory) -> None:
    history.save_blocks([minute(START + n * MINUTE, [0.4] * 60) for n in range(60)])
    history.roll_up(START + 62 * MINUTE)
    history.save_blocks([minute(START + n * MINUTE, [0.6] * 60) for n in range(60, 90)])
    assert cpu(history, START, START + timedelta(hours=2), 4) == [0.4, 0.4, 0.6, None]


def test_samples_wait_for_their_roll_up_before_they_go(history: SqliteHistory) -> None:
    history.save_blocks([minute(START, [0.5] * 60)])
    late = START + timedelta(days=3)
    history.prune(late, HistoryKeep())
    assert cpu(history, START, START + MINUTE, 1) == [0.5]
    history.roll_up(late)
    assert history.prune(late, HistoryKeep()) == 2  # the samples, and ten seconds after a day
    assert cpu(history, START, START + MINUTE, 1) == [0.5]  # from the minutes
    history.prune(late + timedelta(days=500), HistoryKeep())
    assert cpu(history, START, START + MINUTE, 1) == [None]


def test_another_connection_reads_while_one_writes(history: SqliteHistory, tmp_path: Path) -> None:
    reader = SqliteHistory(tmp_path / "history.db")
    history.save_blocks([minute(START, [0.5] * 60)])
    assert cpu(reader, START, START + MINUTE, 1) == [0.5]
    reader.close()


def test_samples_whose_bytes_changed_are_damaged() -> None:
    kept = bytearray(encode(minute(START, [0.1, 0.5, 0.9])))
    kept[-40] ^= 1
    with pytest.raises(StoreError, match="not those that were written"):
        decode(bytes(kept), HOST, Step.SAMPLE)


def test_a_block_of_an_older_version_is_read() -> None:
    values = [0.1, 0.5, 0.25, 0.75]
    times = [ms(START) + i * 60_000 for i in range(4)]
    columns: list[Values] = [values, values, values, *([()] * (3 * len(METRICS) - 3))]
    now = encode(Block(HOST, Step.MINUTE, times, columns, [60, 59, 60, 60]))
    older = bytes((1,)) + now[1:]  # without steady columns they are the same bytes
    again = decode(older, HOST, Step.MINUTE)
    assert list(again.columns[1]) == values
    assert list(again.counts) == [60, 59, 60, 60]


def test_a_column_that_stood_still_is_five_bytes() -> None:
    moving = encode(minute(START, [n / 100 for n in range(60)]))
    still = encode(minute(START, [0.5] * 60))
    assert len(moving) - len(still) >= 50
    assert list(decode(still, HOST, Step.SAMPLE).columns[0]) == [0.5] * 60


figures_of_hours = some.lists(
    some.tuples(some.integers(0, 200_000), some.lists(some.floats(0, 1), min_size=1, max_size=30)),
    min_size=1,
    max_size=4,
)


@given(figures_of_hours)
def test_roll_ups_are_those_of_the_samples_also_where_a_clock_was_set_back(
    parts: list[tuple[int, list[float]]],
) -> None:
    blocks = [minute(START + timedelta(milliseconds=begin), values, 7.0) for begin, values in parts]
    samples = [value for _, values in parts for value in values]
    for made in rolled_up(blocks, ROLL_UPS):
        low, mean, high = made.columns[:3]
        assert sum(made.counts) == len(samples)
        assert min(v for v in low if v is not None) == min(samples)
        assert max(v for v in high if v is not None) == max(samples)
        weighed = zip(mean, made.counts, strict=True)
        total = sum(value * count for value, count in weighed if value is not None)
        assert math.isclose(total, sum(samples), abs_tol=1e-6)
        at = 0
        for index, count in enumerate(made.counts):
            part = samples[at : at + count]
            assert (low[index], high[index]) == (min(part), max(part))
            at += count
