"""A real Nagios under a folder of its own, and its status CGI without a web server."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest

from support.tool_double import Answer, Asked

START_S = 60.0
DAEMON = shutil.which("nagios4", path="/usr/sbin:/usr/local/nagios/bin")
CGI = shutil.which("statusjson.cgi", path="/usr/lib/cgi-bin/nagios4:/usr/local/nagios/sbin")

_MAIN = """\
log_file={w}/nagios.log
cfg_file={w}/objects.cfg
object_cache_file={w}/objects.cache
precached_object_file={w}/objects.precache
status_file={w}/status.dat
status_update_interval=1
nagios_user={user}
nagios_group={group}
check_external_commands=1
command_file={w}/nagios.cmd
lock_file={w}/nagios.pid
temp_file={w}/nagios.tmp
temp_path={w}
check_result_path={w}/spool
query_socket={w}/nagios.qh
state_retention_file={w}/retention.dat
check_result_reaper_frequency=1
interval_length=1
check_workers=1
check_for_updates=0
use_syslog=0
"""

_WEB = """\
main_config_file={w}/nagios.cfg
physical_html_path={w}
url_html_path=/nagios
use_authentication=1
authorized_for_system_information=ops
authorized_for_all_services=ops
authorized_for_all_hosts=ops
"""

_BASE = """\
define command {
  command_name say
  command_line /bin/sh -c 'echo "$ARG2$" && exit $ARG1$'
}
define timeperiod {
  timeperiod_name always
  alias always
  sunday 00:00-24:00
  monday 00:00-24:00
  tuesday 00:00-24:00
  wednesday 00:00-24:00
  thursday 00:00-24:00
  friday 00:00-24:00
  saturday 00:00-24:00
}
define contact {
  contact_name ops
  host_notifications_enabled 0
  service_notifications_enabled 0
  host_notification_commands say
  service_notification_commands say
}
define host {
  name host
  register 0
  check_interval 600
  max_check_attempts 1
  check_period always
  notification_interval 0
  contacts ops
  check_command say!0!up
}
define service {
  name service
  register 0
  check_interval 600
  retry_interval 600
  max_check_attempts 1
  check_period always
  notification_interval 0
  contacts ops
}
"""


def host(name: str, **more: str) -> str:
    """The definition of a host that is up where nothing else is said."""
    return _definition("host", host_name=name, address="127.0.0.1", **more)


def service(host_name: str, name: str, **more: str) -> str:
    """The definition of a service."""
    return _definition("service", host_name=host_name, service_description=name, **more)


def _definition(kind: str, **words: str) -> str:
    rows = "".join(f"  {key} {value}\n" for key, value in words.items())
    return f"define {kind} {{\n  use {kind}\n{rows}}}\n"


class RealNagios:
    """One Nagios in the foreground.

    Raises at its start where it does not come: skips where its programs are missing.
    """

    def __init__(self, folder: Path, objects: str) -> None:
        if DAEMON is None or CGI is None:
            pytest.skip("no Nagios with its CGIs here")
        if os.getuid() != 0:
            pytest.skip("Nagios changes its user, which only root may")
        self.folder = folder
        (folder / "spool").mkdir()
        words = {"w": folder, "user": "root", "group": "root"}
        (folder / "nagios.cfg").write_text(_MAIN.format_map(words))
        (folder / "cgi.cfg").write_text(_WEB.format_map(words))
        (folder / "objects.cfg").write_text(_BASE + objects)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it keeps its state in a file, and takes commands."""
        with (self.folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                [str(DAEMON), str(self.folder / "nagios.cfg")],
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while not ((self.folder / "status.dat").exists() and self._pipe.exists()):
            assert self._process.poll() is None, (self.folder / "out").read_text()[-2000:]
            assert time.monotonic() < deadline, "Nagios did not start"
            time.sleep(0.05)  # the time of another process: it tells nobody that it is there

    def stop(self, *, is_crash: bool = False) -> None:
        """Ends it and its workers; after a crash its last state stays behind."""
        if self._process is not None:
            group = self._process.pid
            if is_crash:
                os.killpg(group, 9)
            else:
                self._process.terminate()
            self._process.wait(START_S)
            self._process = None

    def grow_old(self, seconds: float) -> None:
        """As if it had crashed so long ago."""
        at = time.time() - seconds
        os.utime(self.folder / "status.dat", (at, at))

    def command(self, words: str) -> None:
        """One external command, without its time."""
        with self._pipe.open("w") as pipe:
            pipe.write(f"[{int(time.time())}] {words}\n")

    def cgi(self, asked: Asked) -> Answer:
        """What a web server does that trusts its own login."""
        kind, _, pair = asked.headers.get("authorization", "").partition(" ")
        if kind != "Basic":
            return 401, "who is it?"
        user = base64.b64decode(pair).decode().partition(":")[0]
        environment = {
            "NAGIOS_CGI_CONFIG": str(self.folder / "cgi.cfg"),
            "REQUEST_METHOD": "GET",
            "REMOTE_USER": user,
            "QUERY_STRING": urlencode(asked.query, doseq=True),
        }
        said = subprocess.run([str(CGI)], env=environment, capture_output=True, check=False).stdout
        return said.partition(b"\r\n\r\n")[2]

    @property
    def _pipe(self) -> Path:
        return self.folder / "nagios.cmd"
