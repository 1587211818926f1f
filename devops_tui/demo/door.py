"""The front door of the demo: HAProxy where it is installed, else the embedded one.

Both listen on one port, read the same map file at their start, and take the same
commands on an admin socket; only who runs them differs.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from devops_tui.demo.plan import BALANCER, BLUE, GREEN, LOOPBACK, WorldPlan, package_root
from devops_tui.domain.errors import Refused
from devops_tui.domain.traffic import Colour

SERVICE = "shop"
CHOICE = "DEVOPS_TUI_DEMO_DOOR"


def choose(environ: Mapping[str, str] = os.environ) -> str:
    """Which door: "haproxy" or "embedded"; the environment's choice, else what is installed.

    Raises:
        Refused: The variable asks for something that is not there.
    """
    wanted = environ.get(CHOICE, "auto")
    found = haproxy_program()
    if wanted == "auto":
        return "haproxy" if found else "embedded"
    if wanted == "haproxy" and not found:
        raise Refused("there is no haproxy here", f"Install it, or set {CHOICE}=embedded.")
    if wanted not in ("haproxy", "embedded"):
        raise Refused(f"{CHOICE}={wanted} is unknown", "There are: auto, embedded, haproxy.")
    return wanted


def haproxy_program() -> str | None:
    """Where HAProxy is; administrators' programs are often not in a user's PATH."""
    return shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def backend_name(colour: Colour) -> str:
    """As the workspace's `backend:` has it by default."""
    return f"{SERVICE}_{colour.value}"


def write_files(plan: WorldPlan) -> None:
    """Writes the door's configuration, and its map unless there is one.

    Raises:
        Refused: The folder for the socket belongs to somebody else.
    """
    folder = plan.door_folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.is_symlink():
        raise Refused(f"{folder} belongs to somebody else", "Remove it, then start again.")
    if not plan.map_file.exists():
        plan.map_file.write_text(f"{SERVICE} {Colour.BLUE}\n", "utf-8")
    text = _haproxy_text(plan) if plan.door == "haproxy" else _embedded_text(plan)
    config_file(plan).write_text(text, "utf-8")


def config_file(plan: WorldPlan) -> Path:
    """The configuration of the door that is used."""
    name = "haproxy.cfg" if plan.door == "haproxy" else "front_door.json"
    return plan.home(BALANCER) / name


def start_script(plan: WorldPlan) -> str:
    """POSIX sh that starts the door, detached, on its host."""
    config = shlex.quote(str(config_file(plan)))
    if plan.door == "haproxy":
        command = f"{shlex.quote(haproxy_program() or 'haproxy')} -db -f {config}"
    else:
        package = shlex.quote(str(package_root()))
        python = shlex.quote(sys.executable)
        command = (
            f"env PYTHONPATH={package} {python} -m devops_tui.demo.front_door --config {config}"
        )
    socket = shlex.quote(str(plan.socket))
    return f"rm -f {socket}\nsetsid {command} </dev/null >>front_door.log 2>&1 &\n"


def _colours(plan: WorldPlan) -> dict[Colour, tuple[tuple[str, int], ...]]:
    return {Colour.BLUE: plan.colour_servers(BLUE), Colour.GREEN: plan.colour_servers(GREEN)}


def _embedded_text(plan: WorldPlan) -> str:
    backends = {
        colour.value: {
            "name": backend_name(colour),
            "servers": [f"{LOOPBACK}:{port}" for _, port in servers],
        }
        for colour, servers in _colours(plan).items()
    }
    config = {
        "port": plan.door_port,
        "admin_socket": str(plan.socket),
        "map": str(plan.map_file),
        "key": SERVICE,
        "backends": backends,
    }
    return json.dumps(config, indent=2) + "\n"


def _haproxy_text(plan: WorldPlan) -> str:
    backends = "\n".join(
        f"backend {backend_name(colour)}\n"
        "    balance roundrobin\n"
        + "".join(f"    server {name} {LOOPBACK}:{port}\n" for name, port in servers)
        for colour, servers in _colours(plan).items()
    )
    return f"""\
global
    stats socket "{plan.socket}" mode 600 level admin
    maxconn 2000

defaults
    mode http
    timeout connect 2s
    timeout client 75s
    timeout server 30s
    timeout http-keep-alive 75s
    retries 3
    retry-on conn-failure empty-response
    option redispatch 1
    option http-keep-alive
    http-reuse safe

frontend door
    bind {LOOPBACK}:{plan.door_port}
    use_backend {SERVICE}_%[str({SERVICE}),map("{plan.map_file}")]

{backends}"""
