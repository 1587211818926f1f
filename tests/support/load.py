"""A constant HTTP load that records the colour or the failure of every answer.

Run as a program it begins at once, and prints its samples when its standard input is
closed: `python load.py PORTS RATE SLOW SOCKETS`. PORTS are one or several with commas, which
the connections take in turn; SLOW is the path of the slow requests, SOCKETS how many
WebSockets talk side by side, each session about a second.
Times are those of the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.web_socket import CLOSE, TEXT, accept_of, frame, read_frame

_SHARE = {"keep-alive": 0.55, "one-shot": 0.25, "post": 0.2}
_CONNECTIONS = {"keep-alive": 8, "one-shot": 4, "post": 4}
_SLOW_CONNECTIONS = 4
_TEXTS, _TEXT_PAUSE_S = 4, 0.1
_PATIENCE_S = 30.0
_TELLING_S = 120.0  # a million samples on a machine that has other work
_BODY = b"b" * 3000


@dataclass(frozen=True, slots=True)
class Sample:
    """One request.

    Attributes:
        kind: "keep-alive", "one-shot", "post", "slow" or "websocket".
        began, ended: Seconds of the monotonic clock.
        colour: As the answer named it; empty when it failed.
        error: Why there was no complete answer with status 200; empty when there was.
        written: When the server itself wrote the answer; 0 where it does not say.
    """

    kind: str
    began: float
    ended: float
    colour: str
    error: str = ""
    written: float = 0.0


def failed(samples: Sequence[Sample]) -> list[Sample]:
    """Those without a complete answer."""
    return [s for s in samples if s.error]


def late(samples: Sequence[Sample], colour: str, since: float, until: float) -> list[Sample]:
    """Requests that began between two moments and were answered by another colour."""
    return [
        s for s in samples if since <= s.began and s.ended <= until and s.colour not in ("", colour)
    ]


class Load:
    """Keep-alive, one-shot, POST and slow requests, and WebSockets, side by side until `stop`."""

    def __init__(
        self, ports: Sequence[int], rate: float, slow: str = "/slow", sockets: int = 0
    ) -> None:
        self._sockets = sockets
        self._ports = cycle(ports)
        self._rate = rate
        self._slow = slow
        self._stopped = asyncio.Event()
        self.samples: list[Sample] = []

    def stop(self) -> None:
        """No new requests; those under way end."""
        self._stopped.set()

    async def run(self) -> None:
        """Returns after `stop`, when the last answer is in."""
        async with asyncio.TaskGroup() as group:
            for kind, connections in _CONNECTIONS.items():
                pause_s = connections / (self._rate * _SHARE[kind])
                for number in range(connections):
                    offset_s = pause_s * number / connections
                    group.create_task(self._ask_on(kind, pause_s, offset_s))
            for _ in range(_SLOW_CONNECTIONS):
                group.create_task(self._ask_on("slow", 0.0, 0.0))
            for number in range(self._sockets):
                offset_s = _TEXTS * _TEXT_PAUSE_S * number / self._sockets
                group.create_task(self._ask_on("websocket", 0.0, offset_s))

    async def _ask_on(self, kind: str, pause_s: float, offset_s: float) -> None:
        connection = _Connection(next(self._ports), self._slow)
        due = time.monotonic() + offset_s
        while not await self._is_stopped_before(due):
            began = time.monotonic()
            error, colour = "", ""
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    status, colour = await (
                        connection.talk() if kind == "websocket" else connection.ask(kind)
                    )
                if status != 200:
                    error = f"status {status}"
            except (OSError, EOFError, ValueError, TimeoutError) as problem:
                error = repr(problem)
            if error or kind in ("one-shot", "websocket"):
                connection.close()
            ended, colour = time.monotonic(), "" if error else colour
            self.samples.append(Sample(kind, began, ended, colour, error, connection.written))
            due = max(due + pause_s, time.monotonic())
        connection.close()

    async def _is_stopped_before(self, due: float) -> bool:
        wait_s = due - time.monotonic()
        if wait_s > 0 and not self._stopped.is_set():
            try:
                async with asyncio.timeout(wait_s):
                    await self._stopped.wait()
            except TimeoutError:
                return False
        return self._stopped.is_set()


class _Connection:
    def __init__(self, port: int, slow: str) -> None:
        self.written = 0.0
        self._port = port
        self._slow = slow
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, kind: str) -> tuple[int, str]:
        self.written = 0.0
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        path = self._slow if kind == "slow" else "/echo" if kind == "post" else "/"
        close = "Connection: close\r\n" if kind == "one-shot" else ""
        length = f"Content-Length: {len(_BODY)}\r\n" if kind == "post" else ""
        method = "POST" if kind == "post" else "GET"
        head = f"{method} {path} HTTP/1.1\r\nHost: shop\r\n{length}{close}\r\n".encode()
        writer.write(head + (_BODY if kind == "post" else b""))
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        self.written = float(headers.get("x-written", 0.0))
        if headers.get("connection", "").lower() == "close":  # nginx after 1,000 requests
            self.close()
        status, colour = int(lines[0].split(" ")[1]), headers.get("x-colour", "")
        if status == 200 and body != (b"%d" % len(_BODY) if kind == "post" else colour.encode()):
            raise ValueError(f"a wrong body: {body[:40]!r}")
        return status, colour

    async def talk(self) -> tuple[int, str]:
        """One session: every text must come back; 200 when all of it was well."""
        self._streams = reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: shop\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:])}
        status, colour = int(lines[0].split(" ")[1]), headers.get("x-colour", "")
        if status != 101:
            return status, colour
        if headers.get("sec-websocket-accept") != accept_of(key):
            raise ValueError("the answer to another WebSocket")
        for number in range(_TEXTS):
            await asyncio.sleep(_TEXT_PAUSE_S)
            await _echo(reader, writer, TEXT, b"text %d" % number)
        await _echo(reader, writer, CLOSE, b"\x03\xe8")
        return 200, colour

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _echo(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, opcode: int, payload: bytes
) -> None:
    writer.write(frame(opcode, payload, is_masked=True))
    if await read_frame(reader) != (opcode, payload):
        raise ValueError("another frame came back")


class LoadProcess:
    """The load in a process of its own, so that it does not slow down what it measures."""

    def __init__(
        self, port: int, rate: float, slow: str = "/slow", sockets: int = 0, *more: int
    ) -> None:
        from support.process import Child

        ports = ",".join(map(str, (port, *more)))
        self._child = Child(__file__, ports, str(rate), slow, str(sockets))

    def finish(self) -> list[Sample]:
        """Ends the load and returns every sample."""
        text = self._child.finish(_PATIENCE_S + _TELLING_S)
        return [Sample(*json.loads(line)) for line in text.splitlines()]

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._child.pid

    def stop(self) -> None:
        """Ends it without an answer."""
        self._child.stop()


async def _main(ports: Sequence[int], rate: float, slow: str, sockets: int) -> None:
    load = Load(ports, rate, slow, sockets)
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(load.run())
    sys.stdout.write('{"ready": true}\n')
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    load.stop()
    await running
    for s in load.samples:
        row = (s.kind, s.began, s.ended, s.colour, s.error, s.written)
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    asyncio.run(
        _main(
            [int(port) for port in sys.argv[1].split(",")],
            float(sys.argv[2]),
            sys.argv[3],
            int(sys.argv[4]),
        )
    )
