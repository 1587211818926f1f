"""JUnit files of several tools, hostile ones, and any bytes at all."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.errors import BadReport
from devops_tui.domain.report import Case, Outcome
from devops_tui.integrations.reports import junit
from devops_tui.integrations.reports.reader import FileReports
from devops_tui.integrations.reports.safe_xml import PIECE_BYTES

CASES = Path(__file__).parent / "cases"
PASSED, FAILED, SKIPPED = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED


def read(name: str) -> list[Case]:
    return list(FileReports().cases(CASES / name, name))


def parse(text: str) -> list[Case]:
    return list(junit.parse(io.BytesIO(text.encode()), "x.xml"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "pytest.xml",
            {
                "test_shop.TestCart::test_total": PASSED,
                "test_shop.TestCart::test_rounding": FAILED,
                "test_shop::test_receipt": SKIPPED,
                "test_shop::test_order": FAILED,
                "test_shop::test_stock[1]": PASSED,
                "test_shop::test_stock[2]": PASSED,
            },
        ),
        (
            "surefire.xml",
            {
                "shop.StockTest::steady": PASSED,
                "shop.StockTest::shaky": PASSED,
                "shop.StockTest::broken": FAILED,
                "shop.StockTest::lost": FAILED,
                "shop.StockTest::ignored": SKIPPED,
            },
        ),
        (
            "go-junit.xml",
            {
                "example.com/shop/cart::TestTotal": PASSED,
                "example.com/shop/cart::TestTotal/rounded": PASSED,
                "example.com/shop/cart::TestStock": FAILED,
                "example.com/shop/pay::TestTotal": PASSED,
            },
        ),
        ("jest.xml", {"cart adds": PASSED, "cart removes": FAILED, "cart empties": SKIPPED}),
        (
            "node.xml",
            {
                "cart::empty::test::costs nothing": PASSED,
                "cart::test::adds": FAILED,
                "cart::test::later": SKIPPED,
                "stock::empty::test::costs nothing": PASSED,
            },
        ),
        ("suite-error.xml", {"cart.test.js": FAILED}),
    ],
)
def test_the_dialects(name: str, expected: dict[str, Outcome]) -> None:
    assert {case.id: case.outcome for case in read(name)} == expected


def test_messages_and_times() -> None:
    found = {case.id: case for case in read("pytest.xml")}
    rounding = found["test_shop.TestCart::test_rounding"]
    assert rounding.message.startswith("AssertionError: sum of <b>cart</b> & co")
    assert rounding.duration_s == 0.014
    assert "no database" in found["test_shop::test_order"].message
    go = {case.id: case.message for case in read("go-junit.xml")}
    assert go["example.com/shop/cart::TestStock"] == "cart_test.go:17: got 3, want 2"
    jest = {case.id: case.message for case in read("jest.xml")}
    assert jest["cart removes"].startswith("Error: expect(received)")


def test_what_surefire_ran_again() -> None:
    found = {case.id.rpartition("::")[2]: case for case in read("surefire.xml")}
    assert {name for name, case in found.items() if case.is_flaky} == {"shaky"}
    assert found["shaky"].message == "no luck"
    assert found["shaky"].duration_s == 1200.5
    assert found["lost"].message.startswith("java.lang.IllegalStateException: no connection")


@pytest.mark.parametrize(
    ("name", "line", "what"),
    [
        ("bomb.xml", 2, "a document type"),
        ("outside.xml", 2, "a document type"),
        ("truncated.xml", 4, "not XML"),
        ("k6-export.json", 1, "not XML"),
        ("jmeter.xml", 2, "no test suite"),
        ("missing.xml", 1, "cannot be read: No such file"),
    ],
)
def test_what_is_no_report_is_named_with_its_line(name: str, line: int, what: str) -> None:
    with pytest.raises(BadReport, match=what) as error:
        read(name)
    assert error.value.title.startswith(f"{name}:{line}: ")


@pytest.mark.parametrize("length", [1, PIECE_BYTES])
def test_a_file_that_ends_too_early_still_gives_its_cases(length: int) -> None:
    text = (CASES / "truncated.xml").read_text()
    long = text.replace('name="b"', f'name="b" file="{"f" * length}"')
    cases = junit.parse(io.BytesIO(long.encode()), "x")
    assert [next(cases).outcome for _ in range(2)] == [PASSED, FAILED]
    with pytest.raises(BadReport):
        next(cases)


def test_a_suite_that_counts_more_failures_than_it_lists_fails() -> None:
    (case,) = parse('<testsuite name="s" failures="2" errors="1"/>')
    assert case == Case("s", FAILED, None, "the suite counts 3 failures and lists 0")
    outer = '<testsuite name="o" failures="1"><testsuite name="i" failures="1">{}</testsuite>{}'
    bad = '<testcase name="x"><failure/></testcase>'
    assert [c.id for c in parse(f"{outer.format(bad, '')}</testsuite>")] == ["o::i::x"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0.5", 0.5), ("1,234.5", 1234.5), ("0,25", 0.25), ("nan", None), ("-1", None), ("x", None)],
)
def test_times_of_all_countries(text: str, seconds: float | None) -> None:
    (case,) = parse(f'<testsuite><testcase name="a" time="{text}"/></testsuite>')
    assert case.duration_s == seconds


def test_limits() -> None:
    with pytest.raises(BadReport, match="more than 100 levels"):
        parse("<testsuite>" * 101)
    (case,) = parse(
        f'<testsuite><testcase name="{"n" * 9000}"><error message="{"m" * 90000}"/>'
        "</testcase></testsuite>"
    )
    assert (len(case.id), len(case.message)) == (500, junit.MESSAGE_LIMIT)
    many = "<testcase/>" * (junit.MAX_CASES + 1)
    with pytest.raises(BadReport, match="more than 200,000 test cases"):
        parse(f"<testsuite>{many}</testsuite>")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.xml"
    with path.open("wb") as file:
        file.truncate(65 << 20)
    with pytest.raises(BadReport, match="larger than 64 MiB"):
        list(FileReports().cases(path, "huge.xml"))


@pytest.mark.parametrize("encoding", ["utf-7", "no-such", "utf-16", "cp037"])
def test_strange_encodings_raise_nothing_else(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?><testsuite/>'.encode()
    with pytest.raises(BadReport):
        list(junit.parse(io.BytesIO(data), "x"))


NAMES = st.sampled_from(
    ["testsuites", "testsuite", "testcase", "failure", "error", "skipped", "flakyFailure", "a:b"]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PIECES = st.one_of(
    st.builds("<{}>".format, NAMES),
    st.builds("</{}>".format, NAMES),
    st.builds('<{} name="a" time="1" failures="2" message="m">'.format, NAMES),
    st.builds("<{}/>".format, NAMES),
    TEXTS,
)


@given(
    st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=30).map("".join).map(str.encode))
)
def test_any_bytes_give_cases_or_the_one_error(data: bytes) -> None:
    try:
        for case in junit.parse(io.BytesIO(data), "x"):
            assert case.id
    except BadReport as error:
        assert error.title.startswith("x:")
