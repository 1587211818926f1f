"""A real nginx on loopback whose front door follows a flag file."""

from __future__ import annotations

import os
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
from support.haproxy import free_port
from support.process import START_S

BINARY = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


def skip_without_nginx() -> None:
    """Skips the test, with the reason, on a machine without nginx."""
    if BINARY is None:
        pytest.skip("no nginx program here")


class RealNginx:
    """One nginx with an upstream per colour, its files under `folder`.

    Attributes:
        testers: How it knows testers; to be set before the start.
    """

    testers: PreviewRequest | None = None

    def __init__(
        self, folder: Path, servers: Mapping[str, Sequence[int]], *, is_included: bool = False
    ) -> None:
        self.folder = folder
        self._is_included = is_included
        self.port = free_port()
        self.flag = folder / "colour" / "shop.green"
        self.flag.parent.mkdir(parents=True)
        self.include = folder / "colour" / "shop.conf"
        self.pid = str(folder / "pid")
        if is_included:
            self.include.write_text("set $colour blue; # fence 0\n")
        self._servers = servers
        self._config = folder / "nginx.conf"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it in the foreground and waits until its door is open."""
        assert BINARY is not None
        self._config.write_text(self._text())
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [BINARY, "-p", str(self.folder), "-c", str(self._config), "-g", "daemon off;"],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_S
        while not self._is_open():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "nginx does not listen"
            select.select([], [], [], 0.02)

    @property
    def command(self) -> str:
        """The program with its own files, for `-t` and `-s reload` behind it."""
        return f"{BINARY} -p {self.folder} -c {self._config} -g 'daemon off;'"

    def stop(self) -> None:
        """Ends master and workers; nothing when it does not run."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
        self._process = None

    def _testers(self) -> str:
        if self.testers is None:
            return ""
        return "".join(f"    {line}\n" for line in tester_lines.of_nginx(self.testers))

    def _is_open(self) -> bool:
        """Whether a worker answers: the port takes connections before there is one."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as link:
            link.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            return bool(link.recv(1))
        return False

    def _text(self) -> str:
        places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"  {p}_temp_path {self.folder}/{p};\n" for p in places)
        upstreams = "".join(
            f"  upstream shop_{colour} {{ "
            + " ".join(f"server 127.0.0.1:{port};" for port in ports)
            + " }\n"
            for colour, ports in self._servers.items()
        )
        flagged = f"    set $colour blue;\n    if (-f {self.flag}) {{ set $colour green; }}\n"
        choice = f"    include {self.include};\n" if self._is_included else flagged
        # the workers must be able to look into the folders of the test
        user = "user root;\n" if os.geteuid() == 0 else ""
        return (
            f"{user}pid {self.folder}/pid;\nerror_log {self.folder}/error.log;\n"
            "worker_processes 2;\n"
            "events {}\n"
            f"http {{\n  access_log off;\n{temporary}{upstreams}"
            "  map $http_upgrade $onward { default upgrade; '' close; }\n"
            f"  server {{\n    listen 127.0.0.1:{self.port};\n"
            f"{choice}{self._testers()}"
            "    location / {\n      proxy_pass http://shop_$colour;\n"
            "      proxy_http_version 1.1;\n      proxy_set_header Upgrade $http_upgrade;\n"
            "      proxy_set_header Connection $onward;\n    }\n  }\n}\n"
        )
