"""Flow and delivery of three months of two services, against a ledger worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from support.figure_ledger import DAY, HOUR, Book, on, write_deployments, write_the_ledger

from devops_tui.domain.board import Column
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.services.figures import Figures
from devops_tui.stores.sqlite.store import SqliteStore


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    store = SqliteStore.open(tmp_path / "state.db")
    yield Book(store)
    store.close()


def test_flow_equals_the_ledger_to_the_second(book: Book) -> None:
    one, two, three, four = write_the_ledger(book)
    flow = book.figures.flow(90)
    by_card = {c.card_id: c for c in flow.done}
    assert by_card[one].lead_s == 6 * DAY + 7
    assert by_card[one].cycle_s == 2 * DAY + 7
    assert by_card[two].lead_s == 18 * DAY
    assert by_card[two].cycle_s == 11 * DAY
    assert by_card[three].lead_s == 38 * DAY
    assert by_card[three].cycle_s == 10 * DAY
    assert flow.lead is not None and flow.cycle is not None
    assert (flow.lead.p50, flow.lead.p85, flow.lead.p95) == (18 * DAY, 38 * DAY, 38 * DAY)
    assert (flow.cycle.p50, flow.cycle.p85) == (10 * DAY, 11 * DAY)
    # in work: one 2 d 7 s less 6 h; two 2 d and 1 d; three 10 d
    assert flow.worked_s == 2 * DAY + 7 - 6 * HOUR + 3 * DAY + 10 * DAY
    assert flow.blocked_s == 6 * HOUR
    # since the Backlog: one 2 d in Planned; two 8 d in Done before it was opened again; three 1 d
    assert flow.waited_s == 2 * DAY + 8 * DAY + 1 * DAY
    weeks = {day.isoformat(): count for day, count in flow.weeks if count}
    assert weeks == {"2026-01-05": 1, "2026-01-19": 1, "2026-02-09": 1}
    (wip,) = flow.wip
    assert (wip.card_id, wip.age_s) == (four, 21 * DAY + 15 * HOUR)
    days = {d.day.isoformat(): (d.backlog, d.planned, d.in_work, d.done) for d in flow.days}
    assert days["2026-01-05"] == (2, 1, 0, 0)
    assert days["2026-01-15"] == (1, 0, 0, 2)
    assert days["2026-01-20"] == (1, 0, 1, 1)
    assert days["2026-02-05"] == (0, 0, 1, 2)
    assert days["2026-03-31"] == (0, 0, 1, 3)
    assert flow.left == 1
    assert flow.when is not None and flow.when.cards == 1
    assert flow.notes == ()

    pay = book.figures.flow(90, "pay")
    assert [c.card_id for c in pay.done] == [three]
    assert pay.cycle is not None and pay.cycle.p50 == 10 * DAY


def test_dora_equals_the_ledger_to_the_second(book: Book) -> None:
    write_deployments(book)
    pay, shop = book.figures.dora(90)
    assert [d.flip for d in shop.deployments] == ["f1", "f2", "f3", "f5"]
    assert shop.per_day == 4 / 90
    assert shop.lead is not None
    # a 24 h, b 48 h, c 12 h, d 24 h, f 1 h
    assert (shop.lead.count, shop.lead.p50, shop.lead.p95) == (5, 24 * HOUR, 48 * HOUR)
    assert shop.between_s == 3 * DAY
    assert shop.fail_rate == 1 / 4
    assert shop.recovery is not None and shop.recovery.p50 == 20 * 60
    assert shop.rework_rate == 1 / 4
    assert shop.notes == ("lead time unknown of 1: the commit has no time",)

    assert [(d.flip, d.failed != "", d.rework != "") for d in pay.deployments] == [
        ("p1", True, False),
        ("p2", True, True),
        ("p3", False, True),
        ("p4", False, True),
    ]
    assert pay.fail_rate == 2 / 4
    assert pay.rework_rate == 3 / 4
    assert pay.recovery is not None
    assert (pay.recovery.count, pay.recovery.p50, pay.recovery.p95) == (2, 90.0, HOUR + 605)
    assert pay.deployments[3].rework == "names PAY-9"


def test_an_undo_that_is_undone_is_a_deployment_again(book: Book) -> None:
    book.deploy("shop", "f1", on("03-05"), "shop-1", ("a", on("03-04")))
    book.deploy("shop", "f2", on("03-05", "09:30:00"), "shop-1", undoes="f1")
    book.deploy("shop", "f3", on("03-06"), "", undoes="f2")
    book.clock.at = on("04-01")
    (shop,) = book.figures.dora(30)
    assert [(d.flip, d.failed, d.rework) for d in shop.deployments] == [
        ("f1", "taken back", ""),
        ("f3", "", "brought back what had been taken back"),
    ]


def test_what_nobody_knows_is_no_number(book: Book) -> None:
    book.deploy("shop", "f1", on("01-05"), "shop-1")
    book.clock.at = on("04-01")
    (shop,) = book.figures.dora(30)
    assert shop.notes == ("no deployment in this period",)
    unknown = (shop.lead, shop.per_day, shop.recovery, shop.fail_rate, shop.rework_rate)
    assert unknown == (None,) * 5
    flow = book.figures.flow(30)
    assert (flow.lead, flow.cycle, flow.efficiency, flow.when) == (None, None, None, None)
    with pytest.raises(NotFound, match="no service nope"):
        book.figures.dora(30, "nope")
    with pytest.raises(Refused):
        book.figures.flow(0)


def test_a_flip_that_nobody_can_read_has_not_recovered(book: Book) -> None:
    facts = {"flip": "f1", "run": "shop-1"}
    book.say(on("03-05"), "flip.committed", "shop", **facts)
    book.say(on("03-05", "09:01:00"), "flip.failed", "shop", **facts, is_unknown=True)
    book.clock.at = on("04-01")
    (shop,) = book.figures.dora(30)
    assert shop.recovery is None
    assert shop.notes[-1] == "1 of 1 failed ones have not recovered"
    book.say(on("03-05", "10:00:00"), "flip.failed", "shop", **facts)
    (shop,) = book.figures.dora(30)
    assert shop.recovery is not None and shop.recovery.p50 == HOUR


def test_what_retention_took_is_said(book: Book) -> None:
    book.say(on("02-01"), "card.moved", "SHOP-1", **{"from": "InWork", "to": "Done"})
    told = on("01-15").isoformat()
    book.say(on("02-02"), "retention.pruned", "retention", counts={"events": 7}, events_before=told)
    book.clock.at = on("03-01").astimezone(UTC)
    flow = book.figures.flow(90)
    assert flow.notes == (
        "older than 2026-01-15 09:00 UTC was pruned: the period is not whole",
        "lead time unknown of 1: filed before what is kept of the log",
        "cycle time unknown of 1: done without a start in InWork",
    )
    assert book.figures.flow(30).notes[0] == "older than 2026-01-15 09:00 UTC was pruned"


def test_figures_read_on_from_where_they_were(book: Book) -> None:
    card = book.file(on("01-02"), "one", "shop")
    assert book.figures.flow(30).done == ()
    book.move(on("01-03"), card, Column.PLANNED)
    book.move(on("01-04"), card, Column.IN_WORK)
    book.move(on("01-05"), card, Column.DONE)
    book.clock.at = on("01-06")
    assert [c.card_id for c in book.figures.flow(30).done] == [card]
    assert book.figures.flow(30) == Figures(book.store, book.clock).flow(30)
