"""A web server of one colour, run as a program of its own.

`python colour_server.py COLOUR VERSION COUNT [PORT ...]` listens on COUNT free ports of
127.0.0.1, or on those that are named, and prints {"ports": [...]}. Paths: /healthz, /slow
(answers after 400 ms), /slow/SECONDS, /chunked, /echo (POST: the number of bytes it got), /ws
(a WebSocket that sends each text back), /drop (closes without an answer). From then on:
/health/STATUS and /answer/STATUS (what is answered to health checks, and to all else),
/version/TEXT and /delay/SECONDS (which version it is, and how late it answers everything).
Every answer names colour and version, and in X-Written the second of the monotonic clock at
which it was written.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.web_socket import CLOSE, TEXT, accept_of, frame, read_frame

SLOW_S = 0.4


class Server:
    """What all connections of one process share."""

    def __init__(self, colour: str, version: str) -> None:
        self.colour = colour
        self.version = version
        self.health = 200
        self.status = 200
        self.delay_s = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._next(reader, writer):
                pass
        except (EOFError, OSError):
            return
        finally:
            writer.close()

    async def _next(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, _ = head.split(" ", 2)
        if path == "/ws":
            await self._talk(head, reader, writer)
            return False
        size = await self._skip_body(head.lower(), reader)
        if path == "/drop":
            return False
        await asyncio.sleep(self.delay_s)
        if path.startswith(("/version/", "/delay/")):
            self._write(writer, 200, b"ok")
            word = path.rsplit("/", 1)[1]
            if path.startswith("/version/"):
                self.version = word
            else:
                self.delay_s = float(word)
        elif path.startswith(("/health/", "/answer/")):
            number = int(path.rsplit("/", 1)[1])
            if path.startswith("/health/"):
                self.health = number
            else:
                self.status = number
            self._write(writer, 200, b"ok")
        elif path == "/healthz":
            self._write(writer, self.health, b"health")
        elif path == "/chunked":
            self._write_chunks(writer)
        else:
            if path.startswith("/slow"):
                await asyncio.sleep(float(path.removeprefix("/slow").strip("/") or SLOW_S))
            body = str(size) if method == "POST" else self.colour
            self._write(writer, self.status, body.encode())
        await writer.drain()
        return "connection: close" not in head.lower()

    async def _talk(
        self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        lines = (line.partition(":") for line in head.split("\r\n"))
        key = next(v.strip() for n, _, v in lines if n.lower() == "sec-websocket-key")
        writer.write(
            f"HTTP/1.1 101 Switching\r\n{self._names()}Upgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept_of(key)}\r\n\r\n".encode()
        )
        opcode = TEXT
        while opcode != CLOSE:
            opcode, payload = await read_frame(reader)
            writer.write(frame(opcode, payload, is_masked=False))
            await writer.drain()

    async def _skip_body(self, head: str, reader: asyncio.StreamReader) -> int:
        if "transfer-encoding: chunked" in head:
            total = 0
            while size := int(await reader.readuntil(b"\r\n"), 16):
                total += len(await reader.readexactly(size))
                await reader.readexactly(2)
            await reader.readexactly(2)
            return total
        for line in head.split("\r\n"):
            name, _, value = line.partition(":")
            if name == "content-length":
                return len(await reader.readexactly(int(value)))
        return 0

    def _write(self, writer: asyncio.StreamWriter, status: int, body: bytes) -> None:
        head = f"HTTP/1.1 {status} Said\r\n{self._names()}Content-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)

    def _write_chunks(self, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\n{self._names()}Transfer-Encoding: chunked\r\n\r\n"
        chunks = b"".join(b"%x\r\n%s\r\n" % (n, b"c" * n) for n in (1, 1000, 70_000))
        writer.write(head.encode() + chunks + b"0\r\nX-Trailer: t\r\n\r\n")

    def _names(self) -> str:
        written = f"X-Written: {time.monotonic():.6f}\r\n"
        return f"X-Colour: {self.colour}\r\nX-Version: {self.version}\r\n{written}"


async def main(colour: str, version: str, wanted: Sequence[int]) -> None:
    """Serves until it is ended."""
    server = Server(colour, version)
    listeners = [await asyncio.start_server(server.serve, "127.0.0.1", port) for port in wanted]
    ports = [listener.sockets[0].getsockname()[1] for listener in listeners]
    sys.stdout.write(json.dumps({"ports": ports}) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    named = [int(port) for port in sys.argv[4:]]
    asyncio.run(main(sys.argv[1], sys.argv[2], named or [0] * int(sys.argv[3])))
