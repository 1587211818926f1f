"""Files that a log names are found again among those that a commit changed."""

from __future__ import annotations

import pytest

from devops_tui.domain.named_files import MOST_FILES, is_named, named_files, of_trace


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("tests/test_cart.py:88: AssertionError", ("tests/test_cart.py",)),
        ('  File "/tmp/x y/src/cart.py", line 3', ("y/src/cart.py",)),
        ("src\\cart\\Total.cs(12,3): error CS0103", ("src/cart/Total.cs",)),
        ("./main.go:7:2: undefined: total", ("main.go",)),
        ("assert Decimal('10.00') == Decimal('10.01')", ()),
        ("at com.shop.Cart.total(Cart.java:41)", ("com.shop.Cart.total", "Cart.java")),
    ],
)
def test_files_are_found_in_traces(line: str, expected: tuple[str, ...]) -> None:
    assert named_files([line]) == expected


def test_a_hostile_line_names_no_more_than_is_kept() -> None:
    assert len(named_files([f"a{n}.py " * 200 for n in range(500)])) == MOST_FILES


@pytest.mark.parametrize(
    ("path", "named", "expected"),
    [
        ("src/cart.py", "/tmp/run/src/cart.py", True),
        ("src/cart.py", "cart.py", True),
        ("src/cart.py", "src/cart.py", True),
        ("src/mycart.py", "cart.py", False),
        ("cart.py", "shop/mycart.py", False),
    ],
)
def test_a_changed_file_is_one_that_is_named(path: str, named: str, expected: bool) -> None:
    assert is_named(path, (named,)) is expected


def test_the_frames_of_a_trace_belong_to_its_last_line() -> None:
    lines = [
        "PASSED other.py",
        "Traceback:",
        '  File "cart.py"',
        "ValueError",
        "",
        "t.py:8: E",
        "x",
    ]
    assert of_trace(lines, 4, 4) == ("ValueError", "", "t.py:8: E", "x", lines[2], lines[1])
