"""Links that break, servers that are none, login shells that are no sh."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from support.cuttable import Cuttable, cuttable
from support.sshd import SshServer, embedded, free_port, openssh

from devops_tui.domain.errors import HostUnreachable, LoginRefused
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.transports import dial
from devops_tui.transports.destination import Destination
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.ssh import SshTransport

QUICK = LinkLimits(connect_s=1.0, login_s=1.0, keepalive_s=0.2, keepalive_misses=2, retry_s=0.05)


@asynccontextmanager
async def to(host: Host, limits: LinkLimits = QUICK) -> AsyncIterator[SshTransport]:
    transport = SshTransport(host, limits=limits, config_file=Path("/none"))
    try:
        yield transport
    finally:
        await transport.close()


@asynccontextmanager
async def cut_off(tmp_path: Path) -> AsyncIterator[tuple[Cuttable, SshServer]]:
    """A server that is reached through a proxy only."""
    async with embedded(tmp_path / "server") as server, cuttable(server.port) as proxy:
        server.vouch(proxy.port)
        yield proxy, replace(server, port=proxy.port)


def a_host(port: int, address: str = "127.0.0.1") -> Host:
    return Host(HostName("web1"), address, port, "me", known_hosts="/none")


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - the state is a file's or a server's, without an event
            await asyncio.sleep(0.01)


async def elapsed(started: float) -> float:
    return asyncio.get_running_loop().time() - started


async def test_nobody_listens() -> None:
    async with to(a_host(free_port())) as transport:
        with pytest.raises(HostUnreachable, match="refuses the connection"):
            await transport.run("true")


async def test_a_name_that_does_not_exist() -> None:
    async with to(a_host(22, "no-such-host.invalid")) as transport:
        with pytest.raises(HostUnreachable, match="cannot be resolved"):
            await transport.connect()


async def test_a_host_that_does_not_take_the_connection() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            async with to(a_host(port)) as transport:
                with pytest.raises(HostUnreachable, match="does not answer"):
                    await transport.connect()
        finally:
            for filler in fillers:
                filler.close()


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 9000])
async def test_a_server_that_does_not_speak_ssh_fails_in_time(greeting: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        async with to(a_host(server.sockets[0].getsockname()[1])) as transport:
            started = asyncio.get_running_loop().time()
            with pytest.raises(HostUnreachable):
                await transport.connect()
            assert await elapsed(started) < 10
        server.close()


async def test_a_busy_server_is_tried_again(tmp_path: Path) -> None:
    async with cut_off(tmp_path) as (proxy, server), to(server.host()) as transport:
        proxy.drop_next(3)
        assert (await transport.run("echo in")).stdout == b"in\n"
        assert proxy.links == 4


async def test_a_server_that_is_always_busy_is_given_up(tmp_path: Path) -> None:
    async with cut_off(tmp_path) as (proxy, server), to(server.host()) as transport:
        proxy.drop_next(100)
        with pytest.raises(HostUnreachable):
            await transport.run("true")
        assert proxy.links == QUICK.handshake_tries


async def test_all_who_ask_share_one_handshake(tmp_path: Path) -> None:
    async with cut_off(tmp_path) as (proxy, server), to(server.host()) as transport:
        await asyncio.gather(*(transport.run("true") for _ in range(20)))
        assert proxy.links == 1


async def test_a_link_that_breaks_leaves_the_end_unknown(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    async with cut_off(tmp_path) as (proxy, server), to(server.host()) as transport:
        running = asyncio.create_task(transport.run(f"echo begun; touch {mark}; sleep 20"))
        await until(mark.exists)
        proxy.cut()
        async with asyncio.timeout(20):
            completed = await running
        assert completed.exit_code is None
        assert completed.stdout in {b"", b"begun\n"}  # it may have been under way
        assert (await transport.run("echo again")).stdout == b"again\n"
        assert proxy.links == 2


async def test_a_session_hears_of_a_broken_link(tmp_path: Path) -> None:
    heard: list[bytes] = []
    async with cut_off(tmp_path) as (proxy, server), to(server.host()) as transport:
        session = await transport.session("echo begun; read -r x", heard.append)
        await until(lambda: heard == [b"begun\n"])
        proxy.cut()
        async with asyncio.timeout(20):
            assert await session.wait_closed() is None
        with pytest.raises(HostUnreachable):
            session.write(b"x\n")


async def test_a_held_link_is_found_by_keepalive(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    async with cut_off(tmp_path) as (proxy, server), to(server.host()) as transport:
        running = asyncio.create_task(transport.run(f"touch {mark}; sleep 20"))
        await until(mark.exists)
        proxy.hold()
        async with asyncio.timeout(20):
            assert (await running).exit_code is None
        proxy.let_go()
        assert (await transport.run("echo again")).stdout == b"again\n"


def partials(folder: Path) -> list[Path]:
    """What an upload that did not end left there."""
    return list(folder.glob(".target.*"))


async def test_an_upload_over_a_broken_link_leaves_the_target(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(bytes(30_000_000))
    target.write_text("as it was")
    async with cut_off(tmp_path) as (proxy, server), to(server.host()) as transport:
        await transport.connect()
        upload = asyncio.create_task(transport.put(source, str(target)))
        await until(lambda: any(path.stat().st_size for path in tmp_path.glob(".target.*")))
        proxy.cut()
        with pytest.raises(HostUnreachable):
            await upload
        assert target.read_text() == "as it was"
        await transport.put(source, str(target))
    assert target.read_bytes() == source.read_bytes()
    assert partials(tmp_path) == []


async def test_put_without_sftp(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "tar'get"
    source.write_bytes(bytes(range(256)) * 20_000)
    async with embedded(tmp_path / "server", has_sftp=False) as server, to(server.host()) as link:
        await link.put(source, str(target), 0o751)
    assert target.read_bytes() == source.read_bytes()
    assert target.stat().st_mode & 0o7777 == 0o751


async def test_handshakes_at_once_are_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = most = 0
    real = dial._handshake

    async def counted(*arguments: object) -> object:
        nonlocal now, most
        now += 1
        most = max(most, now)
        try:
            return await real(*arguments)  # type: ignore[arg-type]
        finally:
            now -= 1

    monkeypatch.setattr(dial, "_handshake", counted)
    async with embedded(tmp_path / "server") as server:
        transports = [SshTransport(server.host(f"web{n}"), limits=QUICK) for n in range(20)]
        await asyncio.gather(*(transport.connect() for transport in transports))
        for transport in transports:
            await transport.close()
    assert most == dial.AT_ONE_SERVER


async def test_handshakes_with_all_servers_are_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = most = 0

    async def counted(*_: object) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        for _turn in range(5):
            await asyncio.sleep(0)
        now -= 1

    monkeypatch.setattr(dial, "_handshake", counted)
    hosts = [Host(HostName(f"w{n}"), "127.0.0.1", 1000 + n, "any", "key") for n in range(30)]
    found = [Destination.of(replace(host, known_hosts=str(tmp_path / "k"))) for host in hosts]
    await asyncio.gather(*(dial.dial(destination, QUICK) for destination in found))
    assert most == dial.HANDSHAKES_AT_ONCE


@pytest.mark.real
@pytest.mark.parametrize("shell", ["fish", "csh", "tcsh", "zsh", "busybox sh"])
async def test_login_shells(tmp_path: Path, shell: str) -> None:
    if shutil.which(shell.split()[0]) is None:
        pytest.skip(f"needs {shell}")
    line = f'ForceCommand exec {shell} -c "$SSH_ORIGINAL_COMMAND"'
    with openssh(tmp_path, [line]) as server:
        async with to(server.host()) as transport:
            script = "a='$HOME !x `id`'; printf '%s\\n' \"$a\"; cat; exit 3"
            completed = await transport.run(script, stdin=b"in\xffput")
            assert (completed.exit_code, completed.stdout) == (3, b"$HOME !x `id`\nin\xffput")


@pytest.mark.real
async def test_noise_around_the_command_is_cut_out(tmp_path: Path) -> None:
    line = (
        'ForceCommand echo Welcome; echo warning >&2; sh -c "$SSH_ORIGINAL_COMMAND"; '
        "code=$?; echo Bye; echo gone >&2; exit $code"
    )
    with openssh(tmp_path, [line]) as server:
        async with to(server.host()) as transport:
            completed = await transport.run("echo out; echo err >&2; exit 4")
            assert (completed.exit_code, completed.stdout, completed.stderr) == (
                4,
                b"out\n",
                b"err\n",
            )
            completed = await transport.run("cat", stdin=b"x" * 100_000)
            assert completed.stdout == b"x" * 100_000


@pytest.mark.real
async def test_an_account_without_a_shell(tmp_path: Path) -> None:
    line = "ForceCommand echo This account is not available; exit 1"
    with openssh(tmp_path, [line]) as server:
        async with to(server.host()) as transport:
            with pytest.raises(LoginRefused, match="This account is not available"):
                await transport.run("true")
            session = await transport.session("true", lambda _: None)
            with pytest.raises(LoginRefused):
                await session.wait_closed()


@pytest.mark.real
async def test_an_account_that_talks_without_end_is_given_up(tmp_path: Path) -> None:
    with openssh(tmp_path, ["ForceCommand exec yes"]) as server:
        async with to(server.host()) as transport, asyncio.timeout(30):
            with pytest.raises(LoginRefused, match="did not run") as told:
                await transport.run("true")
            assert "goes on" in told.value.hint
            session = await transport.session("true", lambda _: None)
            with pytest.raises(LoginRefused):
                await session.wait_closed()


@pytest.mark.real
async def test_max_sessions(tmp_path: Path) -> None:
    with openssh(tmp_path, ["MaxSessions 2"]) as server:
        async with to(server.host(), replace(QUICK, sessions=2)) as transport:
            await asyncio.gather(*(transport.run("true") for _ in range(10)))
        async with to(server.host(), replace(QUICK, sessions=8)) as transport:
            outcomes = await asyncio.gather(
                *(transport.run("sleep 2") for _ in range(8)), return_exceptions=True
            )
            refused = [one for one in outcomes if isinstance(one, BaseException)]
            assert refused
            assert {type(one) for one in refused} == {HostUnreachable}
            assert "MaxSessions" in str(refused[0])


@pytest.mark.real
async def test_max_startups(tmp_path: Path) -> None:
    with openssh(tmp_path, ["MaxStartups 1:90:2"]) as server:
        patient = replace(QUICK, handshake_tries=8, retry_s=0.2, login_s=10)
        transports = [SshTransport(server.host(f"web{n}"), limits=patient) for n in range(6)]
        outcomes = await asyncio.gather(*(one.run("echo in") for one in transports))
        assert [outcome.stdout for outcome in outcomes] == [b"in\n"] * 6
        for transport in transports:
            await transport.close()


@pytest.mark.real
async def test_a_frozen_server_is_found(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    with openssh(tmp_path / "server") as server:
        async with to(server.host()) as transport:
            script = f"echo $PPID $$ >{mark}.new; mv {mark}.new {mark}; sleep 20"
            running = asyncio.create_task(transport.run(script))
            await until(mark.exists)
            server_process, shell = map(int, mark.read_text().split())
            os.kill(server_process, signal.SIGSTOP)
            try:
                async with asyncio.timeout(20):
                    assert (await running).exit_code is None
            finally:
                os.kill(server_process, signal.SIGKILL)
                os.killpg(shell, signal.SIGKILL)
