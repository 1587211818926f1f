"""Log bytes as rows: whole lines, once, numbered, safe, failures marked."""

from __future__ import annotations

from drawn import check, plain, roles
from hypothesis import given
from hypothesis import strategies as st
from overviews import HOSTILE, NOW, incident

from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.pipeline import LogChunk
from devops_tui.presentation.logs import LONGEST_BYTES, LogLines, role_of


def chunk(data: bytes, seq: int = 1, host: str = "web-1") -> LogChunk:
    return LogChunk(RunId("r"), JobId("test/unit"), 1, HostName(host), 0, data, NOW, seq)


def bare() -> LogLines:
    return LogLines(shows_time=False)


def test_a_line_is_given_when_it_is_whole() -> None:
    lines = bare()
    assert plain(lines.add([chunk(b"one\ntw", 3)])) == ["     1  one"]
    assert plain(lines.add([chunk(b"o\n", 4)])) == ["     2  two"]
    assert lines.last_seq == 4
    assert lines.rest() == []


def test_the_rest_is_given_once() -> None:
    lines = bare()
    lines.add([chunk(b"prompt> ")])
    assert plain(lines.rest()) == ["     1  prompt>"]
    assert lines.rest() == []


def test_a_character_cut_by_a_chunk_is_whole_again() -> None:
    lines = bare()
    data = "漢字\n".encode()
    lines.add([chunk(data[:2])])
    assert plain(lines.add([chunk(data[2:])])) == ["     1  漢字"]


def test_streams_of_two_hosts_do_not_mix() -> None:
    lines = LogLines(shows_time=False, shows_host=True)
    lines.add([chunk(b"from a", host="a"), chunk(b"from b", host="b")])
    shown = plain(lines.add([chunk(b"!\n", host="b"), chunk(b"!\n", host="a")]))
    assert shown == ["     1 b           from b!", "     1 a           from a!"]


def test_carriage_returns_overwrite_and_colours_go() -> None:
    shown = plain(bare().add([chunk(b"10%\r50%\r100%\r\n\x1b[31mred\x1b[0m\n")]))
    assert shown == ["     1  100%", "     2  red"]


def test_failures_and_causes_are_marked() -> None:
    lines = LogLines(incident().causes)
    data = b"pytest\nAssertionError: assert Decimal('10.00') == Decimal('10.01')\n0 errors\n"
    rows = lines.add([chunk(data)])
    assert plain(rows)[1].startswith("▌    2")
    assert plain(rows)[1].endswith("← new since the last success, pytest failure")
    assert roles(rows[1].line, "AssertionError") == {"failed"}
    assert roles(rows[2].line, "0 errors") == {"text"}


def test_roles_of_lines() -> None:
    assert role_of("make: *** [all] Error 2") == "failed"
    assert role_of("E   assert 1 == 2") == "failed"
    assert role_of("3 passed, 0 failed") == "text"
    assert role_of("DeprecationWarning: old") == "warning"
    assert role_of("Collecting flask") == "text"


def test_a_line_without_end_comes_in_pieces() -> None:
    rows = bare().add([chunk(b"x" * (LONGEST_BYTES * 2 + 1))])
    assert len(rows) == 2
    assert all(len(text) < 3000 for text in plain(rows))


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from(HOSTILE).map(lambda s: s.encode("utf-8", "surrogatepass")),
        ),
        max_size=6,
    )
)
def test_any_bytes_are_drawn_safely_and_no_line_is_lost(parts: list[bytes]) -> None:
    lines = bare()
    rows = [row for part in parts for row in lines.add([chunk(part)])]
    rows += lines.rest()
    check(rows, None)
    data = b"".join(parts)
    assert len(rows) == data.count(b"\n") + (0 if data.endswith(b"\n") or not data else 1)
    assert len({r.key for r in rows}) == len(rows)
