"""`board: {columns: ...}`: what it makes, and the place of each mistake."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devops_tui.domain.board import Column, FurtherColumn, Step, WipLimit
from devops_tui.domain.codec import decode, encode
from devops_tui.domain.workspace import Workspace

Loaded = Callable[[str], Workspace]
Mistakes = Callable[[str], list[str]]
REVIEW, TEST = Step("Review", Column.IN_WORK), Step("Test", Column.IN_WORK)
READY = Step("Ready", Column.PLANNED)
WHOLE = """name: shop
board:
  limits: soft
  columns:
    - {name: Test, after: Review}
    - {name: Review, after: InWork, limit: 2, mode: hard}
    - {name: Ready, after: planned, limit: 1 per member}
  lanes: [{by: assignee, limit: 1, column: Review}]
  automation:
    - {on: released, do: move, to: Review}
    - {on: idle, do: tell, for: 3d, columns: [Test, in_work]}
    - {on: idle, do: tell, for: 9d}
  jira: {url: http://127.0.0.1, project: SHOP, token: env:T, columns: {Review: In Review}}
"""


def test_columns_in_their_order_with_their_limits(loaded: Loaded) -> None:
    place = loaded(WHOLE)
    assert place.board.further == (
        FurtherColumn(READY, WipLimit(per_member=1.0), is_hard=False),
        FurtherColumn(REVIEW, WipLimit(cards=2)),
        FurtherColumn(TEST, WipLimit(), is_hard=False),
    )
    assert place.board.lanes[0].column == REVIEW
    assert place.automation[0].to == REVIEW
    assert place.automation[1].columns == (TEST, Column.IN_WORK)
    assert place.automation[2].columns == (Column.PLANNED, READY, Column.IN_WORK, REVIEW, TEST)
    assert place.jira is not None and place.jira.columns == {"Review": ("In Review",)}
    assert decode(Workspace, encode(place)) == place


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ("{name: Review, after: ^done}", "between Planned and Done"),
        ("{name: Review, after: ^elsewhere}", "unknown column `elsewhere`"),
        ("{name: ^in work, after: planned}", "bad name `in work`"),
        ("{name: ^in_work, after: planned}", "is there already"),
        ("^{name: Review}", "missing key `after`"),
        ("{name: Review, after: planned, limit: ^0}", "bad limit"),
        ("{name: Review, after: planned, mode: ^firm}", "cannot be this"),
        ("{name: A, after: ^B}, {name: B, after: A}", "stand after one another"),
        ("{name: A, after: planned}, {name: ^a, after: planned}", "is there twice"),
        ("".join(f"{'^' * (n == 5)}{{name: C{n}, after: planned}}, " for n in range(6)), "than 5"),
    ],
)
def test_mistakes_have_a_place(columns: str, what: str, mistakes: Mistakes) -> None:
    """The place is where the mark stands."""
    before = "  columns: ["
    found = mistakes(f"name: shop\nboard:\n{before}{columns.replace('^', '')}]\n")
    where = f":3:{len(before) + columns.index('^') + 1}: "
    assert any(where in told and what in told for told in found), (where, found)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "lanes: [{by: assignee, limit: 1, column: Reviw}]",
        "automation: [{on: released, do: move, to: Reviw}]",
        "jira: {url: http://127.0.0.1, project: SHOP, token: env:T, columns: {Reviw: x}}",
    ],
)
def test_who_names_none_is_told_which_there_are(elsewhere: str, mistakes: Mistakes) -> None:
    text = f"name: a\nboard:\n  columns: [{{name: Review, after: in_work}}]\n  {elsewhere}\n"
    (told,) = mistakes(text)
    assert "unknown column `Reviw`" in told and "did you mean `Review`?" in told


def test_ends_have_no_limits_of_lanes(mistakes: Mistakes) -> None:
    (told,) = mistakes("name: a\nboard: {lanes: [{by: service, limit: 1, column: done}]}\n")
    assert "done has no limits" in told
