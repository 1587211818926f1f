"""Starts real programs that keep figures, on loopback: Prometheus and VictoriaMetrics."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from support.sshd import free_port

PATIENCE_S = 60.0


@dataclass(frozen=True)
class FigureStore:
    """One that runs, and speaks Prometheus' HTTP API."""

    port: int

    @property
    def write_url(self) -> str:
        """Where remote write goes."""
        return f"http://127.0.0.1:{self.port}/api/v1/write"

    def ask(self, query: str) -> dict[str, float]:
        """Host to value, of the newest points of the last quarter of an hour."""
        words = urlencode({"query": f"last_over_time({query}[15m])"})
        with urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?{words}", timeout=10) as answer:
            found = json.load(answer)["data"]["result"]
        return {row["metric"]["host"]: float(row["value"][1]) for row in found}

    async def until(self, query: str, expected: dict[str, float]) -> None:
        """Polls until the store says so; a minute at the most."""
        deadline = time.monotonic() + PATIENCE_S
        found: object = None
        while time.monotonic() < deadline:
            try:
                found = await asyncio.to_thread(self.ask, query)
            except (URLError, OSError) as error:
                found = error
            if found == expected:
                return
            await asyncio.sleep(0.1)
        pytest.fail(f"{query} is {found}, not {expected}")


@contextmanager
def prometheus(folder: Path, scrapes: int = 0) -> Iterator[FigureStore]:
    """Prometheus that scrapes a port of loopback once a second, and takes remote writes."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    targets = f'["127.0.0.1:{scrapes}"]' if scrapes else "[]"
    (folder / "p.yml").write_text(
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
        f"  - {{job_name: fleet, static_configs: [{{targets: {targets}}}]}}\n"
    )
    argv = [
        f"--config.file={folder}/p.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-remote-write-receiver",
    ]
    with _running("prometheus", argv, folder):
        yield FigureStore(port)


@contextmanager
def victoria_metrics(folder: Path) -> Iterator[FigureStore]:
    """VictoriaMetrics in one process; what it takes can be asked for at once."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    argv = [
        f"-storageDataPath={folder}/data",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-search.latencyOffset=0s",
    ]
    with _running("victoria-metrics", argv, folder):
        yield FigureStore(port)


@contextmanager
def _running(program: str, argv: Sequence[str], folder: Path) -> Iterator[None]:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"needs {program}")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([found, *argv], stdout=log, stderr=log, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
