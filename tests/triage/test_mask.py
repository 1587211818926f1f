"""What two runs of the same thing have in common."""

from __future__ import annotations

import pytest

from devops_tui.triage.mask import LINE_LIMIT, lines_of, mask, without_stamp


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ran 5 tests in 0.002s", "Ran 5 tests in 1.914s"),
        ("at 0x7f12ab34 in thread 17", "at 0xdeadbeef in thread 4"),
        ("/tmp/run-31/checkout/a.py:19: boom", "/home/jun/work/a.py:7: boom"),
        ("commit 80ede55f1c done", "commit 187308f09e done"),
        (
            "id 123e4567-e89b-12d3-a456-426614174000 gone",
            "id 00000000-aaaa-bbbb-cccc-0123456789ab gone",
        ),
        ("2026-01-02T03:04:05.678Z start", "2025-12-31 23:59:59,001 start"),
        ("took   12 ms", "took 9 ms"),
    ],
)
def test_what_changes_from_run_to_run_is_masked(one: str, other: str) -> None:
    assert mask(one) == mask(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("FAIL: test_tax", "FAIL: test_net"),
        ("/tmp/a/cart.py: boom", "/tmp/a/tax.py: boom"),
        ("connection refused", "connection reset"),
        ("defaced facade", "decade facade"),
    ],
)
def test_what_tells_failures_apart_stays(one: str, other: str) -> None:
    assert mask(one) != mask(other)


def test_lines_are_as_a_person_saw_them() -> None:
    data = b"\x1b[31mred\x1b[0m\r\n 1%\r 50%\r100%\nbad \xff byte\x07\n"
    assert lines_of(data) == ["red", "100%", "bad \ufffd byte", ""]


def test_an_endless_line_is_cut() -> None:
    assert len(lines_of(b"x" * 3_000_000)[0]) == LINE_LIMIT


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-02T03:04:05.6Z boom",
        "[03:04:05] boom",
        "build\tunit\t2026-01-02T03:04:05Z boom",
    ],
)
def test_a_leading_time_goes_away(line: str) -> None:
    assert without_stamp(line) == "boom"


def test_a_time_in_the_middle_stays() -> None:
    assert without_stamp("boom at 03:04:05 again") == "boom at 03:04:05 again"
