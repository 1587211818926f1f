"""What every Transport promises: this machine, asyncssh's own server, a real sshd."""

from __future__ import annotations

import asyncio
import hashlib
import stat
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.sshd import embedded, free_port, openssh

from devops_tui.domain.errors import CommandFailed, CommandTimedOut, HostUnreachable
from devops_tui.domain.ids import THIS_MACHINE
from devops_tui.ports.transport import Transport
from devops_tui.transports.local import LocalTransport
from devops_tui.transports.ssh import SshTransport

HOSTILE = [
    "",
    " ",
    "a b",
    "it's",
    '"',
    "$HOME",
    "`id`",
    "$(id)",
    "\\",
    "\\n",
    "a\nb",
    "\t",
    "*",
    "~",
    "!!",
    "!x",
    "#",
    ";",
    "&",
    "|",
    "<>",
    "-n",
    "--",
    "%s",
    "'\"'\"'",
    "\x1b[31m",
    "\x07",
    "é",
    "日本",
    "\u202e",
    "{a,b}",
    "a=b",
    "[x]",
    "\\'",
    "$'\\n'",
    "\r\n",
    "x" * 5000,
]


@pytest.fixture(params=["local", "embedded", pytest.param("openssh", marks=pytest.mark.real)])
async def transport(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Transport]:
    match request.param:
        case "local":
            local = LocalTransport()
            yield local
            await local.close()
        case "embedded":
            async with embedded(tmp_path / "server") as server:
                ssh = SshTransport(server.host())
                yield ssh
                await ssh.close()
        case _:
            with openssh(tmp_path / "server") as server:
                ssh = SshTransport(server.host())
                yield ssh
                await ssh.close()


class Heard:
    """What a session said, and a way to wait for it."""

    def __init__(self) -> None:
        self.data = b""
        self._more = asyncio.Event()

    def take(self, data: bytes) -> None:
        self.data += data
        self._more.set()

    async def until(self, end: bytes) -> None:
        async with asyncio.timeout(20):
            while not self.data.endswith(end):
                self._more.clear()
                await self._more.wait()


def leftovers(folder: Path) -> list[Path]:
    return list(folder.glob(".*part"))


async def test_says_its_host(transport: Transport) -> None:
    assert transport.host in {THIS_MACHINE, "web1"}
    await transport.connect()
    await transport.connect()


async def test_output_error_and_exit_code(transport: Transport) -> None:
    completed = await transport.run("echo out; echo err >&2; exit 3")
    assert (completed.exit_code, completed.stdout, completed.stderr) == (3, b"out\n", b"err\n")
    assert not completed.is_cut


async def test_exit_codes_of_shells(transport: Transport) -> None:
    assert (await transport.run("")).exit_code == 0
    assert (await transport.run("no-such-program-here")).exit_code == 127
    assert (await transport.run("if then")).exit_code == 2
    assert (await transport.run("set -e; false; echo never")).exit_code == 1
    assert (await transport.run("sh -c 'kill -9 $$'")).exit_code == 137


async def test_output_is_bytes_to_the_last_one(transport: Transport) -> None:
    completed = await transport.run("printf '\\377\\000\\200\\n\\r\\n no newline'")
    assert completed.stdout == b"\xff\x00\x80\n\r\n no newline"


async def test_every_byte_passes_both_ways(transport: Transport) -> None:
    data = bytes(range(256)) * 500 + b"exit 9\n"
    completed = await transport.run("cat", stdin=data)
    assert (completed.exit_code, completed.stdout) == (0, data)


async def test_a_script_reads_its_input_and_nothing_else(transport: Transport) -> None:
    completed = await transport.run('read -r line; echo "[$line]"; cat', stdin=b"a b\nrest")
    assert completed.stdout == b"[a b]\nrest"
    assert (await transport.run("cat; echo end")).stdout == b"end\n"


