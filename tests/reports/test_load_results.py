"""Files of JMeter, k6, hey and wrk, hostile ones, and any bytes at all."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.errors import BadReport
from devops_tui.domain.report import LoadFormat, LoadReport
from devops_tui.integrations.reports import hey, jtl, k6, wrk
from devops_tui.integrations.reports.reader import FileReports

CASES = Path(__file__).parent / "cases"
PARSERS: dict[str, Callable[[BinaryIO, str], LoadReport]] = {
    "jtl": jtl.parse,
    "k6": k6.parse,
    "hey": hey.parse,
    "wrk": wrk.parse,
}
JTL_ROW = "1000,20,cart,200,OK,t 1-1,text,true,113,1,1,15\n"


def read(kind: str, name: str) -> LoadReport:
    return FileReports().load(LoadFormat(kind), CASES / name, name)


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        # the figures that the tools themselves showed
        ("jtl", "jmeter-5.5.jtl", {"requests": 120, "errors": 60, "mean_ms": 51, "max_ms": 380}),
        ("jtl", "jmeter-2.13.jtl", {"requests": 120, "errors": 60, "mean_ms": 43, "max_ms": 282}),
        ("jtl", "jmeter.xml", {"requests": 120, "errors": 60, "mean_ms": 39, "max_ms": 382}),
        (
            "hey",
            "hey.txt",
            {
                "requests": 400,
                "errors": 0,
                "error_ratio": 0,
                "tps": 174,
                "mean_ms": 45,
                "p50_ms": 45,
                "p95_ms": 49,
                "p99_ms": 51,
                "max_ms": 52,
            },
        ),
        ("hey", "hey-errors.txt", {"requests": 100, "errors": 100, "error_ratio": 1, "tps": 0}),
        ("hey", "hey-refused.txt", {"requests": 20, "errors": 20, "error_ratio": 1, "tps": 0}),
        (
            "wrk",
            "wrk.txt",
            {
                "requests": 371,
                "errors": 0,
                "tps": 177,
                "mean_ms": 44,
                "p50_ms": 44,
                "p99_ms": 50,
                "max_ms": 50,
            },
        ),
        ("wrk", "wrk-errors.txt", {"requests": 92, "errors": 92, "error_ratio": 1, "tps": 0}),
        (
            "k6",
            "k6-export.json",
            {"requests": 276, "errors": 25, "tps": 83, "p99_ms": 50},
        ),
        (
            "k6",
            "k6-handle-summary.json",
            {"requests": 270, "errors": 18, "tps": 83, "mean_ms": 45, "p95_ms": 48, "max_ms": 58},
        ),
    ],
)
def test_real_files_give_what_the_tools_show(
    kind: str, name: str, expected: dict[str, float]
) -> None:
    report = read(kind, name)
    assert report.tool == kind
    whole = math.floor if kind == "jtl" else round  # JMeter cuts what it shows
    assert {key: whole(report.figures[key]) for key in expected} == expected


def test_what_a_tool_does_not_tell_is_not_there() -> None:
    assert "p99_ms" not in read("k6", "k6-handle-summary.json").figures
    assert "p95_ms" not in read("wrk", "wrk.txt").figures
    assert "p50_ms" not in read("wrk", "wrk-errors.txt").figures
    assert "mean_ms" not in read("hey", "hey-refused.txt").figures


def test_a_jtl_has_a_series_over_its_time() -> None:
    series = read("jtl", "jmeter-5.5.jtl").series
    assert series is not None
    assert series.width_s == 0.1
    assert (sum(series.requests), sum(series.errors)) == (120, 60)
    lengths = {len(series.requests), len(series.errors), len(series.mean_ms), len(series.p99_ms)}
    assert lengths == {len(series.p95_ms)}


def test_a_day_of_load_stays_small_and_whole() -> None:
    rows = "".join(JTL_ROW.replace("1000,", f"{1000 * second},", 1) for second in range(86_400))
    report = jtl.parse(io.BytesIO(rows.encode()), "x")
    assert report.series is not None
    assert 30 < len(report.series.requests) <= 60
    assert sum(report.series.requests) == report.figures["requests"] == 86_400
    assert report.figures["tps"] == 1.0


def test_where_only_transactions_stand_they_count() -> None:
    message = '"Number of samples in transaction : 2, number of failing samples : 0"'
    row = JTL_ROW.replace("OK", message)
    assert jtl.parse(io.BytesIO(row.encode()), "x").figures["requests"] == 1
    both = row + JTL_ROW + JTL_ROW
    assert jtl.parse(io.BytesIO(both.encode()), "x").figures["requests"] == 2


def test_other_delimiters_and_appended_tests() -> None:
    head = "timeStamp;elapsed;label;success\n"
    text = f"\ufeff{head}1000;20;a;true\n{head}2000;40;b;false\n"
    figures = jtl.parse(io.BytesIO(text.encode()), "x").figures
    assert (figures["requests"], figures["errors"], figures["mean_ms"]) == (2, 1, 30.0)


@pytest.mark.parametrize(
    ("kind", "text", "line", "what"),
    [
        ("jtl", "", 1, "no samples"),
        ("jtl", JTL_ROW + "1000,20,cart,20", 2, "a row of 4 columns"),
        ("jtl", JTL_ROW + JTL_ROW.replace("1000", "2026/03/01 10:00:00"), 2, "no whole number"),
        ("jtl", JTL_ROW.replace("true", "maybe"), 1, "neither true nor false"),
        ("jtl", "timeStamp,elapsed,label\n1,2,a\n", 1, "no column success"),
        ("jtl", f"timeStamp,elapsed,success\n1,2,true\n1,{'9' * 15},true\n", 3, "whole number"),
        ("jtl", JTL_ROW + 'x"' * 70_000, 2, "not CSV"),
        ("jtl", "<html/>", 1, "its root is not testResults"),
        ("jtl", '<!DOCTYPE a [<!ENTITY b "c">]><testResults/>', 1, "a document type"),
        ("jtl", '<testResults>\n<sample t="x" ts="1" s="true"/></testResults>', 2, "whole number"),
        ("k6", "{", 1, "not JSON"),
        ("k6", "[" * 100_000, 1, "not JSON"),
        ("k6", "[]", 1, "no metrics"),
        ("k6", '{"metrics": {"http_reqs": {"rate": NaN, "count": 1}}}', 1, "no rate"),
        ("k6", '{"metrics": {"http_reqs": []}}', 1, "no rate"),
        ("hey", "zsh: hey: not found\n", 1, "not what hey prints"),
        ("wrk", "unable to connect to 127.0.0.1:1 Connection refused\n", 1, "not what wrk prints"),
    ],
)
def test_what_is_no_result_is_named_with_its_line(
    kind: str, text: str, line: int, what: str
) -> None:
    with pytest.raises(BadReport, match=what) as error:
        PARSERS[kind](io.BytesIO(text.encode()), "x")
    assert error.value.title.startswith(f"x:{line}: ")


@pytest.mark.parametrize("kind", PARSERS)
def test_each_real_file_cut_anywhere_raises_nothing_else(kind: str) -> None:
    (path, *_) = [
        p for p in sorted(CASES.iterdir()) if p.name.startswith(kind.replace("jtl", "jm"))
    ]
    data = path.read_bytes()
    for end in range(0, len(data), max(1, len(data) // 200)):
        try:
            PARSERS[kind](io.BytesIO(data[:end]), "x")
        except BadReport as error:
            assert error.title.startswith("x:")


@pytest.mark.parametrize("kind", PARSERS)
def test_any_bytes_give_figures_or_the_one_error(kind: str) -> None:
    @given(
        st.one_of(
            st.binary(max_size=300),
            st.lists(st.sampled_from(_pieces(kind)), max_size=30).map(b"".join),
        )
    )
    def check(data: bytes) -> None:
        try:
            figures = PARSERS[kind](io.BytesIO(data), "x").figures
        except BadReport as error:
            assert error.title.startswith("x:")
        else:
            assert figures["error_ratio" if "error_ratio" in figures else "tps"] >= 0

    check()


def _files(kind: str) -> list[Path]:
    return sorted(CASES.glob(f"{kind.replace('jtl', 'jmeter')}*"))


def _pieces(kind: str) -> list[bytes]:
    """Pieces that look like the tool's own, and some that look like trouble."""
    own: list[bytes] = []
    for path in _files(kind):
        own += path.read_bytes().splitlines(keepends=True)[:40]
    return [*own, b"\x00", b"\xff", b'"', b",", b"\n", b"9" * 400, b"-1", b"<", b"{", b"NaN"]
