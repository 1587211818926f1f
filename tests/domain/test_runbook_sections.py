"""A runbook opens at the section that is about the problem."""

from __future__ import annotations

import pytest

from devops_tui.domain.runbook import anchor_of, headings, opened

BOOK = """\
# Shop

Call minji.

## Disk is full!

Prune.

### How

df -h

```
## no heading
```

## test/unit ##

Look at the rounding.
"""


@pytest.mark.parametrize(
    ("wanted", "section", "first", "last"),
    [
        (["disk-is-full"], "Disk is full!", 5, 16),
        (["Disk is full"], "Disk is full!", 5, 16),
        (["unknown", "how"], "How", 9, 16),
        (["shop/test/unit", "test/unit"], "test/unit", 17, 19),
        (["", "nothing"], "", 1, 19),
    ],
)
def test_it_opens_at_the_section(wanted: list[str], section: str, first: int, last: int) -> None:
    book = opened("runbook.md", BOOK, wanted)
    assert (book.section, book.first, book.last) == (section, first, last)


def test_what_stands_in_code_is_no_heading() -> None:
    assert [h.text for h in headings(BOOK.splitlines())] == [
        "Shop", "Disk is full!", "How", "test/unit",
    ]  # fmt: skip


def test_anchors_are_those_of_forges() -> None:
    assert anchor_of("No space left (again)") == "no-space-left-again"
