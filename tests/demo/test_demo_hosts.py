"""The demo's SSH servers, asked by a real SSH client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from devops_tui.demo import processes
from devops_tui.demo.hosts import make_key
from devops_tui.demo.login import login
from devops_tui.demo.plan import LOOPBACK, MARK, WorldPlan
from devops_tui.domain.errors import CommandFailed


def connect(plan: WorldPlan, host: str = "web-1", **changes: Any) -> Any:
    options: dict[str, Any] = {
        "username": "operator",
        "client_keys": [str(plan.client_key)],
        "known_hosts": str(plan.known_hosts),
        "config": None,
        "agent_path": None,
    }
    return asyncssh.connect(LOOPBACK, plan.host_ports[host], **(options | changes))


async def test_runs_a_command_in_the_home_of_its_host(hosts: WorldPlan) -> None:
    async with login(hosts, "web-2") as there:
        said = await there.run('pwd; echo "$HOME"; echo "$DEMO_HOST"; printf "\\000\\377\\376"')
    home = str(hosts.home("web-2")).encode()
    assert said == home + b"\n" + home + b"\nweb-2\n\x00\xff\xfe"


async def test_a_failing_command_gives_its_exit_code(hosts: WorldPlan) -> None:
    async with login(hosts, "web-1") as there:
        with pytest.raises(CommandFailed) as caught:
            await there.run("echo broken >&2; exit 37")
    assert caught.value.exit_code == 37
    assert caught.value.hint == "broken"


async def test_a_signal_reaches_the_whole_process_group(hosts: WorldPlan) -> None:
    async with connect(hosts) as connection:
        process = await connection.create_process("sleep 600 & sleep 600; echo no", encoding=None)
        pids = await _wait_for_sleepers(hosts, 2)
        process.send_signal("TERM")
        ended = await process.wait()
    assert ended.exit_signal is not None
    assert ended.exit_signal[0] == "TERM"
    assert not any(p.is_alive for p in pids)


async def test_a_large_output_arrives_whole(hosts: WorldPlan) -> None:
    async with login(hosts, "web-1") as there:
        said = await there.run("head -c 3000000 /dev/zero | tr '\\0' x")
    assert said == b"x" * 3_000_000


async def test_a_large_input_arrives_whole(hosts: WorldPlan) -> None:
    async with connect(hosts) as connection:
        ended = await connection.run("wc -c", input=b"y" * 2_000_000, encoding=None)
    assert ended.stdout == b"2000000\n"


async def test_a_client_that_goes_away_does_not_kill_the_command(hosts: WorldPlan) -> None:
    done = hosts.home("web-1") / "went-on"
    go = hosts.home("web-1") / "go"
    async with connect(hosts) as connection:
        script = (
            f"while ! [ -e {go} ]; do sleep 0.05; done; echo yes > {done}.new; mv {done}.new {done}"
        )
        await connection.create_process(script, encoding=None)
    go.touch()
    assert await _until(done.exists)


async def test_a_detached_command_stays_below_its_host(hosts: WorldPlan) -> None:
    async with login(hosts, "web-1") as there:
        said = await there.run("setsid sleep 601 </dev/null >/dev/null 2>&1 & echo $!")
    detached = processes.process_of(int(said))
    assert detached is not None
    roots = [p.pid for p in processes.marked(MARK, str(hosts.folder)) if _is_host(p.pid, "web-1")]
    assert len(roots) == 1
    assert detached in processes.descendants(roots)
    assert processes.end([detached]) == ()
    assert await _until(lambda: processes.process_of(detached.pid) is None)  # reaped, no zombie


async def test_copies_files_relative_to_the_home(hosts: WorldPlan, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 1000)
    async with login(hosts, "web-2") as there:
        await there.put(source, "copied")
    assert (hosts.home("web-2") / "copied").read_bytes() == source.read_bytes()


async def test_reaches_ports_and_sockets_of_the_host(hosts: WorldPlan, tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"you said " + await reader.readline())
        writer.close()

    path = str(tmp_path / "s")
    on_port = await asyncio.start_server(answer, LOOPBACK, 0)
    on_path = await asyncio.start_unix_server(answer, path)
    port = on_port.sockets[0].getsockname()[1]
    async with on_port, on_path, connect(hosts) as connection:
        for opening in (
            connection.open_connection(LOOPBACK, port),
            connection.open_unix_connection(path),
        ):
            reader, writer = await opening
            writer.write(b"hello\n")
            assert await reader.read() == b"you said hello\n"


async def test_reaches_no_other_machine(hosts: WorldPlan) -> None:
    async with connect(hosts) as connection:
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("192.0.2.1", 80)


async def test_refuses_a_wrong_key_and_every_password(hosts: WorldPlan, tmp_path: Path) -> None:
    make_key(tmp_path / "stranger", "stranger")
    for changes in (
        {"client_keys": [str(tmp_path / "stranger")]},
        {"client_keys": None, "password": "secret"},
    ):
        with pytest.raises(asyncssh.PermissionDenied):
            async with connect(hosts, **changes):
                pass


async def test_each_host_shows_a_key_of_its_own(hosts: WorldPlan) -> None:
    keys = set()
    for name in hosts.host_ports:
        async with connect(hosts, name) as connection:
            keys.add(connection.get_server_host_key().get_fingerprint())
    assert len(keys) == 2
    swapped = hosts.known_hosts.read_text().splitlines()
    first, second = (line.split(maxsplit=1) for line in swapped)
    wrong = hosts.folder / "wrong_known_hosts"
    wrong.write_text(f"{first[0]} {second[1]}\n{second[0]} {first[1]}\n")
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        async with connect(hosts, known_hosts=str(wrong)):
            pass


def _is_host(pid: int, name: str) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().strip() == f"host {name}"


async def _until(is_true: Callable[[], bool]) -> bool:
    return await asyncio.to_thread(processes.wait_until, is_true, 40.0)


async def _wait_for_sleepers(plan: WorldPlan, count: int) -> tuple[processes.Process, ...]:
    def sleepers() -> tuple[processes.Process, ...]:
        marked = processes.marked(MARK, str(plan.folder))
        return tuple(
            p for p in marked if Path(f"/proc/{p.pid}/cmdline").read_bytes() == b"sleep\x00600\x00"
        )

    assert await _until(lambda: len(sleepers()) == count)
    return sleepers()
