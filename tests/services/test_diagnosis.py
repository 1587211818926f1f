"""What is known of a problem: new or seen, who fixed it, what differs, what hosts did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.bootstrap.triage import make_ranking
from devops_tui.config.compile_triage import shipped_rules
from devops_tui.domain.board import BoardRules
from devops_tui.domain.diagnosis import INFRA_RULES, Diagnosis, Kind
from devops_tui.domain.errors import HostUnreachable
from devops_tui.domain.history import Bucket, HostHistory
from devops_tui.domain.ids import THIS_MACHINE, HostName, JobId, RunId
from devops_tui.domain.incident import Incident
from devops_tui.domain.pipeline import (
    Commit,
    HostOutcome,
    Job,
    JobRun,
    LogChunk,
    Plan,
    Run,
    Source,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.team import Team
from devops_tui.domain.work import RunCommand
from devops_tui.services.aftermath import Aftermath
from devops_tui.services.boards import Boards
from devops_tui.services.diagnosis import diagnose
from devops_tui.services.incidents import Incidents
from devops_tui.stores.sqlite.store import SqliteStore

UNIT = JobId("test/unit")
GREEN = b"collected 3 items\n3 passed\n"
RED = (
    b"collected 3 items\nTraceback (most recent call last):\n"
    b'  File "src/cart.py", line 8, in total\nValueError: no voucher\n'
)


class Bench:
    """Runs of one job, ended one after the other; each commit changes the files it says."""

    def __init__(self, folder: Path) -> None:
        self.clock = StillClock()
        self.store = SqliteStore.open(folder / "state.db")
        boards = Boards(self.store, self.clock, BoardRules(prefix="SHOP"), Team())
        self.incidents = Incidents(self.store, self.clock, boards)
        self.after = Aftermath(self.store, make_ranking(()), boards, self.incidents, self)
        self.number = 0
        self.changes: dict[str, tuple[str, ...]] = {}
        self.is_unreadable = False
        self.figures = HostHistory(HostName("web-1"), self.clock.now(), self.clock.now())

    async def changed_files(
        self, url: str, commits: Sequence[str], limit: int = 50
    ) -> Mapping[str, tuple[str, ...]]:
        if self.is_unreadable:
            raise HostUnreachable("git: gone")
        return {c: self.changes[c] for c in commits if c in self.changes}

    async def end(
        self,
        text: bytes = GREEN,
        commit: str = "",
        branch: str = "main",
        commits: tuple[Commit, ...] = (),
        hosts: tuple[HostOutcome, ...] = (),
        script: str = "make",
    ) -> Run:
        self.number += 1
        self.clock.move(3600)
        name = commit or f"{self.number:040x}"
        head = Commit(name, f"change {commit or self.number}", "sora")
        stages = (Stage("test", StageKind.TEST, (Job("unit", RunCommand(script)),)),)
        plan = Plan("shop", stages, head, Source("shop.git"), branch=branch)
        run = Run(
            RunId(f"shop-{self.number}"), self.number, plan, State.WAITING, self.clock.now(),
            "jun", commits=commits,
        )  # fmt: skip
        self.store.add_run(run)
        chunk = LogChunk(run.id, UNIT, 1, THIS_MACHINE, 0, text, self.clock.now())
        self.store.append_log([chunk])
        state = State.OK if text == GREEN else State.FAILED
        record = JobRun(
            run.id, UNIT, state, started_at=self.clock.now(), ended_at=self.clock.now(),
            hosts=hosts,
        )  # fmt: skip
        self.store.save_job(record, State.WAITING)
        await self.after.job_ended(run, record)
        return run

    @property
    def newest(self) -> Incident:
        return self.store.incidents()[0]

    def known(self) -> Diagnosis:
        def figures(
            host: str, metrics: Sequence[str], start: datetime, end: datetime, count: int
        ) -> HostHistory:
            return replace(self.figures, host=HostName(host), start=start, end=end)

        return diagnose(self.store, self.newest.id, figures)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.close()


async def test_a_first_failure_is_new_and_counts_the_successes_before(bench: Bench) -> None:
    for _ in range(4):
        await bench.end()
    await bench.end(RED)
    known = bench.known()
    assert (known.kind, known.seen, known.streak) == (Kind.NEW, 0, 4)
    assert known.last_success == "shop-4"
    assert known.baselines == ("shop-4", "shop-3", "shop-2", "shop-1")


async def test_who_fixed_it_last_time_is_the_author_of_the_commit_that_did(bench: Bench) -> None:
    await bench.end()
    await bench.end(RED)
    fixed = await bench.end()
    await bench.end(RED)
    known = bench.known()
    assert (known.kind, known.seen) == (Kind.SEEN, 1)
    (case,) = known.past
    assert (case.by, case.minutes) == ("sora", 60.0)
    assert fixed.plan.commit is not None
    assert case.how == f"{fixed.plan.commit.short} change 3"


async def test_what_a_person_said_of_the_end_is_told(bench: Bench) -> None:
    await bench.end(RED)
    bench.clock.move(840)
    bench.incidents.resolve(bench.newest.id, "jun", "the voucher service was away")
    await bench.end(RED)
    (case,) = bench.known().past
    assert (case.by, case.how, case.minutes) == ("jun", "the voucher service was away", 14.0)


async def test_both_ends_of_the_same_plan_are_flaky(bench: Bench) -> None:
    await bench.end(GREEN, "c0ffee")
    await bench.end(RED, "c0ffee")
    known = bench.known()
    assert (known.kind, known.why) == (
        Kind.FLAKY,
        "the same commit and plan succeeded in shop-1",
    )


async def test_a_regression_is_never_called_flaky(bench: Bench) -> None:
    for number in range(3):
        await bench.end(GREEN, f"{number:040x}")
    for _ in range(3):
        await bench.end(RED, "c0ffee")
    assert bench.known().kind is Kind.SEEN


@pytest.mark.parametrize(
    "text",
    [b"make: *** [x] Error 1\nOSError: [Errno 28] No space left on device\n"],
)
async def test_a_full_disk_is_infrastructure(bench: Bench, text: bytes) -> None:
    bench.after = replace(bench.after, ranking=make_ranking(shipped_rules()))
    await bench.end(text)
    assert (bench.known().kind, bench.known().why) == (Kind.INFRA, "no space left")


async def test_a_host_that_was_not_reached_is_infrastructure(bench: Bench) -> None:
    lost = HostOutcome(HostName("web-1"), State.FAILED, is_unreached=True)
    await bench.end(RED, hosts=(lost,))
    assert bench.known().why == "web-1 could not be reached"


async def test_commits_that_touch_files_of_the_trace_come_first(bench: Bench) -> None:
    docs, cart = Commit("d" * 40, "docs", "jun"), Commit("c" * 40, "cart", "sora")
    bench.changes = {docs.id: ("README.md",), cart.id: ("src/cart.py", "setup.cfg")}
    await bench.end(RED, commits=(docs, cart))
    assert [(s.commit.subject, s.files) for s in bench.known().suspects] == [
        ("cart", ("src/cart.py",)),
        ("docs", ()),
    ]


async def test_a_source_that_cannot_be_read_costs_only_who_touched_it(bench: Bench) -> None:
    bench.is_unreadable = True
    await bench.end(RED, commits=(Commit("c" * 40, "cart", "sora"),))
    assert bench.newest.causes
    assert [s.files for s in bench.known().suspects] == [()]


async def test_the_field_in_which_it_is_alone_is_named(bench: Bench) -> None:
    for _ in range(2):
        await bench.end()
    await bench.end(RED, branch="wild")
    (contrast,) = [c for c in bench.known().contrasts if c.field == "branch"]
    assert (contrast.now, contrast.before) == ("wild", ("main",))


async def test_another_image_is_named(bench: Bench) -> None:
    await bench.end(script="docker run --rm node:20 npm test")
    await bench.end(RED, script="docker run --rm node:22 npm test")
    (contrast,) = [c for c in bench.known().contrasts if c.field == "image"]
    assert (contrast.now, contrast.before) == ("node:22", ("node:20",))


async def test_what_a_host_s_figures_crossed_is_said_with_its_time(bench: Bench) -> None:
    calm, high = Bucket(0.1, 0.1, 0.2), Bucket(0.9, 0.93, 0.97)
    bench.figures = replace(bench.figures, series={"cpu": (calm, None, high), "disk": (calm,) * 3})
    await bench.end(RED, hosts=(HostOutcome(HostName("web-1"), State.FAILED),))
    (around,) = bench.known().hosts
    (crossing,) = around.crossed
    assert (crossing.metric, crossing.highest, crossing.limit) == ("cpu", 0.97, 0.90)
    assert crossing.at == around.history.at(2)
    assert (around.history.start, around.history.end) == (
        around.failed_at.replace(minute=2),
        around.failed_at.replace(minute=17),
    )


def test_every_rule_that_tells_of_infrastructure_is_in_the_catalogue() -> None:
    assert {rule.name for rule in shipped_rules()} >= INFRA_RULES
