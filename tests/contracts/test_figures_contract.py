"""The same events give the same figures, whichever store keeps them."""

from __future__ import annotations

from pathlib import Path

from support.figure_ledger import DAY, HOUR, Book, write_deployments, write_the_ledger
from support.stores import Opener

from devops_tui.stores.sqlite.store import SqliteStore


def test_figures_of_three_months_are_those_of_the_ledger(opener: Opener, tmp_path: Path) -> None:
    store, reference = opener.store(), SqliteStore.open(tmp_path / "reference" / "state.db")
    books = [Book(store), Book(reference)]
    for book in books:
        write_the_ledger(book)
        write_deployments(book)
    (flow, same_flow), (dora, same_dora) = (
        [book.figures.flow(90) for book in books],
        [book.figures.dora(90) for book in books],
    )
    assert flow == same_flow
    assert dora == same_dora
    assert flow.worked_s == 2 * DAY + 7 - 6 * HOUR + 3 * DAY + 10 * DAY
    pay, shop = dora
    assert shop.recovery is not None and shop.recovery.p50 == 20 * 60
    assert pay.recovery is not None and pay.recovery.p95 == HOUR + 605
    store.close()
    reference.close()
