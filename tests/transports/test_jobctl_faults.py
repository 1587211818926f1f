"""Detached commands when clients die, links break and disks fill."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from support import job_client
from support.cuttable import Cuttable, cuttable
from support.sshd import SshServer, embedded, openssh

from devops_tui.domain.errors import CommandFailed, HostError, HostUnreachable
from devops_tui.ports.transport import TaskStatus
from devops_tui.transports.jobctl import JobctlRunner
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.local import LocalTransport
from devops_tui.transports.ssh import SshTransport

QUICK = LinkLimits(connect_s=1, login_s=5, keepalive_s=0.2, keepalive_misses=2, retry_s=0.05)


SHELL_TOOLS = ("cat", "dd", "head", "ls", "ln", "mkdir", "mv", "rm", "rmdir", "sh", "sleep", "wc")


@asynccontextmanager
async def cut_off(
    tmp_path: Path, patience_s: float = 20.0
) -> AsyncIterator[tuple[Cuttable, JobctlRunner]]:
    async with embedded(tmp_path / "server") as server, cuttable(server.port) as proxy:
        server.vouch(proxy.port)
        transport = SshTransport(replace(server, port=proxy.port).host(), limits=QUICK)
        yield proxy, JobctlRunner(transport, str(tmp_path / "spool"), patience_s=patience_s)
        await transport.close()


async def output(runner: JobctlRunner, task_id: str, offset: int = 0) -> bytes:
    async with asyncio.timeout(60):
        return b"".join([chunk async for chunk in runner.follow(task_id, offset)])


def client(server: SshServer, spool: Path, task_id: str, script: str) -> subprocess.Popen[bytes]:
    """A process of its own that starts the task and follows it."""
    where = [str(server.port), getpass.getuser(), str(server.identity), str(server.known_hosts)]
    process = subprocess.Popen(
        [sys.executable, job_client.__file__, *where, str(spool), task_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(script.encode())
    process.stdin.close()
    return process


@pytest.mark.real
async def test_a_killed_client_changes_nothing(tmp_path: Path) -> None:
    count, spool = tmp_path / "count", tmp_path / "spool"
    gate = tmp_path / "gate"
    wait = f"until [ -e {gate} ]; do sleep 0.1; done"
    script = f"echo x >>{count}; echo 1; {wait}; seq 2 8; exit 9"
    with openssh(tmp_path / "server") as server:
        seen = b""
        for _ in range(2):  # killed, started again by the same id, killed again
            process = client(server, spool, "kept", script)
            assert process.stdout is not None
            seen = await asyncio.to_thread(process.stdout.readline)
            process.kill()
            process.wait()
            process.stdout.close()
            assert seen == b"1\n"
        transport = SshTransport(server.host())
        runner = JobctlRunner(transport, str(spool))
        status = await runner.start("kept", script, env={}, secrets={}, folder="")
        assert status.state == "running"
        gate.touch()
        rest = await output(runner, "kept", len(seen))
        assert seen + rest == b"1\n2\n3\n4\n5\n6\n7\n8\n"
        assert seen + rest == (spool / "kept" / "output").read_bytes()
        assert await runner.status("kept") == TaskStatus("done", 9, 16)
        assert count.read_text() == "x\n"
        await transport.close()


async def test_a_cut_link_does_not_cut_the_log(tmp_path: Path) -> None:
    script = "n=0; while [ $n -lt 30 ]; do n=$((n+1)); seq 1 5000; sleep 0.05; done"
    followed = b""
    cuts = 0
    async with cut_off(tmp_path) as (proxy, runner):
        await runner.start("long", script, env={}, secrets={}, folder="")
        async for chunk in runner.follow("long", 0):
            followed += chunk
            if len(followed) > 150_000 * (cuts + 1) and cuts < 4:
                cuts += 1
                proxy.cut()
        assert (await runner.status("long")).exit_code == 0
        assert cuts == 4
        assert proxy.links == 5
    assert followed == (tmp_path / "spool/long/output").read_bytes()


async def test_a_held_link_is_replaced(tmp_path: Path) -> None:
    async with cut_off(tmp_path) as (proxy, runner):
        await runner.start("held", "echo a; sleep 1; echo b", env={}, secrets={}, folder="")
        followed = b""
        async for chunk in runner.follow("held", 0):
            followed += chunk
            if proxy.links == 1:
                proxy.hold()
                asyncio.get_running_loop().call_later(0.8, proxy.let_go)
        assert followed == b"a\nb\n"
        assert proxy.links == 2


async def test_a_cut_while_starting_starts_once(tmp_path: Path) -> None:
    count = tmp_path / "count"
    async with cut_off(tmp_path) as (proxy, runner):
        await runner.status("warm")
        for number in range(8):
            starting = asyncio.create_task(
                runner.start(f"n{number}", f"echo x >>{count}", env={}, secrets={}, folder="")
            )
            await asyncio.wait([starting], timeout=0.004 * number)
            proxy.cut()
            assert (await starting).state in {"running", "done"}
            await output(runner, f"n{number}")
    assert count.read_text() == "x\n" * 8


async def test_patience_ends(tmp_path: Path) -> None:
    async with cut_off(tmp_path, patience_s=0.3) as (proxy, runner):
        await runner.start("alone", "echo a; sleep 3", env={}, secrets={}, folder="")
        followed: list[bytes] = []
        with pytest.raises(HostUnreachable):
            async for chunk in runner.follow("alone", 0):
                followed.append(chunk)
                proxy.drop_next(1000)
                proxy.cut()
        assert followed == [b"a\n"]
        with pytest.raises(HostUnreachable):
            await runner.start("other", "true", env={}, secrets={}, folder="")
        proxy.drop_next(0)
        assert (await runner.status("other")).state == "none"
        await runner.stop("alone")


async def test_a_wall_is_not_waited_for(tmp_path: Path) -> None:
    async with embedded(tmp_path / "server") as server:
        transport = SshTransport(server.host(known_hosts=tmp_path / "none"))
        runner = JobctlRunner(transport, str(tmp_path / "spool"), patience_s=1000)
        async with asyncio.timeout(10):
            with pytest.raises(HostError):
                await output(runner, "x")
            with pytest.raises(HostError):
                await runner.start("x", "true", env={}, secrets={}, folder="")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KB; needs the right to mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    argv = [mount or "mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if mount is None or subprocess.run(argv, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_full_disk_keeps_the_verdict_and_cuts_the_log(small_disk: Path) -> None:
    transport = LocalTransport()
    runner = JobctlRunner(transport, str(small_disk))
    script = "trap '' XFSZ; yes 2>/dev/null | head -c 2000000; exit 5"
    await runner.start("full", script, env={}, secrets={}, folder="")
    followed = await output(runner, "full")
    assert 0 < len(followed) < 260_000
    status = await runner.status("full")
    assert (status.state, status.exit_code, status.size_bytes) == ("done", 5, len(followed))
    assert "full" in status.why
    with pytest.raises((CommandFailed, HostUnreachable)):
        runner_in_haste = JobctlRunner(transport, str(small_disk), patience_s=0)
        await runner_in_haste.start("next", "true", env={}, secrets={}, folder="")
    assert (await runner.status("next")).state == "none"
    await runner.clean("full")
    await runner.start("next", "exit 3", env={}, secrets={}, folder="")
    await output(runner, "next")
    assert (await runner.status("next")).exit_code == 3
    await transport.close()


async def test_a_host_without_setsid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in [
        "sh",
        "cat",
        "dd",
        "head",
        "ls",
        "ln",
        "mkdir",
        "mv",
        "rm",
        "rmdir",
        "sleep",
        "sync",
        "wc",
    ]:
        (folder / tool).symlink_to(shutil.which(tool) or os.devnull)
    monkeypatch.setenv("PATH", str(folder))
    transport = LocalTransport()
    runner = JobctlRunner(transport, str(tmp_path / "spool"))
    with pytest.raises(HostError, match="setsid"):
        await runner.start("x", "true", env={}, secrets={}, folder="")
    await transport.close()


async def test_a_worker_that_ends_does_not_end_its_commands(tmp_path: Path) -> None:
    done = tmp_path / "done"
    transport = LocalTransport()
    runner = JobctlRunner(transport, str(tmp_path / "spool"))
    await runner.start("local", f"sleep 0.5; touch {done}", env={}, secrets={}, folder="")
    following = asyncio.create_task(output(runner, "local"))
    await asyncio.wait([following], timeout=0.1)
    following.cancel()
    await transport.close()
    another = LocalTransport()
    assert await output(JobctlRunner(another, str(tmp_path / "spool")), "local") == b""
    assert done.exists()
    await another.close()
