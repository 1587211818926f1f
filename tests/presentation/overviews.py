"""Overviews to draw: one that a person can read, and random ones full of hostile text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.board import BoardRules, Card, CardKind, Column, Comment
from devops_tui.domain.errors import Mistake
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
)
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
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.traffic import (
    Balancer,
    Colour,
    Flip,
    FlipState,
    FlipStep,
    ServerHealth,
    Servers,
    Service,
    ServiceStatus,
)
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

NOW = datetime(2026, 3, 14, 3, 12, 44, tzinfo=UTC)
SHOP = ServiceName("shop")

HOSTILE = (
    "[@click=app.quit]x[/]",
    "oops [/]",
    "\x1b[2J\x1b]52;c;aGk=\x07",
    "\x9b31m",
    "a\u202egnp.exe",
    "zero\u200bwidth",
    "漢字かな交じり文",
    "e\u0301\u0301\u0301\u0301\u0301\u0301",
    "👩‍👩‍👧‍👦 family",
    "line\nbreak\rback",
    "\x00\x07\x08",
    "x" * 5000,
    "\ud800",
    "",
    "   ",
    "$(reboot)",
)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def stages() -> tuple[Stage, ...]:
    return (
        Stage("code", StageKind.CODE, (Job("lint", RunCommand("ruff check .")),)),
        Stage("build", StageKind.BUILD, (Job("wheel", RunCommand("make wheel")),)),
        Stage(
            "test",
            StageKind.TEST,
            (
                Job("unit", RunCommand("pytest -q")),
                Job("integration", RunCommand("make integration")),
                Job("load", MeasureLoad("./serve")),
            ),
        ),
        Stage("deploy", StageKind.DEPLOY, (Job("install", BringUp(SHOP, "shop.tar.gz")),)),
        Stage(
            "release",
            StageKind.RELEASE,
            (
                Job("approval", AskApproval()),
                Job("flip", FlipTraffic(SHOP), needs=("approval",)),
            ),
        ),
        Stage("monitor", StageKind.MONITOR, (Job("watch", WatchHealth(SHOP)),)),
    )


def plan(pipeline: str) -> Plan:
    return Plan(pipeline, stages(), Commit("abc1234def", "cart: round totals", "sora", ago(600)))


def run_view(
    pipeline: str, number: int, states: dict[str, State], gates: tuple[Gate, ...] = ()
) -> RunView:
    run_id = RunId(f"{pipeline}-{number}")
    made = plan(pipeline)
    jobs: dict[JobId, JobRun] = {}
    for index, job_id in enumerate(made.job_ids):
        state = states.get(job_id.partition("/")[2], State.WAITING)
        started = None if state in (State.WAITING, State.SKIPPED) else ago(300 - 20 * index)
        ended = ago(280 - 20 * index) if state not in (State.WAITING, State.RUNNING) else None
        jobs[job_id] = JobRun(run_id, job_id, state, started_at=started, ended_at=ended)
    listed = [j.state for j in jobs.values()]
    state = next(
        (s for s in (State.FAILED, State.ASKING, State.RUNNING) if s in listed),
        State.OK if set(listed) == {State.OK} else State.RUNNING,
    )
    commits = tuple(Commit(f"{n:07x}", f"change {n}", "jun", ago(900)) for n in range(6))
    return RunView(
        Run(
            run_id,
            number,
            made,
            state,
            ago(310),
            "jun",
            trigger="source",
            started_at=ago(300),
            ended_at=ago(20) if state in (State.OK, State.FAILED) else None,
            commits=commits,
            cards=("SHOP-91",),
        ),
        jobs,
        gates,
    )


def failed_view() -> RunView:
    view = run_view(
        "shop",
        412,
        {
            "lint": State.OK,
            "wheel": State.OK,
            "unit": State.FAILED,
            "integration": State.OK,
            "load": State.OK,
        },
    )
    jobs = dict(view.jobs)
    unit, load = JobId("test/unit"), JobId("test/load")
    jobs[unit] = JobRun(
        view.run.id,
        unit,
        State.FAILED,
        started_at=ago(58),
        ended_at=ago(40),
        why="2 of 318 failed",
        exit_code=1,
    )
    jobs[load] = JobRun(
        view.run.id,
        load,
        State.OK,
        started_at=ago(70),
        ended_at=ago(40),
        figures={"tps": 212.0, "mean_ms": 38.0, "p95_ms": 71.0},
    )
    return RunView(view.run, jobs, view.gates)


def asking_view() -> RunView:
    good = dict.fromkeys(("lint", "wheel", "unit", "integration", "load", "install"), State.OK)
    gate = Gate(
        RunId("api-88"),
        JobId("release/approval"),
        State.ASKING,
        ago(240),
        plan("api").hash,
        {"digest": "sha256:4be1", "load": {"tps": 212.0}, "healthy": True},
    )
    return run_view("api", 88, {**good, "approval": State.ASKING}, (gate,))


def watching_view() -> RunView:
    names = ("lint", "wheel", "unit", "integration", "load", "install", "approval", "flip")
    return run_view("billing", 31, {**dict.fromkeys(names, State.OK), "watch": State.RUNNING})


def sample(cpu: float, load: float = 0.8, disk: float = 0.55) -> Sample:
    return Sample(
        uptime_s=86400.0 * 3,
        cpu_ratio=cpu,
        mem_ratio=0.41,
        load_1m=load,
        cores=4,
        mem_total_bytes=8 << 30,
        disk_used_ratio=disk,
        disk_used_mount="/",
        iowait_ratio=0.01,
        net_in_bytes_s=1_250_000.0,
        processes=214,
    )


def frames() -> dict[str, Frame]:
    trend = (0.2, 0.3, 0.5, 0.7, 0.96, 0.8, 0.99)
    listed = [
        Frame(HostName("lb-1"), LinkState.LIVE, ago(1), sample(0.06), (0.1, 0.1, 0.2)),
        Frame(
            HostName("web-07"),
            LinkState.LIVE,
            ago(1),
            sample(0.96, 31.2, 0.93),
            trend,
        ),
        Frame(
            HostName("web-03"),
            LinkState.STALE,
            ago(14),
            sample(0.2),
            trend,
            why="link lost",
            retry_at=NOW + timedelta(seconds=6),
        ),
        Frame(HostName("db-02"), LinkState.UNREACHABLE, ago(90), why="connection refused"),
        Frame(HostName("new-1"), LinkState.CONNECTING, NOW),
        *[
            Frame(HostName(f"ok-{n}"), LinkState.LIVE, ago(1), sample(0.1), (0.1,))
            for n in range(6)
        ],
    ]
    return {f.host: f for f in listed}


def cards() -> tuple[Card, ...]:
    made = [
        ("SHOP-91", "unit fails: AssertionError in test_cart", CardKind.INCIDENT, 0, "", ""),
        ("SHOP-88", "export as CSV", CardKind.REQUEST, 0, "", ""),
        ("SHOP-80", "faster search", CardKind.PERFORMANCE, 1, "jun", ""),
        ("SHOP-81", "dark theme", CardKind.FEATURE, 1, "", ""),
        ("SHOP-77", "payment retries", CardKind.BUG, 2, "sora", ""),
        ("SHOP-79", "rate limits", CardKind.STABILITY, 2, "jun", "waits for the bank"),
        ("SHOP-70", "login page", CardKind.FEATURE, 3, "sora", ""),
    ]
    return tuple(
        Card(
            CardId(name),
            title,
            kind,
            list(Column)[column],
            float(rank),
            1,
            ago(86400 * 9),
            ago(86400 * (3.5 if name == "SHOP-77" else 1)),
            assignee=who,
            blocked=blocked,
        )
        for rank, (name, title, kind, column, who, blocked) in enumerate(made)
    )


def status() -> ServiceStatus:
    return ServiceStatus(
        SHOP,
        Colour.BLUE,
        58,
        servers=(
            ServerHealth(HostName("web-1"), Colour.BLUE, True, "1.4.1", 3.0, at=ago(1)),
            ServerHealth(HostName("web-2"), Colour.BLUE, True, "1.4.1", 4.0, at=ago(1)),
            ServerHealth(HostName("web-3"), Colour.GREEN, False, "1.4.2", None, "503", ago(1)),
            ServerHealth(HostName("web-4"), Colour.GREEN),
        ),
        balancers=(
            Balancer(
                HostName("lb-1"),
                Colour.BLUE,
                {"blue": 31, "green": 0},
                {"blue": 1842.0, "green": 0.0},
                0.0002,
                {"blue": ago(1)},
                at=ago(1),
            ),
        ),
        warm_until=NOW + timedelta(seconds=102),
        digests={"blue": "sha256:" + "4b" * 32, "green": "sha256:" + "5c" * 32},
        versions={"blue": "1.4.1", "green": "1.4.2"},
        observed_at=ago(1),
    )


def flip(state: FlipState = FlipState.PREPARED) -> Flip:
    return Flip(
        FlipId("flip-1"),
        SHOP,
        Colour.BLUE,
        Colour.GREEN,
        state,
        "jun",
        "fixes SHOP-91",
        58,
        ago(5),
        steps=(
            FlipStep(ago(4), "prepare lb-1", True, 12.0),
            FlipStep(ago(3), "commit lb-1", False),
        ),
    )


def incident() -> Incident:
    return Incident(
        IncidentId("INC-31"),
        "f1",
        "test/unit of shop #412 failed",
        IncidentState.OPEN,
        ago(40),
        ago(40),
        run_id=RunId("shop-412"),
        job_id=JobId("test/unit"),
        card_id=CardId("SHOP-91"),
        causes=(
            Cause(
                1732,
                "AssertionError: assert Decimal('10.00') == Decimal('10.01')",
                0.91,
                ("new since the last success", "pytest failure"),
                1730,
                1733,
            ),
            Cause(12, "DeprecationWarning: parse_decimal", 0.2, ("new",), 12, 12),
        ),
    )


def workspace() -> Workspace:
    return Workspace(
        "shop",
        "/srv/shop",
        team=Team(
            (
                Member("minji", (Role.PRODUCT_OWNER,)),
                Member("jun", (Role.SCRUM_MASTER, Role.MEMBER)),
                Member("sora"),
            )
        ),
        board=BoardRules("SHOP"),
        hosts={name: Host(HostName(name)) for name in frames()},
        environments={"production": Environment("production", is_protected=True, is_readonly=True)},
        services={
            "shop": Service(
                SHOP,
                "production",
                {
                    Colour.BLUE: Servers((HostName("web-1"), HostName("web-2")), 8080),
                    Colour.GREEN: Servers((HostName("web-3"), HostName("web-4")), 8080),
                },
            )
        },
        pipelines={
            name: Pipeline(name, Source("/srv/git"), stages())
            for name in ("shop", "api", "billing", "docs")
        },
    )


def overview() -> Overview:
    return Overview(
        NOW,
        7,
        workspace(),
        worker=Worker(WorkerId("w1"), "ops-1", 4711, "0.1", WorkerState.WORKING, ago(3600), ago(1)),
        runs=(failed_view(), asking_view(), watching_view()),
        services={"shop": status()},
        flips=(flip(),),
        cards=cards(),
        frames=frames(),
        incidents=(incident(),),
    )


texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
times = st.one_of(
    st.floats(-1e6, 1e9, allow_nan=False).map(ago), st.sampled_from([NOW, ago(0), ago(1e9)])
)
ratios = st.one_of(
    st.none(), st.floats(0, 1), st.floats(), st.sampled_from([float("nan"), float("inf")])
)
numbers = st.one_of(st.floats(0, 1e12), st.floats())
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)

samples = st.builds(
    Sample,
    uptime_s=numbers,
    cpu_ratio=st.floats(),
    mem_ratio=st.floats(),
    load_1m=numbers,
    cores=st.integers(0, 1000),
    iowait_ratio=ratios,
    swap_ratio=ratios,
    mem_total_bytes=st.integers(0, 1 << 60),
    disk_read_bytes_s=ratios,
    disk_busy_ratio=ratios,
    net_in_bytes_s=st.one_of(st.none(), numbers),
    pressure_io_ratio=ratios,
    processes=st.integers(0, 1 << 40),
    disk_used_ratio=ratios,
    disk_used_mount=texts,
)
any_frames = st.builds(
    Frame,
    host=texts.map(HostName),
    link=st.sampled_from(LinkState),
    at=times,
    sample=st.one_of(st.none(), samples),
    cpu_trend=st.lists(st.floats(), max_size=60).map(tuple),
    why=texts,
    retry_at=st.one_of(st.none(), times),
)
any_cards = st.builds(
    Card,
    id=texts.map(CardId),
    title=texts,
    kind=st.sampled_from(CardKind),
    column=st.sampled_from(Column),
    rank=st.floats(0, 10),
    rev=st.integers(1, 9),
    created_at=times,
    moved_at=times,
    text=texts,
    assignee=texts,
    labels=st.lists(texts, max_size=3).map(tuple),
    blocked=texts,
    comments=st.lists(st.builds(Comment, at=times, actor=texts, text=texts), max_size=2).map(tuple),
)
any_causes = st.builds(
    Cause,
    line=st.integers(1, 10**9),
    text=texts,
    score=st.floats(0, 1),
    why=st.lists(texts, max_size=3).map(tuple),
    first=st.integers(1, 99),
    last=st.integers(1, 99),
)
any_incidents = st.builds(
    Incident,
    id=texts.map(IncidentId),
    fingerprint=texts,
    title=texts,
    state=st.sampled_from(IncidentState),
    opened_at=times,
    last_at=times,
    count=st.integers(1, 10**6),
    run_id=st.one_of(st.none(), texts.map(RunId)),
    job_id=st.one_of(st.none(), texts.map(JobId)),
    host=texts,
    causes=st.lists(any_causes, max_size=4).map(tuple),
    acknowledged_by=texts,
    why=texts,
)
any_statuses = st.builds(
    ServiceStatus,
    name=texts.map(ServiceName),
    live=st.one_of(st.none(), st.sampled_from(Colour)),
    servers=st.lists(
        st.builds(
            ServerHealth,
            host=texts.map(HostName),
            colour=st.sampled_from(Colour),
            is_healthy=st.one_of(st.none(), st.booleans()),
            version=texts,
            latency_ms=ratios,
            why=texts,
            at=st.one_of(st.none(), times),
        ),
        max_size=5,
    ).map(tuple),
    balancers=st.lists(
        st.builds(
            Balancer,
            host=texts.map(HostName),
            serves=st.one_of(st.none(), st.sampled_from(Colour)),
            in_flight=st.dictionaries(st.sampled_from(["blue", "green"]), st.integers(0, 10**9)),
            requests_per_s=st.dictionaries(st.sampled_from(["blue", "green"]), st.floats()),
            error_ratio=ratios,
            last_answer_at=st.dictionaries(st.sampled_from(["blue", "green"]), times),
            why=texts,
        ),
        max_size=4,
    ).map(tuple),
    warm_until=st.one_of(st.none(), times),
    watching_until=st.one_of(st.none(), times),
    digests=st.dictionaries(st.sampled_from(["blue", "green"]), texts),
    versions=st.dictionaries(st.sampled_from(["blue", "green"]), texts),
    observed_at=st.one_of(st.none(), times),
)
any_flips = st.builds(
    Flip,
    id=texts.map(FlipId),
    service=texts.map(ServiceName),
    from_colour=st.sampled_from(Colour),
    to_colour=st.sampled_from(Colour),
    state=st.sampled_from(FlipState),
    actor=texts,
    why=texts,
    fence=st.integers(0, 99),
    asked_at=times,
    error=texts,
    steps=st.lists(
        st.builds(FlipStep, at=times, what=texts, is_done=st.booleans(), ms=st.floats()),
        max_size=4,
    ).map(tuple),
)


@st.composite
def any_views(draw: st.DrawFn) -> RunView:
    name = draw(texts)
    made = Plan(
        name,
        tuple(
            Stage(
                draw(texts),
                draw(st.sampled_from(StageKind)),
                tuple(Job(draw(texts), RunCommand("true")) for _ in range(draw(st.integers(0, 3)))),
            )
            for _ in range(draw(st.integers(0, 4)))
        ),
        draw(st.one_of(st.none(), st.builds(Commit, texts, texts, texts))),
    )
    run_id = RunId(draw(texts))
    jobs = {
        i: JobRun(
            run_id,
            i,
            draw(st.sampled_from(State)),
            started_at=draw(st.one_of(st.none(), times)),
            ended_at=draw(st.one_of(st.none(), times)),
            why=draw(texts),
            figures=draw(st.dictionaries(st.sampled_from(["tps", "mean_ms", "x"]), json_values)),
        )
        for i in made.job_ids
        if draw(st.booleans())
    }
    gates = tuple(
        Gate(
            run_id,
            i,
            draw(st.sampled_from(State)),
            draw(times),
            draw(texts),
            draw(st.dictionaries(texts, json_values, max_size=3)),
        )
        for i in made.job_ids[:1]
    )
    return RunView(
        Run(
            run_id,
            draw(st.integers(1, 10**7)),
            made,
            draw(st.sampled_from(State)),
            draw(times),
            draw(texts),
            why=draw(texts),
            why_waiting=draw(texts),
            started_at=draw(st.one_of(st.none(), times)),
        ),
        jobs,
        gates,
    )


any_overviews = st.builds(
    Overview,
    at=st.just(NOW),
    version=st.integers(0, 9),
    workspace=st.one_of(st.none(), st.builds(workspace)),
    mistakes=st.lists(
        st.builds(Mistake, texts, st.integers(1, 9), st.integers(1, 9), texts), max_size=2
    ).map(tuple),
    worker=st.one_of(
        st.none(),
        st.builds(
            Worker,
            texts.map(WorkerId),
            texts,
            st.integers(1, 9),
            texts,
            st.sampled_from(WorkerState),
            times,
            times,
        ),
    ),
    runs=st.lists(any_views(), max_size=3).map(tuple),
    services=st.lists(any_statuses, max_size=3).map(lambda s: {x.name: x for x in s}),
    flips=st.lists(any_flips, max_size=2).map(tuple),
    cards=st.lists(any_cards, max_size=5).map(tuple),
    frames=st.lists(any_frames, max_size=5).map(lambda f: {x.host: x for x in f}),
    incidents=st.lists(any_incidents, max_size=3).map(tuple),
)
widths = st.integers(20, 220)
