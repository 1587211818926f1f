"""Web servers whose version stands in a file, so that starting a colour costs a line of shell.

`python versioned_server.py FOLDER PORT...` serves each port as `colour_server` does; the
version is what FOLDER/PORT holds at that moment, and health is 503 without such a file.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.colour_server import Server


class VersionedServer(Server):
    """Reads its version whenever it answers."""

    def __init__(self, file: Path) -> None:
        super().__init__(file.name, "")
        self._file = file

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._look()
        await super().serve(reader, writer)

    def _names(self) -> str:
        self._look()
        return super()._names()

    def _look(self) -> None:
        self.version = self._file.read_text().strip() if self._file.exists() else ""
        self.health = 200 if self.version else 503


async def main(folder: Path, ports: list[int]) -> None:
    """Serves until it is ended."""
    for port in ports:
        server = VersionedServer(folder / str(port))
        await asyncio.start_server(server.serve, "127.0.0.1", port)
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
