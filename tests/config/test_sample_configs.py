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
