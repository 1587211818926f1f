"""A world of hosts alone, made once for the tests that only need somewhere to log in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from devops_tui.demo import processes
from devops_tui.demo.hosts import known_hosts, make_key
from devops_tui.demo.plan import MARK, WorldPlan
from devops_tui.demo.ports import free_ports


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorldPlan]:
    folder = tmp_path_factory.mktemp("hosts")
    names = ("web-1", "web-2")
    plan = WorldPlan(
        folder=folder,
        door="embedded",
        door_port=0,
        host_ports=dict(zip(names, free_ports(len(names)), strict=True)),
        shop_ports={},
    )
    plan.client_key.parent.mkdir()
    make_key(plan.client_key, "operator")
    for name in names:
        plan.home(name).mkdir(parents=True)
        make_key(plan.host_key(name), name)
    pairs = [(port, plan.host_key(name)) for name, port in plan.host_ports.items()]
    plan.known_hosts.write_text(known_hosts(pairs))
    plan.touch_file.touch()
    plan.write()
    started = subprocess.run(
        [sys.executable, "-m", "devops_tui.demo.supervisor", str(folder)],
        env={**os.environ, MARK: str(folder)},
        capture_output=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr.decode()
    yield plan
    left = processes.end(processes.marked(MARK, str(folder)))
    assert left == ()
