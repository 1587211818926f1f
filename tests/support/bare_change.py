"""Changes a door's colour by the server's own command and nothing else: no lock, no proof.

What a flip is measured against: how much of what fails or comes late is the server's own.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import urllib.request
from pathlib import Path

from devops_tui.domain.switching import CaddyConfig, EnvoyConfig, NginxConfig, NginxIncludeConfig
from devops_tui.domain.traffic import Colour
from support.haproxy import RealHaproxy
from support.switch_doors import Door


def bare_change(door: Door, to: Colour) -> None:
    """Blocks until the command has returned.

    Raises:
        NotImplementedError: For doors of this kind there is no single command.
    """
    config = door.config
    if isinstance(config, NginxIncludeConfig):
        Path(config.include).write_text(f"set $colour {to}; # fence 0\n")
        subprocess.run(shlex.split(config.reload), check=True, capture_output=True)
    elif isinstance(config, NginxConfig) and to is Colour.GREEN:
        Path(config.flag).touch()
    elif isinstance(config, NginxConfig):
        Path(config.flag).unlink(missing_ok=True)
    elif isinstance(config, CaddyConfig):
        _send(f"http://127.0.0.1:{config.admin}/id/{config.id}/colour", "PATCH", json.dumps(to))
    elif isinstance(config, EnvoyConfig):
        names = {c: config.cluster.format(service="shop", colour=c.value) for c in Colour}
        words = [f"{config.key}.{names[c]}={100 if c is to else 0}" for c in Colour]
        _send(f"http://127.0.0.1:{config.admin}/runtime_modify?{'&'.join(words)}", "POST", "")
    elif isinstance(door.balancer, RealHaproxy):
        door.balancer.ask(f"set map {door.balancer.map} {door.balancer.key} {to}")
    else:
        raise NotImplementedError(f"no bare command changes {door.kind}")


def _send(url: str, method: str, body: str) -> None:
    words = {"Content-Type": "application/json"}
    asked = urllib.request.Request(url, body.encode(), words, method=method)  # noqa: S310 - own host
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - own host
        answer.read()
