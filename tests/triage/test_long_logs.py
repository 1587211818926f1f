"""Logs that are too long to hold, endless lines, and lines as editors count them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from devops_tui.triage.excerpt import TAIL_BYTES, WHOLE_BYTES, excerpt
from devops_tui.triage.mask import LINE_LIMIT
from devops_tui.triage.numbering import lone_returns, returns_before
from devops_tui.triage.ranking import LogRanking

RANKING = LogRanking()
FILLER = b"INFO request served in 12 ms by web-1 status=200 path=/cart\n"
CAUSE = b"panic: ledger does not balance\n"


def _long(megabytes: int, cause_at: int) -> Iterator[bytes]:
    """A log in chunks, with the cause after so many megabytes."""
    a_megabyte = FILLER * (2**20 // len(FILLER))
    for number in range(megabytes):
        yield a_megabyte
        if number == cause_at:
            yield CAUSE


def _line_of_cause(cause_at: int) -> int:
    return (cause_at + 1) * (2**20 // len(FILLER)) + 1


@pytest.mark.parametrize("cause_at", [0, 7, 11])
def test_a_cause_anywhere_in_a_long_log_has_its_line(cause_at: int) -> None:
    causes = RANKING.rank_stream(_long(12, cause_at), [])
    assert causes[0].text == CAUSE.decode().strip()
    assert causes[0].line == _line_of_cause(cause_at)


def test_a_long_log_is_not_held() -> None:
    list(excerpt(_long(8, 1))[0])
    tracemalloc.start()
    pieces, lines = excerpt(_long(60, 3))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(len(piece.data) for piece in pieces) < WHOLE_BYTES
    assert len(pieces[-1].data) >= TAIL_BYTES
    assert peak < 5 * WHOLE_BYTES
    assert lines == 60 * (2**20 // len(FILLER)) + 2


def test_a_usual_log_is_one_piece() -> None:
    (piece,), lines = excerpt([b"a\nb", b"c\n"])
    assert (piece.data, lines) == (b"a\nbc\n", 3)
    assert excerpt([])[1] == 1


def test_endless_lines_do_no_harm() -> None:
    log = b"x" * 10_000_000 + b"\nld: cannot find -lssl\n" + b"\xff\x1b[31m(" * 2_000_000
    causes = RANKING.rank_stream([log], [])
    assert causes[0].text == "ld: cannot find -lssl"
    assert all(len(cause.text) <= LINE_LIMIT for cause in causes)


def test_returns_count_as_editors_count_them() -> None:
    data = b"get 1%\rget 50%\rgot it\r\nerror: boom\nx\r\r\nlast\n"
    assert lone_returns(data) == 3
    assert [returns_before(data, n) for n in range(4)] == [2, 2, 2, 3]
    editors = data.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    (cause,) = RANKING.rank_stream([data], [])
    assert editors[cause.line - 1] == cause.text == "error: boom"
    assert RANKING.rank(data, [])[0].line == 2


def test_a_success_of_any_length_is_hashed_alike() -> None:
    assert RANKING.hash_stream([b"a 1\nb\n", b"a 2\n"]) == RANKING.hash_log(b"a 1\nb\na 2\n")
