"""Lines of a log are the same however they are read: whole, by windows, cut into any chunks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.log_finder import Failures, LineFinder, Text, numbers
from devops_tui.domain.log_groups import Group
from devops_tui.domain.log_index import SPACING_BYTES, LogIndex, LogScanner
from devops_tui.domain.log_lines import (
    LONGEST_BYTES,
    LineCutter,
    LogLine,
    LogPlace,
    read_lines,
)
from devops_tui.domain.log_search import RunSearch
from devops_tui.domain.log_tone import Tone, may_hold_failure, tone_of
from devops_tui.domain.log_visible import Unfolded, unfolded
from devops_tui.domain.pipeline import LogChunk

BEGAN = datetime(2026, 11, 2, tzinfo=UTC)
RUN, JOB = RunId("shop-1"), JobId("test/unit")


def chunk(data: bytes, seq: int, host: str = "local", attempt: int = 1, job: str = JOB) -> LogChunk:
    at = BEGAN + timedelta(seconds=seq)
    return LogChunk(RUN, JobId(job), attempt, HostName(host), 0, data, at, seq)


def chunks_of(data: bytes, size: int) -> list[LogChunk]:
    return [chunk(data[i : i + size], i // size + 1) for i in range(0, len(data), size)]


def all_lines(chunks: list[LogChunk]) -> list[LogLine]:
    cutter = LineCutter()
    return [line for one in chunks for line in cutter.add(one)] + cutter.rest()


def indexed(chunks: list[LogChunk], at_once: int = 3) -> LogIndex:
    scanner, index = LogScanner(), LogIndex()
    for start in range(0, len(chunks), at_once):
        index.take(scanner.scan(chunks[start : start + at_once]))
    index.take(scanner.finish())
    return index


def groups_of(data: bytes, size: int = 1 << 16) -> tuple[Group, ...]:
    return indexed(chunks_of(data, size)).groups


PARTS = st.lists(
    st.tuples(
        st.one_of(st.binary(max_size=30), st.just(b"x\n"), st.just(b"y" * 70_000)),
        st.sampled_from(["a", "b"]),
        st.integers(1, 3),
    ),
    max_size=12,
)


@given(PARTS, st.integers(0, 4095))
def test_lines_are_counted_as_they_are_cut(parts: list[tuple[bytes, str, int]], way: int) -> None:
    attempts = sorted(attempt for _, _, attempt in parts)
    cutter, counter = LineCutter(), LineCutter()
    for seq, (data, host, _) in enumerate(parts, start=1):
        one = chunk(data, seq, host, attempts[seq - 1])
        made = cutter.add(one)
        counted = counter.skip(one) if way >> seq & 1 else len(counter.add(one))
        assert counted == len(made)
        assert (counter.count, counter.after) == (cutter.count, cutter.after)
    assert counter.rest() == cutter.rest()


@given(
    PARTS,
    st.integers(1, 60),
    st.integers(0, 8),
)
def test_a_window_holds_what_the_whole_log_holds(
    parts: list[tuple[bytes, str, int]], first: int, more: int
) -> None:
    attempts = sorted(attempt for _, _, attempt in parts)
    chunks = [
        chunk(data, seq, host, attempts[seq - 1])
        for seq, (data, host, _) in enumerate(parts, start=1)
    ]
    whole = all_lines(chunks)
    assert [line.number for line in whole] == list(range(1, len(whole) + 1))
    index = indexed(chunks)
    assert index.count == len(whole)
    found = read_lines(
        lambda after, limit: chunks[after : after + limit],
        index.before(first),
        first,
        first + more,
        is_whole=True,
    )
    assert found == whole[first - 1 : first + more]


def test_checkpoints_are_few_and_hold_little() -> None:
    data = b"".join(b"line %d\n" % number for number in range(200_000))
    scanner = LogScanner()
    part = scanner.scan(chunks_of(data, 1 << 16))
    assert len(part.checkpoints) <= len(data) // SPACING_BYTES
    assert all(point.open_bytes < 100 for point in part.checkpoints)


def test_a_line_without_end_is_cut_and_a_half_line_waits() -> None:
    cutter = LineCutter()
    assert len(cutter.add(chunk(b"x" * (LONGEST_BYTES * 2 + 1), 1))) == 2
    assert [line.data for line in cutter.add(chunk(b"y\nz", 2))] == [b"xy"]
    assert [line.data for line in cutter.rest()] == [b"z"]
    assert cutter.rest() == []


def test_last_words_of_an_attempt_come_before_the_next_one() -> None:
    lines = all_lines([chunk(b"one\nhalf", 1), chunk(b"two\n", 2, attempt=2)])
    assert [(line.attempt, line.data) for line in lines] == [
        (1, b"one"), (1, b"half"), (2, b"two"),
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 1 << 16])
def test_marks_of_every_kind_open_and_close(size: int) -> None:
    data = (
        b"::group::outer\n##[group]inner\nx\n##[endgroup]\n::endgroup::\n"
        b"travis_fold:start:git.1\r\x1b[0K$ git clone\ny\ntravis_fold:end:git.1\r\x1b[0K\n"
        b"section_start:1700000000:build[collapsed=true]\r\x1b[0KBuild it\nz\n"
        b"section_end:1700000001:build\r\x1b[0K\n"
    )
    assert [(g.first, g.last, g.name, g.depth) for g in groups_of(data, size)] == [
        (1, 5, b"outer", 0),
        (2, 4, b"inner", 1),
        (6, 8, b"\x1b[0K$ git clone", 0),
        (9, 11, b"\x1b[0KBuild it", 0),
    ]


def test_our_own_steps_end_where_the_next_begins() -> None:
    data = b"--- build\na\n--- test\nE   AssertionError\n"
    assert [(g.first, g.last, g.name, g.has_failure) for g in groups_of(data)] == [
        (1, 2, b"build", False), (3, 4, b"test", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        b"--- a/x.py\n+++ b/x.py\n",
        b"--- old.txt\t2026\n+++ new.txt\t2026\n",
        b"--- FAIL: TestX (0.00s)\n",
        b"---\nyaml: 1\n",
        b"::endgroup::\n",
        b"text ::group::x\n",
    ],
)
def test_what_only_looks_like_a_mark(data: bytes) -> None:
    assert groups_of(data) == ()


def test_a_group_between_lines_of_another_host_is_mixed() -> None:
    chunks = [
        chunk(b"::group::a\n", 1, "web1"),
        chunk(b"between\n", 2, "web2"),
        chunk(b"::endgroup::\n::group::b\nx\n::endgroup::\n", 3, "web1"),
    ]
    assert [g.is_mixed for g in indexed(chunks).groups] == [True, False]


def test_a_failure_anywhere_in_a_group_is_known_outside_too() -> None:
    data = b"::group::a\n::group::b\nfine\nerror: no\n::endgroup::\n::endgroup::\n::group::c\n"
    assert [(g.name, g.has_failure, g.last) for g in groups_of(data)] == [
        (b"a", True, 6), (b"b", True, 5), (b"c", False, 7),
    ]  # fmt: skip


def test_a_new_attempt_ends_the_groups_of_the_last() -> None:
    chunks = [chunk(b"::group::a\nx\n", 1), chunk(b"y\n", 2, attempt=2)]
    assert [(g.first, g.last) for g in indexed(chunks).groups] == [(1, 2)]


@given(
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 9)), max_size=6),
)
def test_rows_and_lines_agree(count: int, wanted: list[tuple[int, int]]) -> None:
    hidden: list[tuple[int, int]] = []
    for first, length in sorted(wanted):
        last = first + length - 1
        if last <= count and (not hidden or first > hidden[-1][1]):
            hidden.append((first, last))
    shown = Unfolded(count, hidden)
    gone = {n for first, last in hidden for n in range(first, last + 1)}
    left = [n for n in range(1, count + 1) if n not in gone]
    assert [shown.line_at(row) for row in range(len(shown))] == left
    assert [shown.row_of(n) for n in left] == list(range(len(left)))
    for number in gone:
        row = shown.row_of(number)
        assert row == sum(n < number for n in left) - 1


def test_a_group_in_a_folded_one_is_folded_with_it() -> None:
    groups = groups_of(b"::group::a\n::group::b\nx\n::endgroup::\n::endgroup::\nend\n")
    shown = unfolded(6, groups, {})
    assert [shown.line_at(row) for row in range(len(shown))] == [1, 6]
    shown = unfolded(6, groups, {1: False})
    assert [shown.line_at(row) for row in range(len(shown))] == [1, 2, 5, 6]


_PIECES = st.lists(
    st.sampled_from(
        ["needle\n", "Needle\n", "nee", "dle\n", "\n", "x\x1b[1mnee\x1b[0mdle\n", "error: x\n",
         "0 errors\n", "E1234\n", "e  x\n", "plain\n", "no end"]
    ),
    max_size=30,
)  # fmt: skip


@given(_PIECES, st.integers(1, 40), st.sampled_from([Text("needle"), Text("Needle"), Failures()]))
def test_the_quick_look_misses_nothing(
    parts: list[str], size: int, wanted: Text | Failures
) -> None:
    from devops_tui.domain.log_finder import plain_line

    chunks = chunks_of("".join(parts).encode(), size)
    finder = LineFinder(wanted)
    found = [*numbers(finder.find(chunks)), *numbers(finder.rest())]
    assert found == [x.number for x in all_lines(chunks) if wanted.is_in(plain_line(x.data))]


@given(st.text("eErRoOfailwn 012345:\n", max_size=60))
def test_no_failure_escapes_the_look_at_bytes(text: str) -> None:
    failing = [row for row in text.split("\n") if tone_of(row) is Tone.FAILURE]
    if failing:
        assert may_hold_failure(text.encode())


def test_a_search_over_a_run_counts_lines_by_job() -> None:
    search = RunSearch(RUN, "Gone")
    chunks = [chunk(b"a\nb Gone\n", 1), chunk(b"Gone\ngone\n", 2, job="test/load"), chunk(b"Go", 3)]
    found = [*search.take(chunks), *search.take([chunk(b"ne", 4)]), *search.rest()]
    assert [str(match.place) for match in found] == [
        "shop-1/test/unit:2", "shop-1/test/load:1", "shop-1/test/unit:3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("shop-12/test/unit:1732", LogPlace(RunId("shop-12"), JobId("test/unit"), 1732)),
        ("shop-12/test/unit", LogPlace(RunId("shop-12"), JobId("test/unit"))),
        ("shop-12", LogPlace(RunId("shop-12"), JobId(""))),
    ],
)
def test_links_are_read_as_they_are_written(text: str, place: LogPlace) -> None:
    assert LogPlace.parse(text) == place
    assert str(place) == text


@pytest.mark.parametrize("text", ["a/b/c:", "a/b/c:0", "a/b/c:-1", "a/b/c:1x", "a:1", "a/b/c:²"])
def test_what_is_no_link(text: str) -> None:
    with pytest.raises(NotFound):
        LogPlace.parse(text)
