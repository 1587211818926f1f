"""An invented overview for tests and for looking at the screens: no real system."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.board import Card, CardKind, Column
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import (
    CardId,
    FlipId,
    HostName,
    IncidentId,
    JobId,
    RunId,
    ServiceName,
    WorkerId,
)  # fmt: skip
from devops_tui.domain.incident import Cause, Incident, IncidentState
from devops_tui.domain.metric import Sample
from devops_tui.domain.pipeline import (
    Commit,
    Gate,
    Job,
    JobRun,
    Pipeline,
    Plan,
    Run,
    Source,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.team import Member, Team
from devops_tui.domain.team import Role as TeamRole
from devops_tui.domain.traffic import (
    Balancer,
    Colour,
    Flip,
    FlipState,
    ServerHealth,
    Servers,
    Service,
    ServiceStatus,
)  # fmt: skip
from devops_tui.domain.view import Overview, RunView
from devops_tui.domain.work import (
    AskApproval,
    BringUp,
    FlipTraffic,
    MeasureLoad,
    RunCommand,
    WatchHealth,
)
from devops_tui.domain.workspace import Environment, Workspace


def ago(seconds: float) -> datetime:
    """A time so many seconds before now."""
    return datetime.now(UTC) - timedelta(seconds=seconds)


def stages(service: str) -> tuple[Stage, ...]:
    """The six stages of a service."""
    name = ServiceName(service)
    run = RunCommand("make")
    return (
        Stage("code", StageKind.CODE, (Job("checkout", run),)),
        Stage("build", StageKind.BUILD, (Job("package", run),)),
        Stage(
            "test",
            StageKind.TEST,
            (Job("unit", run), Job("integration", run), Job("load", MeasureLoad("./serve"))),
        ),
        Stage("deploy", StageKind.DEPLOY, (Job("bring-up", BringUp(name, "app.tar")),)),
        Stage(
            "release",
            StageKind.RELEASE,
            (Job("approve", AskApproval()), Job("flip", FlipTraffic(name), needs=("approve",))),
        ),
        Stage("monitor", StageKind.MONITOR, (Job("watch", WatchHealth(name)),)),
    )


def run_view(
    pipeline: str, number: int, commit: Commit, states: dict[str, State], why: str = ""
) -> RunView:
    """A run whose jobs stand as named ("test/unit"), the others as their stage's name says."""
    run_id = RunId(f"{pipeline}-{number}")
    plan = Plan(pipeline, stages(pipeline), commit, Source(f"git@example.org:{pipeline}.git"))
    jobs: dict[JobId, JobRun] = {}
    for job_id in plan.job_ids:
        state = states.get(job_id, states.get(job_id.partition("/")[0], State.WAITING))
        is_over = state not in (State.WAITING, State.RUNNING, State.ASKING)
        jobs[job_id] = JobRun(
            run_id,
            job_id,
            state,
            started_at=None if state is State.WAITING else ago(240),
            ended_at=ago(40) if is_over else None,
            why=why if state is State.FAILED else "",
            exit_code=1 if state is State.FAILED else None,
            figures={"tps": 212.0, "mean_ms": 38.0, "p95_ms": 71.0} if "load" in job_id else {},
        )
    found = list(states.values())
    state = next((s for s in (State.ASKING, State.RUNNING, State.FAILED) if s in found), State.OK)
    gates: tuple[Gate, ...] = ()
    if State.ASKING in found:
        evidence = {"digest": "sha256:4be1d2", "tps": 212.0, "health": "4 of 4"}
        gates = (
            Gate(run_id, JobId("release/approve"), State.ASKING, ago(240), plan.hash, evidence),
        )
    run = Run(
        run_id, number, plan, state, ago(300), "sora", started_at=ago(290),
        ended_at=ago(40) if state in (State.OK, State.FAILED) else None,
        commits=tuple(commit for _ in range(6)),
    )  # fmt: skip
    return RunView(run, jobs, gates)


def frame(name: str, cpu: float, link: LinkState = LinkState.LIVE, disk: float = 0.41) -> Frame:
    """The figures of a host."""
    seed = sum(map(ord, name))
    trend = tuple(
        min(1.0, max(0.0, cpu * (0.7 + 0.3 * math.sin((seed + i) / 3)))) for i in range(60)
    )
    sample = Sample(
        uptime_s=86_400.0 * 12, cpu_ratio=cpu, mem_ratio=0.55, load_1m=cpu * 8, cores=4,
        iowait_ratio=0.02, mem_total_bytes=8 << 30, disk_used_ratio=disk, disk_used_mount="/",
        net_in_bytes_s=120_000.0, net_out_bytes_s=80_000.0, pressure_cpu_ratio=cpu / 3,
    )  # fmt: skip
    is_live = link is LinkState.LIVE
    return Frame(
        HostName(name), link, ago(0.4 if is_live else 14), sample, trend,
        "" if is_live else "connection lost", None if is_live else ago(-6),
    )  # fmt: skip


def card(number: int, title: str, column: Column, assignee: str = "", blocked: str = "") -> Card:
    """A card."""
    kinds = list(CardKind)
    return Card(
        CardId(f"SHOP-{number}"), title, kinds[number % len(kinds)], column, float(number), 1,
        ago(5 * 86_400), ago((number % 5 + 1) * 40_000), assignee=assignee, blocked=blocked,
    )  # fmt: skip


def service(name: str, environment: str) -> Service:
    """A service with two hosts a colour."""
    blue = Servers((HostName("web-01"), HostName("web-02")), 8080)
    green = Servers((HostName("web-03"), HostName("web-04")), 8080)
    return Service(ServiceName(name), environment, {Colour.BLUE: blue, Colour.GREEN: green})


