"""Constant load on the front door, from a process of its own; every request is written down.

`python -m devops_tui.demo.load --port PORT --out FILE` asks until TERM: over connections
that are kept, over one connection for each request, and for pages that take a while.
One line of FILE is one request: kind, begun and ended (seconds since the epoch), status,
colour, error; status 0 means that there was no answer.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devops_tui.demo.plan import LOOPBACK
from devops_tui.domain.errors import NoAnswer
from devops_tui.services.http_probe import KeepAlive

_WRITE_EVERY_S = 0.1
_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Client:
    """How one of the clients asks.

    Attributes:
        pause_s: Between an answer and the next request.
    """

    kind: str
    path: str
    pause_s: float
    keeps: bool


CLIENTS = (
    *[Client("kept", "/cart?items=apple:3,tea:1", 0.012, keeps=True)] * 4,
    *[Client("one-shot", "/cart?items=coffee:1", 0.025, keeps=False)] * 3,
    *[Client("slow", "/slow?ms=700", 0.05, keeps=True)] * 2,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and what became of it."""

    kind: str
    begun: float
    ended: float
    status: int
    colour: str
    error: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it was answered as it should be."""
        return self.status == 200

    def encode(self) -> str:
        """One line."""
        error = " ".join(self.error.split())
        return (
            f"{self.kind}\t{self.begun:.6f}\t{self.ended:.6f}\t{self.status}"
            f"\t{self.colour}\t{error}\n"
        )


def read_asked(path: Path) -> tuple[Asked, ...]:
    """What a load wrote down so far, in the order of the answers."""
    if not path.exists():
        return ()
    lines = path.read_text("utf-8").split("\n")[:-1]  # the last one may be half a line
    fields = (line.split("\t") for line in lines)
    return tuple(Asked(f[0], float(f[1]), float(f[2]), int(f[3]), f[4], f[5]) for f in fields)


async def ask_until(stop: asyncio.Event, port: int, write: Callable[[Asked], None]) -> None:
    """Asks with all clients until `stop` is set; requests under way are awaited."""
    async with asyncio.TaskGroup() as group:
        for number, client in enumerate(CLIENTS):
            group.create_task(_ask(stop, port, client, 1 + number / 50, write))


async def _ask(
    stop: asyncio.Event,
    port: int,
    client: Client,
    slowness: float,  # a little different for each client, so that they do not march in step
    write: Callable[[Asked], None],
) -> None:
    connection = KeepAlive(lambda: asyncio.open_connection(LOOPBACK, port))
    try:
        while not stop.is_set():
            write(await _one(connection, client))
            if not client.keeps:
                connection.close()
            await asyncio.sleep(client.pause_s * slowness)
    finally:
        connection.close()


async def _one(connection: KeepAlive, client: Client) -> Asked:
    begun = time.time()
    try:
        answer = await connection.get(client.path, _TIMEOUT_S)
    except NoAnswer as error:
        return Asked(client.kind, begun, time.time(), 0, "", error.title)
    colour = answer.headers.get("x-colour", "")
    return Asked(client.kind, begun, time.time(), answer.status, colour)


async def _run(port: int, out: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    lines: list[str] = []
    asking = asyncio.create_task(ask_until(stop, port, lambda asked: lines.append(asked.encode())))
    with out.open("a", encoding="utf-8") as file:
        while not asking.done():
            await asyncio.wait([asking], timeout=_WRITE_EVERY_S)
            file.writelines(lines)
            file.flush()
            lines.clear()
        file.writelines(lines)
    await asking


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    asyncio.run(_run(given.port, given.out))


if __name__ == "__main__":
    main()
