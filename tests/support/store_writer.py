"""Writes to a store in a loop until it is killed: `python store_writer.py FOLDER [URL]`.

Each write that returned is told on standard output, a line each, only after it returned:
what stands there was acknowledged. It goes on from what the store holds.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from devops_tui.domain.board import Card, CardKind, Column
from devops_tui.domain.event import Event
from devops_tui.domain.ids import THIS_MACHINE, CardId, JobId, RunId
from devops_tui.domain.pipeline import Gate, LogChunk, State
from devops_tui.stores.sql.store import SqlStore
from support.stores import Opener

RUN, JOB, CARD = RunId("shop-1"), JobId("test/unit"), CardId("SHOP-1")
COLUMNS = tuple(Column)


def write(store: SqlStore, number: int) -> str:
    """One acknowledged change of the kind whose turn it is; says what."""
    now = datetime.now(UTC)
    kind = number % 4
    if kind == 0:
        card = store.card(CARD)
        column = COLUMNS[number // 4 % len(COLUMNS)]
        with store.transaction():
            store.save_card(replace(card, column=column, rev=card.rev + 1), card.rev)
            store.append(Event("card.moved", CARD, now, "jun", data={"number": number}))
        return f"card {card.rev + 1} {column.value}"
    if kind == 1:
        gate = Gate(RUN, JobId(f"release/gate-{number}"), State.ASKING, now, "sha256:0", {}, now)
        store.open_gate(gate)
        store.decide_gate(replace(gate, state=State.OK, decided_by="jun", why=str(number)))
        return f"gate {gate.job_id} {number}"
    if kind == 2:
        seq = store.append(Event("run.created", RUN, now, "jun", str(number))).seq
        return f"event {seq} {number}"
    offset = store.log_size(RUN, JOB, 1, THIS_MACHINE)
    data = f"line {number}\n".encode()
    store.append_log([LogChunk(RUN, JOB, 1, THIS_MACHINE, offset, data, now)])
    return f"log {offset} {number}"


def main(opener: Opener) -> None:
    """Never returns."""
    store = opener.store()
    now = datetime.now(UTC)
    if not store.cards():
        store.add_card(Card(CARD, "a wish", CardKind.REQUEST, Column.BACKLOG, 1.0, 1, now, now))
    held = store.events(newest=True, limit=1)
    start = held[-1].seq * 4 if held else 0
    for number in count(start):
        sys.stdout.write(f"{write(store, number)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Opener(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
