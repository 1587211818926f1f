"""Many operators at one board: nothing is lost, everybody sees the same, every loser is told.

Each operator is a process with a connection of its own. What each of them met is played
again, in the order in which the store let them act, on a model that knows nothing of stores;
the model must have said the same each time, and must end as the board did.

    DEVOPS_TUI_BOARD=full pytest tests/contracts/test_board_operators.py

has ten of them try 10,000 things each (a number instead of `full`: so many); otherwise it
is a sample.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.board_model import CONFLICT, FULL, NOT_ALLOWED, OWNER, SAME, BoardModel
from support.board_operators import CARDS, LIMITS, fill, run_operator, shown, team_of
from support.stores import Opener

_WANTED = os.environ.get("DEVOPS_TUI_BOARD", "")
IS_FULL = bool(_WANTED)
OPERATORS = 10 if IS_FULL else 5
STEPS = int(_WANTED) if _WANTED.isdecimal() else 10_000 if IS_FULL else 120
PATIENCE_S = 7000 if IS_FULL else 100


def work_together(opener: Opener, folder: Path) -> list[dict[str, Any]]:
    """What each of the operators met."""
    store = opener.store()
    fill(store, team_of(OPERATORS))
    store.close()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(OPERATORS, timeout=PATIENCE_S)
    told = [folder / f"{number}.json" for number in range(OPERATORS)]
    children = [
        context.Process(
            target=run_operator, args=(opener, number, OPERATORS, STEPS, barrier, told[number])
        )
        for number in range(OPERATORS)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join(PATIENCE_S)
    assert [child.exitcode for child in children] == [0] * OPERATORS
    return [json.loads(path.read_text()) for path in told]


@pytest.mark.timeout(PATIENCE_S + 600)
def test_operators_meet_the_board_that_the_model_says(opener: Opener, tmp_path: Path) -> None:
    found = work_together(opener, tmp_path)
    model = BoardModel(LIMITS)
    for number in range(1, CARDS // 2 + 1):
        model.do(OWNER, "add", (f"SHOP-{number}", f"wish {number}"))

    met = [tuple(one) for each in found for one in each["met"]]
    met.sort(key=lambda one: (one[0], one[4] == "ok"))  # who was refused acted before who was not
    outcomes: Counter[str] = Counter()
    for index, (position, actor, act, arguments, outcome) in enumerate(met):
        said = model.do(actor, act, arguments)
        assert said == outcome, f"{index} at {position}: {actor} {act} {arguments}"
        outcomes[f"{act} {outcome}"] += 1

    total = Counter(key.split()[1] for key in outcomes.elements())
    assert min(total["ok"], total[CONFLICT], total[FULL], total[NOT_ALLOWED], total[SAME]) > 0
    assert outcomes["undo ok"] > 0 and outcomes["redo ok"] > 0

    store = opener.store()
    board = shown(store.cards())
    assert store.first_broken_event() is None
    archived = [name for name, (_, said) in model.cards.items() if said.is_archived]
    assert all(store.card(name).archived_at is not None for name in archived)  # type: ignore[arg-type]
    store.close()
    assert all(each["board"] == board for each in found), "not everybody saw the same board"
    assert board == [
        [name, rev, said.column, said.rank, said.title, list(said.labels)]
        for name, rev, said in model.board()
    ]
    if IS_FULL:
        told = {"tried": len(met), "locked": sum(each["locked"] for each in found), **total}
        (tmp_path.parent / "operators.json").write_text(json.dumps(told))
        print(told)  # noqa: T201 - the figure of the full run
