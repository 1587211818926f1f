"""Commands for hosts by hand: what forbids them, and real answers of real sshds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.host_bench import HostBench, host_bench

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.fleet import Host
from devops_tui.domain.host_command import EXEC, JOB, HostCommand, grouped
from devops_tui.domain.ids import HostName
from devops_tui.domain.pipeline import ENDS, Pipeline, State
from devops_tui.domain.workspace import Environment, Workspace
from devops_tui.services import host_commands

WEB = tuple(HostName(f"web-{n}") for n in range(1, 4))
SPACE = Workspace(
    "shop",
    "/nowhere",
    hosts={name: Host(name) for name in WEB},
    environments={
        "production": Environment("production", WEB[:1], is_protected=True),
        "attic": Environment("attic", WEB[1:2], is_readonly=True),
    },
)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[HostBench]:
    async with host_bench(tmp_path, 3) as made:
        yield made


def test_a_command_survives_its_way_through_a_request() -> None:
    command = HostCommand(WEB, ("uname", "-s"), batch=2, goes_on=True, timeout_s=9.5)
    assert HostCommand.of(command.args()) == command
    with pytest.raises(ValueError, match="no hosts"):
        HostCommand.of({"hosts": "web-1"})


@pytest.mark.parametrize(
    ("command", "why", "armed", "says"),
    [
        (HostCommand((), ("id",)), "", (), "no host is meant"),
        (HostCommand(WEB[2:]), "", (), "no command is given"),
        (HostCommand(WEB[:1], ("id",)), " ", (), "production is protected"),
        (HostCommand(WEB[1:2], ("id",)), "", (), "attic is look-only"),
    ],
)
def test_what_forbids_it(command: HostCommand, why: str, armed: tuple[str, ...], says: str) -> None:
    with pytest.raises(Refused, match=says):
        host_commands.check(SPACE, command, why, armed)


def test_a_reason_and_an_armed_place_allow_it() -> None:
    host_commands.check(SPACE, HostCommand(WEB, ("id",)), "look", ("attic",))


def test_unknown_hosts_and_a_pipeline_of_that_name() -> None:
    with pytest.raises(NotFound, match="db-1"):
        host_commands.check(SPACE, HostCommand((HostName("db-1"),), ("id",)), "")
    taken = replace(SPACE, pipelines={EXEC: Pipeline(EXEC, None, ())})
    with pytest.raises(Refused, match="a pipeline is named"):
        host_commands.check(taken, HostCommand(WEB[2:], ("id",)), "")


@pytest.mark.real
async def test_equal_answers_stand_together_and_nothing_runs_twice(bench: HostBench) -> None:
    space = Workspace("shop", str(bench.folder), hosts={n: Host(n) for n in bench.names})
    script = 'echo x >> "$HOME/count"; case $DEVOPS_HOST in web-2) echo no >&2; exit 4 ;; esac'
    command = HostCommand(bench.names, script=f"{script}; echo yes", batch=1, goes_on=True)
    run = host_commands.start(bench.store, SystemClock(), space, command, "ann", "try")
    await bench.engine.submit(run.id)
    await bench.until(lambda: bench.store.run(run.id).state in ENDS)
    record = bench.store.job_run(run.id, JOB)
    outputs = {name: bench.log(run.id, JOB, name) for name in bench.names}
    failed, well = grouped(record, outputs)
    assert (failed.hosts, failed.exit_code, failed.output) == (("web-2",), 4, b"no\n")
    assert (well.hosts, well.state, well.output) == (("web-1", "web-3"), State.OK, b"yes\n")
    assert all(bench.times(name) == 1 for name in bench.names)
    assert [o.batch for o in record.hosts] == [1, 2, 3]


@pytest.mark.real
async def test_a_failure_stops_the_batches_behind_it_unless_told_so(bench: HostBench) -> None:
    space = Workspace("shop", str(bench.folder), hosts={n: Host(n) for n in bench.names})
    command = HostCommand(bench.names, ("false",), batch=1)
    run = host_commands.start(bench.store, SystemClock(), space, command, "ann")
    await bench.engine.submit(run.id)
    await bench.until(lambda: bench.store.run(run.id).state in ENDS)
    states = [o.state for o in bench.store.job_run(run.id, JOB).hosts]
    assert states[0] is State.FAILED
    assert State.OK not in states
    assert State.FAILED not in states[1:]
