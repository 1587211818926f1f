"""Every sample is a workspace that loads, with nothing to correct."""

from __future__ import annotations

from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.pipeline import Delivery
from devops_tui.domain.work import AskApproval

SAMPLES = Path(__file__).parents[2] / "sample_configs"
COMPLETE = sorted(p.name for p in SAMPLES.iterdir() if p.is_dir() and p.name != "broken")


def test_the_samples_are_the_ones_that_the_documents_name() -> None:
    assert set(COMPLETE) == {
        "minimal",
        "one-vm-nginx",
        "two-haproxies-six-hosts",
        "staging-and-production",
        "kubernetes-and-aws",
        "infrastructure-tools",
        "connected-tools",
    }


@pytest.mark.parametrize("name", COMPLETE)
def test_a_sample_loads(name: str) -> None:
    workspace = load(SAMPLES / name)
    assert workspace.name
    assert (SAMPLES / name / "devops.yaml").read_text(encoding="utf-8").startswith("# ")


def test_two_balancers_and_six_hosts() -> None:
    workspace = load(SAMPLES / "two-haproxies-six-hosts")
    shop = workspace.services["shop"]
    assert shop.switch is not None
    assert shop.switch.hosts == ("lb-1", "lb-2")
    assert sum(len(servers.hosts) for servers in shop.colours.values()) == 6


def test_one_machine_with_nginx_has_nothing_to_switch() -> None:
    workspace = load(SAMPLES / "one-vm-nginx")
    assert [s.switch for s in workspace.services.values()] == [None]


def test_staging_asks_nobody_and_production_asks() -> None:
    pipelines = load(SAMPLES / "staging-and-production").pipelines
    asks = {
        name: any(isinstance(j.work, AskApproval) for s in p.stages for j in s.jobs)
        for name, p in pipelines.items()
    }
    assert asks == {"staging": False, "production": True}
    assert pipelines["staging"].delivery is Delivery.AUTOMATIC


def test_clouds_say_that_they_are_contracts() -> None:
    services = load(SAMPLES / "kubernetes-and-aws").services
    switches = {n: s.switch for n, s in services.items() if s.switch is not None}
    kinds = {name: switch.kind for name, switch in switches.items()}
    assert kinds == {"shop": "kubernetes", "accounts": "alb", "mail": "route53"}
    assert {switch.abilities.tested_with for switch in switches.values()} == {"contract"}


def test_every_tool_shows_its_plan_before_a_person_is_asked() -> None:
    pipelines = load(SAMPLES / "infrastructure-tools").pipelines
    assert set(pipelines) >= {"terraform", "cloudformation", "ansible", "salt", "puppet", "chef"}
    for name, pipeline in pipelines.items():
        if name == "drift":
            continue
        *before, last = pipeline.stages
        assert before, name
        asks = [job for job in last.jobs if isinstance(job.work, AskApproval)]
        acts = [job for job in last.jobs if not isinstance(job.work, AskApproval)]
        assert len(asks) == 1, name
        assert all(job.needs for job in acts), name
