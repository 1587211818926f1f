from __future__ import annotations

from pathlib import Path

import pytest
from support.sshd import embedded

from devops_tui.domain.audit import CommandRecord
from devops_tui.domain.errors import CommandTimedOut, HostError, NotFound
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import THIS_MACHINE, HostName
from devops_tui.transports.jobctl import DEFAULT_SPOOL, JobctlRunner
from devops_tui.transports.links import JobctlRunners, SshLinks
from devops_tui.transports.local import LocalTransport
from devops_tui.transports.masker import Masker
from devops_tui.transports.recorded import RecordedTransport
from devops_tui.transports.ssh import SshTransport

WEB1, WEB2, HERE = HostName("web1"), HostName("web2"), HostName("here")


def hosts(*all_hosts: Host) -> dict[str, Host]:
    return {host.name: host for host in all_hosts}


def test_one_transport_for_each_host() -> None:
    links = SshLinks(hosts(Host(WEB1, "a"), Host(WEB2, "b"), Host(HERE, is_local=True)))
    assert isinstance(links.to(WEB1), SshTransport)
    assert links.to(WEB1) is links.to(WEB1)
    assert links.to(WEB1) is not links.to(WEB2)
    assert isinstance(links.to(HERE), LocalTransport)
    assert links.to(HERE).host == HERE
    assert isinstance(links.to(THIS_MACHINE), LocalTransport)


def test_a_host_that_the_workspace_does_not_have() -> None:
    with pytest.raises(NotFound, match=r"no host web2\. There are: web1"):
        SshLinks(hosts(Host(WEB1, "a"))).to(WEB2)
    with pytest.raises(NotFound, match="no host gone"):
        SshLinks(hosts(Host(WEB1, "a", via="gone"))).to(WEB1)


def test_hosts_that_jump_in_a_circle() -> None:
    links = SshLinks(hosts(Host(WEB1, "a", via="web2"), Host(WEB2, "b", via="web1")))
    with pytest.raises(HostError, match="jumps over itself"):
        links.to(WEB1)
    with pytest.raises(HostError, match="jumps over itself"):
        SshLinks(hosts(Host(WEB1, "a", via="web1"))).to(WEB1)


async def test_a_jump_shares_the_link_of_its_host(tmp_path: Path) -> None:
    async with embedded(tmp_path / "jump") as jump, embedded(tmp_path / "behind") as behind:
        links = SshLinks(hosts(jump.host("jump"), behind.host("behind", via="jump")))
        assert (await links.to(HostName("behind")).run("echo over")).stdout == b"over\n"
        assert (await links.to(HostName("jump")).run("echo jump")).stdout == b"jump\n"
        await links.close()


async def test_every_command_is_told(tmp_path: Path) -> None:
    told: list[CommandRecord] = []
    source = tmp_path / "source"
    source.write_text("x")
    links = SshLinks({}, on_command=told.append, mask=Masker(["hunter2"]).mask)
    here = links.to(THIS_MACHINE)
    await here.connect()
    await here.run("\n\n  echo hunter2; exit 3\necho second line")
    await here.put(source, str(tmp_path / "target"))
    session = await here.session("# hello\nexit 0", lambda _: None)
    await session.wait_closed()
    with pytest.raises(CommandTimedOut):
        await here.run("sleep 9", timeout_s=0.1)
    await links.close()
    assert [(record.command, record.exit_code) for record in told] == [
        ("echo ***; exit 3", 3),
        (f"put source {tmp_path}/target", 0),
        ("# hello", None),
        ("sleep 9", None),
    ]
    assert {record.host for record in told} == {THIS_MACHINE}
    assert all(record.at.tzinfo is not None for record in told)
    assert told[-1].duration_s >= 0.1


async def test_a_task_is_told_once_and_without_secrets(tmp_path: Path) -> None:
    told: list[CommandRecord] = []
    links = SshLinks({}, on_command=told.append)
    runners = JobctlRunners(links, tmp_path / "spool")
    runner = runners.on(THIS_MACHINE)
    assert runners.on(THIS_MACHINE) is runner
    await runner.start(
        "shop-1", "echo hunter2 it's\nmore", env={}, secrets={"T": "hunter2"}, folder=""
    )
    async for _ in runner.follow("shop-1", 0):
        continue
    await runner.stop("shop-1")
    await runner.clean("shop-1")
    runners.close()
    await links.close()
    assert [record.command for record in told] == [
        "# 'shop-1': \"echo *** it's\"",
        "# stop 'shop-1'",
        "# clean 'shop-1'",
    ]
    assert (tmp_path / "spool").is_dir()


def test_spools_of_other_hosts_lie_in_the_home_there(tmp_path: Path) -> None:
    links = SshLinks(hosts(Host(WEB1, "a")), on_command=lambda _: None)
    assert isinstance(links.to(WEB1), RecordedTransport)
    runner = JobctlRunners(links, tmp_path).on(WEB1)
    assert isinstance(runner, JobctlRunner)
    assert runner.spool == DEFAULT_SPOOL
    assert JobctlRunners(links, tmp_path).on(THIS_MACHINE).spool == str(tmp_path)
    with pytest.raises(NotFound):
        JobctlRunners(links, tmp_path).on(WEB2)
