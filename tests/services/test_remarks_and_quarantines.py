"""How grave and whose a problem is, notes, runbooks; tests left out of verdicts by a wish."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.history import HostHistory
from devops_tui.domain.ids import IncidentId, JobId, RunId
from devops_tui.domain.incident import Cause, Incident, IncidentState
from devops_tui.domain.log_lines import LogPlace
from devops_tui.domain.pipeline import Plan, Run, State
from devops_tui.domain.quarantine import Quarantine
from devops_tui.domain.remark import IncidentSeverity
from devops_tui.domain.rule import Rule
from devops_tui.domain.team import Member, Team
from devops_tui.domain.workspace import Workspace
from devops_tui.services import quarantines
from devops_tui.services.diagnosis import diagnose
from devops_tui.services.handover import hand_over
from devops_tui.services.labels import Labels, labels_of
from devops_tui.services.remarks import IncidentRemarks
from devops_tui.services.runbooks import runbook
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.triage.ranking import LogRanking

INC = IncidentId("INC-1")
TEST = "pytest::tests.test_cart::test_total"
BOOK = "# Shop\n\n## no space left\n\nPrune.\n\n## unit\n\nLook.\n"


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def store(tmp_path: Path, clock: StillClock) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "state.db")
    team = Team((Member("minji"),))
    opened.save_workspace(Workspace("shop", "/x", team=team), (), "1")
    now = clock.now()
    plan = Plan("shop", ())
    opened.add_run(Run(RunId("shop-1"), 1, plan, State.FAILED, now, "jun"))
    cause = Cause(
        3, "tar: No space left on device", 0.9, ("new since success", "no space left"), 3, 3
    )
    opened.add_incident(
        Incident(
            INC, "f", "unit failed", IncidentState.OPEN, now, now, run_id=RunId("shop-1"),
            job_id=JobId("test/unit"), causes=(cause,),
        )
    )  # fmt: skip
    opened.append(Event("incident.opened", INC, now, data={"severity": "low"}))
    yield opened
    opened.close()


def no_figures(host: str, *_: object) -> HostHistory:
    raise AssertionError(host)


def test_what_people_say_of_a_problem(store: SqliteStore, clock: StillClock) -> None:
    remarks = IncidentRemarks(store, clock)
    assert remarks.of(INC).severity is IncidentSeverity.MINOR  # of its alert
    store.append(Event("incident.acknowledged", INC, clock.now(), "jun", "looking"))
    assert remarks.of(INC).owner == "jun"
    remarks.grade(INC, IncidentSeverity.CRITICAL, "jun", "orders fail")
    remarks.give(INC, "minji", "jun", "")
    remarks.note(INC, "jun", " the disk fills since 02:10 ")
    said = diagnose(store, INC, no_figures).said
    assert (said.severity, said.owner) == (IncidentSeverity.CRITICAL, "minji")
    assert [(n.actor, n.text) for n in said.notes] == [("jun", "the disk fills since 02:10")]
    told = [(e.kind, e.why) for e in hand_over(store, clock, "jun", 12).deeds]
    assert ("incident.noted", "the disk fills since 02:10") in told


def test_what_cannot_be_said(store: SqliteStore, clock: StillClock) -> None:
    remarks = IncidentRemarks(store, clock)
    with pytest.raises(NotFound, match="nobody named sora"):
        remarks.give(INC, "sora", "jun", "")
    with pytest.raises(NotFound):
        remarks.note(IncidentId("INC-9"), "jun", "x")
    with pytest.raises(Refused):
        remarks.note(INC, "jun", "  ")


def test_a_runbook_at_the_section_of_the_cause(store: SqliteStore) -> None:
    books = {"/x/runbook.md": BOOK, "own.md": "# Licences\n\n# Seats\n"}
    workspace = store.workspace()
    assert workspace is not None
    with pytest.raises(NotFound, match="no runbook is named"):
        runbook(store, INC, books.__getitem__)
    named = replace(workspace, runbook="/x/runbook.md")
    store.save_workspace(named, (), "2")
    assert runbook(store, INC, books.__getitem__).section == "no space left"
    rule = Rule("no space left", (), runbook="own.md#seats")
    store.save_workspace(replace(named, rules=(rule,)), (), "3")
    found = runbook(store, INC, books.__getitem__)
    assert (found.name, found.section, found.first) == ("own.md", "Seats", 3)


def test_a_quarantine_has_an_end_a_reason_and_a_name(store: SqliteStore, clock: StillClock) -> None:
    def ask(days: float, why: str = "waits for SHOP-31", pipeline: str = "") -> Quarantine:
        until = clock.now() + timedelta(days=days)
        made = Quarantine(TEST, until, why, pipeline, "jun")
        return quarantines.quarantine(store, clock, made)

    for days, why in ((7, " "), (-1, "x"), (91, "x")):
        with pytest.raises(Refused):
            ask(days, why)
    with pytest.raises(NotFound):
        ask(7, pipeline="nothing")
    made = ask(7)
    assert list(quarantines.quarantines_of(store, clock.now())) == [made]
    watch = hand_over(store, clock, "jun", 12).watch
    assert f"{TEST}: in quarantine by jun until" in "\n".join(watch)
    assert quarantines.quarantines_of(store, clock.now() + timedelta(days=8)) == []
    clock.move(60)
    assert quarantines.end_quarantine(store, clock, TEST, "jun", "mended") == [made]
    assert quarantines.quarantines_of(store, clock.now()) == []
    with pytest.raises(NotFound):
        quarantines.end_quarantine(store, clock, TEST, "jun", "again")


def test_any_line_can_be_marked_as_the_cause(store: SqliteStore, clock: StillClock) -> None:
    ranking = LogRanking()
    labels = Labels(store, clock, ranking)
    place = LogPlace(RunId("shop-1"), JobId("test/unit"), 2)
    with pytest.raises(Refused):
        labels.mark_line(place, " \x1b[0m ", "jun", "")
    line = "2026-03-01T02:03:04Z \x1b[31mledger 4711 is closed\x1b[0m"
    rule = labels.mark_line(place, line, "jun", "month's end")
    assert "ledger" in rule
    assert "02:03" not in rule
    (event,) = (e for e in store.events() if e.kind == "cause.marked")
    assert (event.data["incident"], event.data["line"]) == (INC, 2)
    log = b"ERROR: x\n2026-04-01T00:00:00Z ledger 12 is closed\nerror: tail\n"
    told = labels_of(store, "shop", JobId("test/unit"))
    assert ranking.rank(log, [], told)[0].line == 2