def status(name: str, live: Colour, versions: tuple[str, str], warm_s: float = 0) -> ServiceStatus:
    """What is known of a service: all healthy, one balancer."""
    servers = tuple(
        ServerHealth(HostName(h), c, is_healthy=True, version=v, latency_ms=3.2, at=ago(1))
        for h, c, v in (
            ("web-01", Colour.BLUE, versions[0]), ("web-02", Colour.BLUE, versions[0]),
            ("web-03", Colour.GREEN, versions[1]), ("web-04", Colour.GREEN, versions[1]),
        )
    )  # fmt: skip
    balancer = Balancer(
        HostName("lb-1"), live, {live.value: 31}, {live.value: 1842.0}, 0.0002, at=ago(1)
    )
    return ServiceStatus(
        ServiceName(name), live, 58, servers, (balancer,),
        warm_until=ago(-warm_s) if warm_s else None,
        last_flip=FlipId("flip-57") if warm_s else None,
        versions={"blue": versions[0], "green": versions[1]}, observed_at=ago(1),
    )  # fmt: skip


def workspace(is_protected: bool = True, is_readonly: bool = False) -> Workspace:
    """Three services, three pipelines, one team."""
    names = ("shop", "api", "billing")
    production = Environment(
        "production", (), is_protected, is_readonly, "error" if is_protected else "success"
    )
    hosts = [f"web-{n:02d}" for n in range(1, 25)] + ["db-01", "db-02", "lb-1"]
    return Workspace(
        "shop",
        "/srv/shop",
        team=Team(
            (
                Member("jun", (TeamRole.MEMBER, TeamRole.SCRUM_MASTER)),
                Member("minji", (TeamRole.PRODUCT_OWNER, TeamRole.MEMBER)),
                Member("sora"),
            )
        ),
        hosts={h: Host(HostName(h), f"10.0.0.{i + 1}") for i, h in enumerate(hosts)},
        environments={"production": production},
        services={n: service(n, "production") for n in names},
        pipelines={n: Pipeline(n, Source(f"{n}.git"), stages(n)) for n in names},
    )


def world(is_protected: bool = True, is_readonly: bool = False) -> Overview:
    """A busy afternoon: one failing test, one approval waited for, one host that hurts."""
    made = workspace(is_protected, is_readonly)
    cart = Commit("abc1234" + "0" * 33, "cart: round totals", "sora", ago(900))
    other = Commit("9f2c1d0" + "0" * 33, "api: bump babel", "jun", ago(4000))
    good = {"code": State.OK, "build": State.OK, "test": State.OK, "deploy": State.OK}
    runs = (
        run_view(
            "shop", 412, cart,
            {"code": State.OK, "build": State.OK, "test": State.OK, "test/unit": State.FAILED,
             "deploy": State.SKIPPED, "release": State.SKIPPED, "monitor": State.SKIPPED},
            why="2 of 318 failed",
        ),
        run_view("api", 88, other, {**good, "release/approve": State.ASKING}),
        run_view("billing", 31, other, {**good, "release": State.OK, "monitor": State.RUNNING}),
    )  # fmt: skip
    frames = {h: frame(h, 0.04 + (i % 7) / 30) for i, h in enumerate(made.hosts)}
    frames["web-07"] = frame("web-07", 0.96, disk=0.93)
    frames["web-03"] = frame("web-03", 0.1, LinkState.STALE)
    cards = [card(91, "unit test of shop fails", Column.BACKLOG)]
    cards += [card(60 + i, f"wish number {i} of a customer", Column.BACKLOG) for i in range(22)]
    people = ("jun", "", "", "minji", "")
    cards += [card(80 + i, f"planned work {i}", Column.PLANNED, p) for i, p in enumerate(people)]
    cards += [
        card(77, "card payments in euro", Column.IN_WORK, "sora"),
        card(79, "cart rounds wrongly", Column.IN_WORK, "jun", blocked="waits for the bank"),
        card(82, "list of orders is slow", Column.IN_WORK, "minji"),
    ]
    cards += [card(40 + i, f"done {i}", Column.DONE, "jun") for i in range(9)]
    cause = Cause(
        1732, "E  AssertionError: assert Decimal('10.00') == Decimal('10.01')", 0.94,
        ("new since #411", "pytest failure"), 1726, 1736,
    )  # fmt: skip
    incident = Incident(
        IncidentId("INC-31"), "shop/unit", "Test/unit of shop #412", IncidentState.OPEN,
        ago(40), ago(40), run_id=RunId("shop-412"), job_id=JobId("test/unit"), causes=(cause,),
    )  # fmt: skip
    flip = Flip(
        FlipId("flip-57"), ServiceName("api"), Colour.BLUE, Colour.GREEN, FlipState.DONE,
        "jun", "3.0.0", 57, ago(6000), ago(5998),
    )  # fmt: skip
    return Overview(
        at=datetime.now(UTC),
        version=1,
        workspace=made,
        worker=Worker(
            WorkerId("w1"), "ops-1", 4711, "0.1.0", WorkerState.WORKING, ago(9000), ago(1)
        ),
        runs=runs,
        services={
            "shop": status("shop", Colour.BLUE, ("1.4.1", "1.4.2")),
            "api": status("api", Colour.GREEN, ("2.9.9", "3.0.0"), warm_s=6120),
            "billing": status("billing", Colour.BLUE, ("2.1.9", "2.2.0")),
        },
        flips=(flip,),
        cards=tuple(cards),
        frames=frames,
        incidents=(incident,),
    )
