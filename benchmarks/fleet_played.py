"""Hosts that a program plays: asyncssh's own server, which answers every tick at once."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh

from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.services.slow_questions import NOT_THERE

ADDRESSES = tuple(f"127.0.0.{number}" for number in range(1, 9))
"""Hosts have addresses of their own: one that all share would let three log in at a time."""
RECORD = (
    "r u %.2f c %d 0 396200 %d 60900 0 10600 16400 k 16 m 24684084 24315996 1048576 1048000 "
    "l 0.19 0.10 0.02 p 960 d sda 4519418 1284456 9900 d sdb 4519418 1284456 9900 "
    "n eth0 93557723 170842 n eth1 93557723 170842 pc 8269594 pm 0 pi 5728295"
)


class PlayedHost(asyncssh.SSHServerSession[bytes]):
    """Answers a probe's ticks, and every other question by "not there"."""

    def __init__(self) -> None:
        self._text = b""
        self._mark = b""
        self._channel: asyncssh.SSHServerChannel[bytes]

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Keeps the channel."""
        self._channel = chan

    def exec_requested(self, command: str) -> bool:
        """Any command is a shell here."""
        return True

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """The script first, then ticks."""
        if self._mark:
            for _ in range(data.count(b"t\n")):
                self._say(record())
            return
        self._text += data
        if not self._text.endswith(b"}\n"):
            return
        nonce = re.search(rb"printf '<%s%s>\\n' ([0-9a-f]+) begin", self._text)
        if nonce is None:
            self._channel.exit(1)
            return
        begin = b"<%sbegin>\n" % nonce[1]
        self._channel.write(begin)
        self._channel.write_stderr(begin)
        mark = re.search(rb"mark=([0-9a-f]+)\n", self._text)
        if mark is not None:
            self._mark = mark[1]
            self._say(b"h awk")
            return
        end = b"<%send %d>\n" % (nonce[1], NOT_THERE)
        self._channel.write_stderr(end)
        self._channel.write(end)
        self._channel.exit(NOT_THERE)

    def _say(self, text: bytes) -> None:
        self._channel.write(b"{%s %s}%s\n" % (self._mark, text, self._mark))


class OpenDoor(asyncssh.SSHServer):
    """Lets everybody in: it listens on loopback only."""

    def begin_auth(self, username: str) -> bool:
        """Nobody is asked."""
        return False

    def session_requested(self) -> PlayedHost:
        """One for each channel."""
        return PlayedHost()


def record() -> bytes:
    """What an awk on a host would say now."""
    now = time.monotonic()
    return (RECORD % (now, int(now * 30), int(now * 70))).encode()


async def play() -> None:
    """Serves until stdin ends; prints the port and the key first."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    servers: list[asyncssh.SSHAcceptor] = []
    for address in ADDRESSES:
        port = servers[0].get_port() if servers else 0
        servers.append(
            await asyncssh.listen(
                address,
                port,
                server_factory=OpenDoor,
                server_host_keys=[key],
                encoding=None,
                backlog=2000,
            )
        )
    print(servers[0].get_port(), key.export_public_key().decode().strip(), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for server in servers:
        server.close()


def pattern_of(known_hosts: str, port: int) -> Host:
    """A host that our program plays; its other addresses are those of others of them."""
    return Host(
        HostName("h"),
        ADDRESSES[0],
        port,
        "any",
        known_hosts=known_hosts,
        other_addresses=ADDRESSES[1:],
    )


@contextmanager
def played(folder: Path) -> Iterator[Host]:
    """The pattern of a host that our program plays."""
    argv = [sys.executable, __file__]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout is None or process.stdin is None:
            raise OSError("no pipes")
        port, key = process.stdout.readline().decode().split(None, 1)
        known = folder / "played_hosts"
        known.write_text(f"{','.join(f'[{place}]:{port}' for place in ADDRESSES)} {key}")
        try:
            yield pattern_of(str(known), int(port))
        finally:
            process.stdin.close()


if __name__ == "__main__":
    asyncio.run(play())
