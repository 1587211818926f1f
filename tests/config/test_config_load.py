"""A whole workspace: what each part becomes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.board import BoardRules, Column, WipLimit
from devops_tui.domain.fleet import Host, Scope
from devops_tui.domain.ids import THIS_MACHINE, HostName, ServiceName
from devops_tui.domain.pipeline import Delivery, Job, Source, StageKind
from devops_tui.domain.report import LoadFormat
from devops_tui.domain.team import Member, Role
from devops_tui.domain.traffic import Colour, HaproxyConfig
from devops_tui.domain.work import (
    AskApproval,
    BringUp,
    FlipTraffic,
    LoadGate,
    LoadResults,
    MeasureLoad,
    RunCommand,
    WatchHealth,
)
from devops_tui.domain.workspace import Environment, Workspace

Loaded = Callable[[str], Workspace]
Mistakes = Callable[[str], list[str]]
EXAMPLE = (Path(__file__).parent / "cases" / "example.yaml").read_text(encoding="utf-8")
STAGING = "hosts:\n  stage-1: {groups: staging}\n"


@pytest.fixture
def example(tmp_path: Path, loaded: Loaded) -> Workspace:
    (tmp_path / "hosts.d").mkdir()
    (tmp_path / "hosts.d" / "a.yaml").write_text(STAGING)
    return loaded(EXAMPLE)


def test_the_smallest_workspace(loaded: Loaded, tmp_path: Path) -> None:
    workspace = loaded("name: shop")
    assert workspace.name == "shop"
    assert workspace.folder == str(tmp_path)
    assert workspace.board == BoardRules()
    assert workspace.hosts == {"local": Host(THIS_MACHINE, is_local=True)}
    assert workspace.team.roles_of("anybody") == frozenset(Role)


def test_empty_sections_are_no_mistake(loaded: Loaded) -> None:
    text = "name: a\nteam:\nboard:\nhosts:\nenvironments:\nservices:\npipelines:\ninclude:\n"
    assert loaded(text).pipelines == {}


def test_team_and_board(example: Workspace, loaded: Loaded) -> None:
    assert example.team.members[1] == Member("jun", (Role.SCRUM_MASTER, Role.MEMBER))
    assert example.team.head_count == 2
    assert example.board.limit(Column.PLANNED, example.team) == 4
    assert example.board.limit(Column.IN_WORK, example.team) == 2
    board = loaded("name: a\nboard: {prefix: AB1, planned: 7, in_work: none, limits: soft}").board
    assert board == BoardRules("AB1", WipLimit(cards=7), WipLimit(), is_hard=False)


def test_hosts_of_all_files(example: Workspace) -> None:
    assert list(example.hosts) == ["bastion", "lb-1", "web-1", "web-2", "stage-1", "local"]
    assert example.hosts["web-1"].via == "bastion"
    assert example.environments["staging"] == Environment("staging", (HostName("stage-1"),))
    assert example.environments["production"].hosts == ("web-1", "web-2", "lb-1")


def test_a_host_with_everything(loaded: Loaded, tmp_path: Path) -> None:
    text = (
        "name: a\nhosts:\n  h: {address: '::1', port: 2222, user: u, identity: keys/id, "
        "known_hosts: ~/k, groups: g, scope: tree}\n  b:\n"
    )
    assert loaded(text).hosts["h"] == Host(
        name=HostName("h"),
        address="::1",
        port=2222,
        user="u",
        identity=str(tmp_path / "keys/id"),
        known_hosts=str(Path.home() / "k"),
        groups=("g",),
        scope=Scope.TREE,
        origin="devops.yaml:3",
    )
    assert loaded(text).hosts["b"] == Host(HostName("b"), origin="devops.yaml:4")


@pytest.mark.parametrize(
    ("hosts", "names"),
    [
        ("{local: false}", []),
        ("{local: false, a: }", ["a"]),
        ("{local: {groups: [x]}, a: }", ["local", "a"]),
        ("{laptop: {local: true}}", ["laptop"]),
        ("{a: }", ["a", "local"]),
    ],
)
def test_this_machine(hosts: str, names: list[str], loaded: Loaded) -> None:
    workspace = loaded(f"name: a\nhosts: {hosts}")
    assert list(workspace.hosts) == names
    assert [n for n in names if workspace.hosts[n].is_local] == [
        n for n in names if n in ("local", "laptop")
    ]


def test_a_service(example: Workspace, loaded: Loaded) -> None:
    shop = example.services["shop"]
    assert shop.environment == "production"
    assert shop.colours[Colour.GREEN].hosts == ("web-2",)
    assert isinstance(shop.switch, HaproxyConfig)
    assert (shop.switch.hosts, shop.switch.key, shop.switch.port) == (("lb-1",), "shop", 80)
    assert (shop.bake_s, shop.keep_warm_s, shop.drain_s) == (600.0, 7200.0, 30.0)
    text = (
        "name: a\nhosts: {x: , y: }\nenvironments: {e: }\nservices:\n  s:\n    environment: e\n"
        "    colours: {blue: {hosts: [x, y], port: 1, ports: {y: 2}}}\n    keep_warm: 0s\n"
    )
    service = loaded(text).services["s"]
    assert service.colours[Colour.BLUE].port_of(HostName("y")) == 2
    assert service.switch is None
    assert service.keep_warm_s == 0.0


def test_the_stages_of_the_example(example: Workspace) -> None:
    pipeline = example.pipelines["shop"]
    assert pipeline.delivery is Delivery.APPROVED
    assert pipeline.source == Source("git@git.example.com:shop.git", "main", 60.0)
    names = [(s.kind, s.name, [j.name for j in s.jobs]) for s in pipeline.stages]
    assert names == [
        (StageKind.CODE, "code", ["code"]),
        (StageKind.BUILD, "build", ["build"]),
        (StageKind.TEST, "test", ["unit", "integration", "load"]),
        (StageKind.RELEASE, "release", ["approve", "flip", "bake"]),
        (StageKind.MONITOR, "monitor", ["monitor"]),
    ]
    assert pipeline.stages[1].jobs[0].artifacts == ("dist/*.whl",)
    assert pipeline.stages[2].jobs[1] == Job(
        "integration", RunCommand("make integration"), ("unit",), timeout_s=600.0, retries=1
    )
    approve, flip, bake = pipeline.stages[3].jobs
    assert isinstance(approve.work, AskApproval)
    assert (flip.work, flip.needs) == (FlipTraffic(ServiceName("shop")), ("approve",))
    assert (bake.work, bake.needs) == (WatchHealth(ServiceName("shop"), 600.0), ("flip",))
    assert bake.timeout_s > 600.0
    assert approve.timeout_s > approve.work.expires_s
    assert pipeline.stages[4].jobs[0].work == WatchHealth(ServiceName("shop"), 600.0)


def test_automatic_delivery_asks_nobody(tmp_path: Path, loaded: Loaded) -> None:
    (tmp_path / "hosts.d").mkdir()
    (tmp_path / "hosts.d" / "a.yaml").write_text(STAGING)
    pipeline = loaded(EXAMPLE.replace("delivery: approved", "delivery: automatic")).pipelines[
        "shop"
    ]
    assert pipeline.delivery is Delivery.AUTOMATIC
    assert [(j.name, j.needs) for j in pipeline.stages[3].jobs] == [
        ("flip", ()),
        ("bake", ("flip",)),
    ]


def test_what_later_versions_know_is_refused_by_name(tmp_path: Path, mistakes: Mistakes) -> None:
    (tmp_path / "hosts.d").mkdir()
    (tmp_path / "hosts.d" / "a.yaml").write_text(STAGING)
    text = re.sub(r"\} # later: , (.*)", r", \1}", EXAMPLE)
    text = re.sub(r"\} # later: (.*)", r", \1}", text)
    text = re.sub(r"# later: ", "", text)
    said = mistakes(text)
    assert [line.split(": ")[2].partition(";")[0] for line in said] == [
        *("terraform", "batches", "watch")
    ]
    assert all(": not supported yet: " in line for line in said)


STAGES = (
    "name: a\nhosts: {w-1: {groups: w}, w-2: {groups: w}, b: }\npipelines:\n  p:\n    stages:\n"
)


def job_of(loaded: Loaded, stage: str) -> Job:
    (found,) = loaded(f"{STAGES}      - {stage}").pipelines["p"].stages[0].jobs
    return found


def test_reports_and_results(loaded: Loaded) -> None:
    gate = '{p99: "<= 90ms", slower: "<= 10%", more_errors: "<= 0.5%", errors: "<= 2%"}'
    job = job_of(
        loaded, f"test: {{run: make, reports: ['*.xml'], results: {{wrk: w.txt}}, gate: {gate}}}"
    )
    assert job.reports == ("*.xml",)
    expected = LoadGate(
        max_error_ratio=0.02, max_p99_ms=90.0, max_slower_ratio=0.1, max_more_errors=0.005
    )
    assert job.results == LoadResults(LoadFormat.WRK, "w.txt", expected)
    assert job_of(loaded, "test: {run: a, results: {hey: h}}").results == LoadResults(
        LoadFormat.HEY, "h"
    )


def test_load_tools_are_started_and_their_results_read(loaded: Loaded) -> None:
    job = job_of(loaded, "test: {jmeter: 'a b.jmx', args: [-Jx=1], gate: {tps: '>= 5'}}")
    assert isinstance(job.work, RunCommand)
    assert job.work.program == "jmeter"
    first, second, third = job.work.script.splitlines()
    assert first.startswith("command -v jmeter ")
    assert second == "rm -f results.jtl"
    assert third == "jmeter -n -t 'a b.jmx' -l results.jtl -j jmeter.log -Jx=1"
    assert job.results == LoadResults(LoadFormat.JTL, "results.jtl", LoadGate(min_tps=5.0))
    job = job_of(loaded, "test: {k6: s.js, args: [--vus, '4']}")
    assert isinstance(job.work, RunCommand)
    assert job.work.script.splitlines()[2] == (
        "k6 run --quiet --summary-trend-stats 'avg,min,med,max,p(90),p(95),p(99)' "
        "--summary-export results.json --vus 4 s.js"
    )
    assert job.results == LoadResults(LoadFormat.K6, "results.json")


def test_a_script_with_everything(loaded: Loaded, tmp_path: Path) -> None:
    job = job_of(
        loaded,
        "test: {run: a, hosts: [w, b, w-1], env: {A: 1, B: x, C: ''}, always: true, "
        "idempotent: true, secrets: {S: 'file:keys/s', T: {cmd: [pass, t]}, U: 'env:U'}}",
    )
    assert job == Job(
        name="test",
        work=RunCommand(
            script="a",
            hosts=(HostName("w-1"), HostName("w-2"), HostName("b")),
            env={"A": "1", "B": "x", "C": ""},
            secrets={"S": f"file:{tmp_path}/keys/s", "T": 'cmd:["pass", "t"]', "U": "env:U"},
        ),
        always=True,
        is_idempotent=True,
    )


def test_a_job_may_be_called_load(loaded: Loaded) -> None:
    job = job_of(
        loaded,
        'test: {load: {start: serve, path: /x, duration: 2s, connections: 3, gate: {tps: ">= 50", '
        'mean: "<= 50ms", p95: "<= 1s", errors: "<= 2%"}}}',
    )
    gate = LoadGate(50.0, 50.0, 1000.0, 0.02)
    assert job == Job("load", MeasureLoad("serve", "/x", 2.0, 3, gate))


def test_stages_of_a_kind_have_names_of_their_own(loaded: Loaded) -> None:
    text = f"{STAGES}      - test: {{run: a}}\n      - test-staging: {{smoke: {{run: b}}}}"
    first, second = loaded(text).pipelines["p"].stages
    assert (first.name, first.kind) == ("test", StageKind.TEST)
    assert (second.name, second.kind) == ("test-staging", StageKind.TEST)


def test_a_deployment_takes_what_a_stage_before_stores(tmp_path: Path) -> None:
    samples = Path(__file__).parents[2] / "sample_configs"
    workspace = load(samples / "two-haproxies-six-hosts")
    deploy = workspace.pipelines["shop"].stages[3].jobs[0]
    assert deploy.work == BringUp(ServiceName("shop"), "shop.pyz")


@pytest.mark.parametrize(
    ("git", "meant"),
    [("./shop", "{}/shop"), (".", "{}"), ("/srv/shop", "/srv/shop"), ("h:shop.git", "h:shop.git")],
)
def test_a_repository_near_the_workspace(
    git: str, meant: str, tmp_path: Path, loaded: Loaded
) -> None:
    text = f'name: a\npipelines: {{p: {{source: {{git: "{git}"}}, stages: [code: {{run: a}}]}}}}'
    source = loaded(text).pipelines["p"].source
    assert source is not None
    assert source.git == meant.format(tmp_path.resolve())


@pytest.mark.parametrize("url", ["https://me:hunter2@h/x.git", "ssh://me:hunter2@h/x"])
def test_a_password_in_a_url_is_refused_and_not_repeated(url: str, mistakes: Mistakes) -> None:
    said = mistakes(
        f"name: a\npipelines: {{p: {{source: {{git: '{url}'}}, stages: [code: {{run: a}}]}}}}"
    )
    assert len(said) == 1
    assert "the URL holds a password" in said[0]
    assert "hunter2" not in said[0]


def test_mistakes_of_an_included_file_bear_its_name(tmp_path: Path, mistakes: Mistakes) -> None:
    (tmp_path / "b.yaml").write_text("hosts:\n  a:\n  c: {prot: 1}\nteam: []\n")
    assert mistakes("name: x\nhosts: {a: }\ninclude: [b.yaml]\nenvironments: {e: {hosts: d}}") == [
        f"b.yaml:2:3: duplicate key `a`, first at {tmp_path}/devops.yaml:2:9; keep one of the two",
        "b.yaml:3:7: unknown key `prot`; did you mean `port`?",
        "b.yaml:4:1: unknown key `team`; there are: environments, hosts, pipelines, services",
        "devops.yaml:4:27: unknown host or group `d`; there are: a, c, local",
    ]


def test_a_broken_included_file_makes_nothing_else_unknown(
    tmp_path: Path, mistakes: Mistakes
) -> None:
    (tmp_path / "b.yaml").write_text("hosts: [")
    said = mistakes("name: x\ninclude: [b.yaml]\nenvironments: {e: {hosts: d, prot: 1}}")
    assert [line.split(":")[0] for line in said] == ["b.yaml", "devops.yaml"]
    assert "broken YAML" in said[0]
    assert "unknown key `prot`" in said[1]


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path, mistakes: Mistakes) -> None:
    (tmp_path / "b.yaml").mkdir()
    assert mistakes("name: x\ninclude: [b.yaml]")[0].startswith("b.yaml:1:1: cannot be read: not a")
