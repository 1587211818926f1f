"""Batches of hosts, limits of failures, what adds up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.backoff import Backoff
from devops_tui.domain.batches import HostCount, in_batches
from devops_tui.domain.codec import decode, encode
from devops_tui.domain.host_outcomes import may_try_again, settle, told, try_again
from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.pipeline import ENDS, HostOutcome, JobRun, State

NOW = datetime(2026, 3, 1, 3, 12, tzinfo=UTC)
COUNTS = st.one_of(
    st.builds(HostCount, st.integers(1, 50)),
    st.builds(lambda percent: HostCount(ratio=percent / 100), st.integers(1, 100)),
)


def hosts(count: int) -> tuple[HostName, ...]:
    return tuple(HostName(f"web-{n}") for n in range(1, count + 1))


def sizes(total: int, *of: HostCount) -> list[int]:
    return [len(batch) for batch in in_batches(hosts(total), of)]


def test_sizes_come_one_after_the_other_and_the_last_repeats() -> None:
    canary = (HostCount(1), HostCount(ratio=0.25), HostCount(ratio=1.0))
    assert sizes(6, *canary) == [1, 2, 3]
    assert sizes(20, *canary) == [1, 5, 14]
    assert sizes(1, *canary) == [1]
    assert sizes(7, HostCount(2)) == [2, 2, 2, 1]
    assert sizes(4) == [4]
    assert sizes(0, *canary) == []


@pytest.mark.parametrize(("percent", "total", "most"), [(10, 6, 0), (10, 20, 2), (29, 100, 29)])
def test_a_share_of_failures_is_rounded_down(percent: int, total: int, most: int) -> None:
    assert HostCount(ratio=percent / 100).as_limit(total) == most


@given(st.integers(0, 300), st.lists(COUNTS, max_size=4))
def test_every_host_has_one_turn_in_its_order(total: int, of: list[HostCount]) -> None:
    batches = in_batches(hosts(total), of)
    assert [host for batch in batches for host in batch] == list(hosts(total))
    assert all(batches)


@given(st.lists(st.sampled_from(State), max_size=12), st.sampled_from(sorted(ENDS)))
def test_a_job_that_ended_leaves_no_host_open(states: list[State], end: State) -> None:
    outcomes = [HostOutcome(h, s) for h, s in zip(hosts(len(states)), states, strict=True)]
    settled = settle(outcomes, end, NOW)
    assert all(o.state in (*ENDS, State.ASKING) for o in settled)
    kept = [o for o, s in zip(settled, states, strict=True) if s in (State.OK, State.FAILED)]
    assert {o.state for o in kept} <= {State.OK, State.FAILED}


def test_what_ended_well_is_not_tried_again() -> None:
    before = [
        HostOutcome(HostName("a"), State.OK, exit_code=0),
        HostOutcome(HostName("b"), State.FAILED, 2, exit_code=75, why="exit code 75"),
        HostOutcome(HostName("c"), State.SKIPPED, 3),
    ]
    after = try_again(before, 2)
    assert after[0] == before[0]
    assert after[1:] == (
        HostOutcome(HostName("b"), batch=2, attempt=2),
        HostOutcome(HostName("c"), batch=3, attempt=2),
    )


def test_every_failed_host_must_have_failed_by_a_code_that_is_named() -> None:
    def failed(code: int | None, *, is_unreached: bool = False) -> HostOutcome:
        return HostOutcome(HostName("a"), State.FAILED, exit_code=code, is_unreached=is_unreached)

    named = Backoff(codes=(75, 255))
    assert may_try_again([failed(75), failed(None, is_unreached=True)], named)
    assert not may_try_again([failed(75), failed(1)], named)
    assert not may_try_again([failed(None)], named)
    assert may_try_again([failed(1)], Backoff(10.0))


def test_many_hosts_are_told_in_one_line() -> None:
    bad = [HostOutcome(h, State.FAILED, why="exit code 4") for h in hosts(7)]
    assert told(bad[:1]) == "web-1: exit code 4"
    assert told(bad).endswith("web-5: exit code 4 and 2 more")


def test_a_record_of_before_has_no_hosts() -> None:
    record = JobRun(RunId("shop-1"), JobId("test/a"), State.OK)
    old = {k: v for k, v in encode(record).items() if k not in ("hosts", "retry_at")}
    assert decode(JobRun, old) == record
    full = JobRun(RunId("shop-1"), JobId("test/a"), hosts=(HostOutcome(HostName("a")),))
    assert decode(JobRun, encode(full)) == full
