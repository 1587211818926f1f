"""A real HAProxy on loopback, with the few lines that a versioned map needs."""

from __future__ import annotations

import select
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from devops_tui.domain import tester_lines
from devops_tui.domain.switching import PreviewRequest
from support.process import START_S, wait_for_file

BINARY = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


def skip_without_haproxy() -> None:
    """Skips the test, with the reason, on a machine without HAProxy."""
    if BINARY is None:
        pytest.skip("no haproxy program here")


def free_port() -> int:
    """A port that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RealHaproxy:
    """One HAProxy with a backend per colour, its files under `folder`.

    Attributes:
        is_weighted: Whether its lines look at green's share; to be set before the start.
        testers: How it knows testers; to be set before the start.
    """

    is_weighted = False
    testers: PreviewRequest | None = None

    def __init__(self, folder: Path, key: str, servers: Mapping[str, Sequence[int]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.key = key
        self.servers = servers
        self.port = free_port()
        self.socket = folder / "admin.sock"
        self.map = folder / "colour.map"
        self.config = folder / "haproxy.cfg"
        self.process: subprocess.Popen[bytes] | None = None
        self._old: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Starts it with the map file as it is; `key blue` when there is none."""
        assert BINARY is not None
        if not self.map.exists():
            self.map.write_text(f"{self.key} blue\n")
        self.config.write_text(self._text())
        self.socket.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "-db", "-f", str(self.config)], stdout=log, stderr=log
            )
        wait_for_file(self.socket)

    def reload(self) -> None:
        """A new process takes the port over, the old one ends after its last connection."""
        assert BINARY is not None
        assert self.process is not None
        self._old.append(self.process)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "-db", "-f", str(self.config), "-sf", str(self.process.pid)],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_S
        while f"Pid: {self.process.pid}\n" not in self.ask("show info"):
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "the new process does not answer"
            select.select([], [], [], 0.02)

    def ask(self, command: str) -> str:
        """What the admin socket says; nothing in the moment in which it changes hands."""
        with socket.socket(socket.AF_UNIX) as link, suppress(OSError):
            link.settimeout(START_S)
            link.connect(str(self.socket))
            link.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: link.recv(1 << 16), b"")).decode()
        return ""

    def stop(self) -> None:
        """Ends it by its own process id; nothing when it does not run."""
        for process in (*self._old, self.process):
            if process is not None:
                process.kill()
                process.wait(5)
        self._old.clear()
        self.process = None

    def _text(self) -> str:
        backends = "".join(
            f"backend {self.key}_{colour}\n"
            + "".join(f"  server s{port} 127.0.0.1:{port}\n" for port in ports)
            for colour, ports in self.servers.items()
        )
        return (
            "global\n"
            f'  stats socket "{self.socket}" mode 600 level admin\n'
            "defaults\n  mode http\n  timeout connect 2s\n  timeout client 60s\n"
            "  timeout server 60s\n"
            f"frontend door\n  bind 127.0.0.1:{self.port}\n{self._testers()}{self._choice()}"
            f"{backends}"
        )

    def _testers(self) -> str:
        if self.testers is None:
            return ""
        lines = tester_lines.of_haproxy(self.testers, lambda colour: f"{self.key}_{colour}")
        return "".join(f"{line}\n" for line in lines)

    def _choice(self) -> str:
        key = self.key
        whole = f'  use_backend {key}_%[str({key}),map("{self.map}")]'
        if not self.is_weighted:
            return f"{whole}\n"
        share = f'str({key}.green),map("{self.map}"'
        return (
            f"  http-request set-var(txn.{key}_green) {share},0),add(0)\n"
            f"{whole} unless {{ {share}) -m found }}\n"
            f"  use_backend {key}_green if {{ rand(100),sub(txn.{key}_green) lt 0 }}\n"
            f"  use_backend {key}_blue\n"
        )
