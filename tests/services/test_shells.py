"""Where shells may be opened, with what, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import THIS_MACHINE, HostName, JobId, RunId
from devops_tui.domain.log_lines import LogPlace
from devops_tui.domain.pipeline import Job, Plan, Run, Stage, StageKind, State
from devops_tui.domain.work import RunCommand
from devops_tui.domain.workspace import Environment, Workspace
from devops_tui.services.shells import Shells
from devops_tui.stores.sqlite.store import SqliteStore

WEB1, WEB2 = HostName("web1"), HostName("web2")
UNIT = RunCommand("pytest", env={"LEVEL": "debug"}, secrets={"TOKEN": "env:TOKEN"})
FAR = RunCommand("migrate", hosts=(WEB1,), folder="~/app")
BOTH = RunCommand("restart", hosts=(WEB1, WEB2))


@pytest.fixture
def shells(tmp_path: Path) -> Iterator[Shells]:
    store = SqliteStore.open(tmp_path / "state.db")
    jobs = (Job("unit", UNIT), Job("far", FAR), Job("both", BOTH))
    plan = Plan("shop", (Stage("test", StageKind.TEST, jobs),))
    store.add_run(Run(RunId("shop-1"), 1, plan, State.WAITING, datetime.now(UTC), "jun"))
    workspace = Workspace(
        "x",
        str(tmp_path),
        hosts={"web1": Host(WEB1), "web2": Host(WEB2)},
        environments={
            "production": Environment("production", (WEB1,), is_protected=True),
            "staging": Environment("staging", (WEB2,)),
        },
    )
    yield Shells(store, SystemClock(), workspace, tmp_path / "checkouts")
    store.close()


def place(job: str) -> LogPlace:
    return LogPlace(RunId("shop-1"), JobId(f"test/{job}"))


def test_a_job_of_this_machine_has_its_checkout_and_no_secrets(shells: Shells) -> None:
    with pytest.raises(Refused, match="no folder on this machine"):
        shells.of_job(place("unit"))
    folder = shells.checkouts / "shop-1" / "test.unit.1"
    folder.mkdir(parents=True)
    plan = shells.of_job(place("unit"))
    assert (plan.host, plan.folder, plan.is_local) == (THIS_MACHINE, str(folder), True)
    assert plan.environment["DEVOPS_JOB"] == "test/unit"
    assert plan.environment["LEVEL"] == "debug"
    assert plan.secrets == {}
    assert shells.why_not(plan, "") is None


def test_secrets_only_when_asked_for_and_with_a_reason(shells: Shells) -> None:
    (shells.checkouts / "shop-1" / "test.unit.1").mkdir(parents=True)
    plan = shells.of_job(place("unit"), with_secrets=True)
    assert plan.secrets == {"TOKEN": "env:TOKEN"}
    with pytest.raises(Refused, match="a reason is needed"):
        shells.opened(plan, "jun", "")
    assert list(shells.store.events()) == []


def test_a_job_on_a_host_has_its_folder_there(shells: Shells) -> None:
    plan = shells.of_job(place("far"))
    assert (plan.host, plan.folder, plan.is_local) == (WEB1, "~/app", False)
    assert plan.environments == ("production",)
    assert plan.environment["DEVOPS_HOST"] == "web1"


def test_of_several_hosts_one_is_named(shells: Shells) -> None:
    with pytest.raises(Refused) as refused:
        shells.of_job(place("both"))
    assert refused.value.hint == "Name one by --host: web1, web2."
    assert shells.of_job(place("both"), "web2").host == WEB2
    with pytest.raises(NotFound):
        shells.of_job(place("both"), "web3")
    with pytest.raises(NotFound):
        shells.of_job(place("none"))


def test_who_when_where_and_why_are_kept(shells: Shells) -> None:
    plan = shells.on_host("web1")
    assert plan.is_protected
    assert "protected" in str(shells.why_not(plan, ""))
    shells.opened(plan, "jun", "disk is full")
    shells.closed(plan, "jun", 0)
    opened, closed = shells.store.events()
    assert (opened.kind, opened.subject, opened.actor, opened.why) == (
        "shell.opened", "web1", "jun", "disk is full",
    )  # fmt: skip
    assert opened.data == {"host": "web1", "place": "", "has_secrets": False}
    assert (closed.kind, closed.data["exit_code"]) == ("shell.closed", 0)


def test_a_host_without_an_environment_needs_no_reason(shells: Shells) -> None:
    plan = replace(shells.on_host("web2"))
    assert plan.environments == ("staging",)
    assert shells.why_not(plan, "") is None
    with pytest.raises(NotFound):
        shells.on_host("web9")