async def test_input_that_is_not_read_is_not_run(transport: Transport, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    completed = await transport.run("echo done", stdin=f"\ntouch {trap}\n".encode() * 1000)
    assert (completed.exit_code, completed.stdout) == (0, b"done\n")
    await transport.run("true")
    assert not trap.exists()


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_in_a_script(transport: Transport, text: str) -> None:
    quoted = "'" + text.replace("'", "'\\''") + "'"
    completed = await transport.run(f"printf %s {quoted}")
    assert completed.stdout == text.encode()


async def test_a_script_with_a_nul_is_refused(transport: Transport) -> None:
    with pytest.raises(ValueError, match="NUL"):
        await transport.run("echo a\0b")


async def test_children_that_hold_the_output_do_not_hold_us(transport: Transport) -> None:
    completed = await transport.run("sleep 20 & echo $!", timeout_s=20)
    assert completed.exit_code == 0
    await transport.run(f"kill {int(completed.stdout)}")


async def test_what_takes_too_long_is_given_up(transport: Transport) -> None:
    with pytest.raises(CommandTimedOut, match=r"0\.3 s"):
        await transport.run("sleep 20", timeout_s=0.3)
    assert (await transport.run("echo next")).stdout == b"next\n"


async def test_a_cancelled_call_leaves_the_link_usable(transport: Transport) -> None:
    task = asyncio.create_task(transport.run("echo begun; sleep 20"))
    await asyncio.wait([task], timeout=0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await transport.run("echo next")).stdout == b"next\n"


async def test_a_flood_is_cut_at_the_limit(transport: Transport) -> None:
    completed = await transport.run("head -c 50000000 /dev/zero; exit 4", limit_bytes=1000)
    assert (completed.exit_code, completed.stdout, completed.is_cut) == (4, bytes(1000), True)


async def test_a_flood_takes_no_memory(transport: Transport) -> None:
    await transport.run("true")
    tracemalloc.start()
    try:
        await transport.run("head -c 50000000 /dev/zero", limit_bytes=1 << 20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 << 20  # the cap, its joined copy, and a few windows of SSH


async def test_many_at_once_share_the_link(transport: Transport) -> None:
    outcomes = await asyncio.gather(*(transport.run(f"echo {n}") for n in range(30)))
    assert [outcome.stdout for outcome in outcomes] == [b"%d\n" % n for n in range(30)]


async def test_put_gives_bytes_and_mode(transport: Transport, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "tar get"
    source.write_bytes(bytes(range(256)) * 4000)
    target.write_text("older")
    await transport.put(source, str(target), 0o750)
    assert (
        hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(source.read_bytes()).digest()
    )
    assert stat.S_IMODE(target.stat().st_mode) == 0o750
    await transport.put(source, str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert not leftovers(tmp_path)


async def test_put_into_no_folder_changes_nothing(transport: Transport, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text("x")
    with pytest.raises(CommandFailed, match="did not take"):
        await transport.put(source, str(tmp_path / "none" / "target"))
    (tmp_path / "folder").mkdir()
    with pytest.raises(CommandFailed, match="did not take"):
        await transport.put(source, str(tmp_path / "folder"))
    assert not leftovers(tmp_path)


async def test_exchange_reads_until_the_socket_closes(transport: Transport, tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\xff you said " + await reader.readline())
        await writer.drain()
        writer.close()

    path = tmp_path / "socket"
    server = await asyncio.start_unix_server(answer, path)
    async with server:
        assert await transport.exchange(str(path), b"show\n") == b"\xff you said show\n"


async def test_exchange_with_a_silent_socket_ends(transport: Transport, tmp_path: Path) -> None:
    gone = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        gone.set()

    path = tmp_path / "socket"
    server = await asyncio.start_unix_server(say_nothing, path)
    async with server:
        with pytest.raises(CommandTimedOut):
            await transport.exchange(str(path), b"show\n", timeout_s=0.2)
        async with asyncio.timeout(20):
            await gone.wait()


async def test_exchange_with_no_socket(transport: Transport, tmp_path: Path) -> None:
    with pytest.raises(HostUnreachable):
        await transport.exchange(str(tmp_path / "none"), b"x\n")


async def test_open_port_is_a_stream(transport: Transport) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.write(b"end")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await transport.open_port(port)
        writer.write(b"\x00\xff\n")
        await writer.drain()
        assert await reader.readuntil() == b"\x00\xff\n"
        assert await reader.readexactly(3) == b"end"
        assert await reader.read() == b""
        writer.close()


async def test_open_port_where_nobody_listens(transport: Transport) -> None:
    with pytest.raises(HostUnreachable):
        await transport.open_port(free_port())


async def test_a_session_answers_as_it_is_asked(transport: Transport) -> None:
    heard = Heard()
    script = "while read -r line; do printf '<%s>\\n' \"$line\"; done; exit 5"
    session = await transport.session(script, heard.take)
    session.write(b"one\n")
    await heard.until(b"<one>\n")
    session.write(b"two\nthree\n")
    await heard.until(b"<two>\n<three>\n")
    session.close()
    async with asyncio.timeout(20):
        await session.wait_closed()
    with pytest.raises(HostUnreachable):
        session.write(b"more\n")


async def test_a_session_that_ends_says_its_code(transport: Transport) -> None:
    heard = Heard()
    session = await transport.session("printf bye; exit 6", heard.take)
    async with asyncio.timeout(20):
        assert await session.wait_closed() == 6
    assert heard.data == b"bye"


async def test_more_sessions_than_slots_wait(transport: Transport) -> None:
    heard = [Heard() for _ in range(12)]
    waiting = [asyncio.create_task(transport.session("read -r x", one.take)) for one in heard]
    assert (await transport.run("echo in between")).stdout == b"in between\n"
    async with asyncio.timeout(30):
        for task in waiting:
            session = await task
            session.write(b"x\n")
            assert await session.wait_closed() == 0


async def test_closed_and_used_again(transport: Transport) -> None:
    await transport.run("true")
    await transport.close()
    assert (await transport.run("echo again")).stdout == b"again\n"
