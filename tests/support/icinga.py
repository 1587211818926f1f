"""A real Icinga 2 under a folder of its own, with its REST interface on loopback."""

from __future__ import annotations

import base64
import grp
import http.client
import json
import os
import pwd
import shutil
import signal
import ssl
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from support.haproxy import free_port
from support.tool_reading import SECRET

DAEMON = shutil.which("icinga2", path="/usr/sbin:/usr/local/sbin:/usr/bin")
START_S = 60.0

_CONFIG = """\
const NodeName = "localhost"
const ZoneName = NodeName
include <itl>
object Endpoint NodeName {{ }}
object Zone ZoneName {{ endpoints = [ NodeName ] }}
object CheckerComponent "checker" {{ }}
object ApiListener "api" {{
  bind_host = "127.0.0.1"
  bind_port = {port}
}}
object ApiUser "reader" {{
  password = "{secret}"
  permissions = [ "objects/query/Host", "objects/query/Service", "status/query" ]
}}
object ApiUser "operator" {{
  password = "{secret}"
  permissions = [ "*" ]
}}
object ApiUser "nobody" {{ password = "{secret}" }}
template Host "host" {{
  check_command = "dummy"
  check_interval = 1
  max_check_attempts = 1
  vars.dummy_state = 0
  vars.dummy_text = "up"
}}
template Service "service" {{
  check_command = "dummy"
  check_interval = 1
  retry_interval = 600
  max_check_attempts = 1
  vars.dummy_state = 0
  vars.dummy_text = "fine"
}}
"""


def host(name: str, *words: str) -> str:
    """The definition of a host that is up where nothing else is said."""
    return _definition("Host", name, "host", words)


def service(host_name: str, name: str, *words: str) -> str:
    """The definition of a service that is well where nothing else is said."""
    return _definition("Service", name, "service", (f'host_name = "{host_name}"', *words))


def says(state: int, said: str) -> str:
    """What a check answers."""
    return f'vars.dummy_state = {state}\n  vars.dummy_text = "{said}"'


def _definition(kind: str, name: str, base: str, words: tuple[str, ...]) -> str:
    rows = "".join(f"  {word}\n" for word in words)
    return f'object {kind} "{name}" {{\n  import "{base}"\n{rows}}}\n'


class RealIcinga:
    """One Icinga 2 in the foreground; skips where the program is missing.

    Attributes:
        ca: The authority of its certificate.
    """

    def __init__(self, folder: Path, objects: str) -> None:
        if DAEMON is None:
            pytest.skip("no icinga2 program here")
        self.folder = folder
        self.port = free_port()
        certificates = folder / "data" / "certs"
        certificates.mkdir(parents=True)
        self.ca = certificates / "ca.crt"
        self._make(certificates)
        config = _CONFIG.format(port=self.port, secret=SECRET) + objects
        (folder / "icinga2.conf").write_text(config)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def _make(self, certificates: Path) -> None:
        key, made = certificates / "localhost.key", certificates / "localhost.crt"
        command = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
            f"-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {made}"
        )
        subprocess.run(command.split(), check=True, capture_output=True)
        shutil.copyfile(made, self.ca)

    def start(self) -> None:
        """Returns once its interface answers."""
        user = pwd.getpwuid(os.getuid()).pw_name
        places = {
            "DataDir": "data",
            "LogDir": "log",
            "CacheDir": "cache",
            "SpoolDir": "spool",
            "InitRunDir": "run",
        }
        for place in places.values():
            (self.folder / place).mkdir(exist_ok=True)
        defined = [f"-D{name}={self.folder / place}" for name, place in places.items()]
        group = grp.getgrgid(os.getgid()).gr_name
        defined += [f"-DRunAsUser={user}", f"-DRunAsGroup={group}"]
        with (self.folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                [str(DAEMON), "daemon", "-c", str(self.folder / "icinga2.conf"), *defined],
                env=os.environ | {"ICINGA2_USER": user, "ICINGA2_GROUP": group},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "out").read_text()[-2000:]
            assert time.monotonic() < deadline, (self.folder / "out").read_text()[-2000:]
            time.sleep(0.1)  # the time of another process: it tells nobody that it is there

    def _answers(self) -> bool:
        try:
            self._send("GET", "/v1/status/CIB", None)
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """Ends it with all its processes."""
        if self._process is not None:
            group = self._process.pid
            for sign in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(group, sign)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(10)
            self._process = None

    def act(self, path: str, body: Any) -> None:
        """What an operator does by its interface."""
        status, said = self._send("POST", path, body)
        assert 200 <= status < 300, said

    def _send(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        trust = ssl.create_default_context(cafile=str(self.ca))
        link = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=trust)
        try:
            pair = base64.b64encode(f"operator:{SECRET}".encode()).decode()
            headers = {"Authorization": f"Basic {pair}", "Accept": "application/json"}
            link.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()
