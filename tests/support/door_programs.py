"""Real Caddy, Envoy and Traefik on loopback, each with the few lines that its switch needs.

They are taken from the search path, or from the folder that `$DEVOPS_TUI_BALANCERS` names.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from devops_tui.domain import tester_lines
from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import (
    CaddyConfig,
    EnvoyConfig,
    OtherConfig,
    PreviewRequest,
    TraefikConfig,
)
from support.haproxy import free_port
from support.process import START_S

_PLACES = os.pathsep.join(
    (os.environ.get("DEVOPS_TUI_BALANCERS", ""), os.environ.get("PATH", ""), "/usr/local/bin")
)


def program(name: str) -> str:
    """Its path; skips the test, with the reason, on a machine without it."""
    found = shutil.which(name, path=_PLACES)
    if found is None:
        pytest.skip(f"no {name} program here")
    return found


def _read(lines: Sequence[str]) -> Any:
    return yaml.safe_load("\n".join(lines))


class ProgramDoor:
    """A balancer in a process of its own, its files under `folder`; ready when it answers.

    Attributes:
        testers: How it knows testers; to be set before the first start.
    """

    name = ""
    testers: PreviewRequest | None = None

    def __init__(self, folder: Path, servers: Mapping[str, Sequence[int]]) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.port = free_port()
        self.admin = free_port()
        self.servers = servers
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it with the files as they are, and waits until a request is answered."""
        self.write()
        homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(self.folder))
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program(self.name), *self.words()], stdout=log, stderr=log, env=os.environ | homes
            )
        deadline = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()[-3000:]
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-3000:]
            select.select([], [], [], 0.05)

    def stop(self) -> None:
        """Ends it by its own process id; nothing when it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
        self._process = None

    def write(self) -> None:
        """Makes the files that are not there yet."""
        raise NotImplementedError

    def words(self) -> list[str]:
        """Its command line after the program."""
        raise NotImplementedError

    def config(self, host: str) -> OtherConfig:
        """How the switch reaches it."""
        raise NotImplementedError

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 2) as link:
            link.settimeout(2)
            link.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
            return link.recv(100).startswith(b"HTTP/1.1 200")
        return False


class RealCaddy(ProgramDoor):
    """Caddy with a `vars` handler that holds the colour."""

    name = "caddy"

    def write(self) -> None:
        if self.file.exists():
            return

        def proxy(colour: str) -> dict[str, object]:
            dials = [{"dial": f"127.0.0.1:{port}"} for port in self.servers[colour]]
            return {"handler": "reverse_proxy", "upstreams": dials}

        is_green = {"vars": {"{http.vars.colour}": ["green"]}}
        holder = {"@id": "shop", "handler": "vars", "colour": "blue", "fence": "0"}
        routes = [
            {"handle": [holder]},
            *(self._asked({c: [proxy(c)] for c in self.servers})),
            {"match": [is_green], "handle": [proxy("green")]},
            {"handle": [proxy("blue")]},
        ]
        door = {
            "listen": [f"127.0.0.1:{self.port}"],
            "automatic_https": {"disable": True},
            "routes": routes,
        }
        config = {
            "admin": {"listen": f"127.0.0.1:{self.admin}"},
            "apps": {"http": {"servers": {"door": door}}},
        }
        self.file.write_text(json.dumps(config))

    def _asked(self, handles: Mapping[str, Sequence[object]]) -> Sequence[object]:
        return tester_lines.of_caddy(self.testers, handles) if self.testers else ()

    @property
    def file(self) -> Path:
        """What it starts from."""
        return self.folder / "caddy.json"

    def words(self) -> list[str]:
        return ["run", "--config", str(self.file)]

    def reload(self) -> None:
        """Loads its file again, as `systemctl reload caddy` does."""
        words = ["reload", "--force", "--config", str(self.file)]
        homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(self.folder))
        subprocess.run(
            [program(self.name), *words, "--address", f"127.0.0.1:{self.admin}"],
            check=True,
            capture_output=True,
            env=os.environ | homes,
        )

    def config(self, host: str) -> CaddyConfig:
        """How the switch reaches it."""
        return CaddyConfig((HostName(host),), self.admin, "shop", str(self.file), self.port)


class RealTraefik(ProgramDoor):
    """Traefik with a file of its own for the weighted service."""

    name = "traefik"

    def write(self) -> None:
        rules = self.folder / "rules"
        if rules.exists():
            return
        rules.mkdir()
        services = {
            f"shop_{colour}": {
                "loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{p}"} for p in ports]}
            }
            for colour, ports in self.servers.items()
        }
        routers = {"shop": {"rule": "PathPrefix(`/`)", "service": "shop", "entryPoints": ["web"]}}
        if self.testers is not None:
            lines = tester_lines.of_traefik(self.testers, "shop", lambda c: f"shop_{c}")
            routers |= {n: {**r, "entryPoints": ["web"]} for n, r in _read(lines).items()}
        (rules / "fixed.yml").write_text(
            json.dumps({"http": {"routers": routers, "services": services}})
        )
        self.file.write_text(
            "# fence 0\nhttp:\n  services:\n    shop:\n      weighted:\n        services:\n"
            "          - name: shop_blue\n            weight: 1\n"
            "          - name: shop_green\n            weight: 0\n"
        )
        static = {
            "entryPoints": {
                "web": {"address": f"127.0.0.1:{self.port}"},
                "traefik": {"address": f"127.0.0.1:{self.admin}"},
            },
            "api": {"insecure": True},
            "providers": {
                "file": {"directory": str(rules), "watch": True},
                "providersThrottleDuration": "0.2s",
            },
            "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        }
        (self.folder / "traefik.yml").write_text(json.dumps(static))

    @property
    def file(self) -> Path:
        """What the switch writes."""
        return self.folder / "rules" / "shop.yml"

    def words(self) -> list[str]:
        return [f"--configFile={self.folder / 'traefik.yml'}"]

    def reload(self) -> None:
        """Writes another file of the folder: Traefik then reads all of them again."""
        fixed = self.folder / "rules" / "fixed.yml"
        text = json.loads(fixed.read_text())
        text["http"]["middlewares"] = {
            "marked": {"headers": {"customRequestHeaders": {"X-Read": str(time.monotonic())}}}
        }
        new = fixed.with_name("fixed.new")
        new.write_text(json.dumps(text))
        new.replace(fixed)
        self._wait_until_read(text["http"]["middlewares"]["marked"])

    def _wait_until_read(self, middleware: Mapping[str, object]) -> None:
        place = f"http://127.0.0.1:{self.admin}/api/http/middlewares/marked@file"
        deadline = time.monotonic() + START_S
        while True:
            with suppress(OSError), urllib.request.urlopen(place, timeout=5) as answer:
                if json.load(answer)["headers"] == middleware["headers"]:
                    return
            assert time.monotonic() < deadline, "traefik does not read its files again"
            select.select([], [], [], 0.05)

    def config(self, host: str) -> TraefikConfig:
        """How the switch reaches it."""
        return TraefikConfig((HostName(host),), str(self.file), self.admin, "shop", port=self.port)


class RealEnvoy(ProgramDoor):
    """Envoy with weighted clusters whose weights are runtime keys.

    Attributes:
        is_kept: Whether a disk layer keeps them; to be set before the first start.
    """

    name = "envoy"
    is_kept = True
    _epoch = 0

    @property
    def runtime(self) -> Path:
        """What the switch writes."""
        return self.folder / "runtime"

    def _kept(self) -> list[object]:
        if not self.is_kept:
            return []
        self.runtime.mkdir(exist_ok=True)
        return [{"name": "kept", "disk_layer": {"symlink_root": str(self.runtime / "current")}}]

    def write(self) -> None:
        def address(port: int) -> dict[str, object]:
            return {"socket_address": {"address": "127.0.0.1", "port_value": port}}

        clusters = [
            {
                "name": f"shop_{colour}",
                "type": "STATIC",
                "connect_timeout": "2s",
                "load_assignment": {
                    "cluster_name": f"shop_{colour}",
                    "endpoints": [
                        {"lb_endpoints": [{"endpoint": {"address": address(p)}} for p in ports]}
                    ],
                },
            }
            for colour, ports in self.servers.items()
        ]
        weights = {
            "runtime_key_prefix": "shop",
            "clusters": [
                {"name": "shop_blue", "weight": 100},
                {"name": "shop_green", "weight": 0},
            ],
        }
        kind = "type.googleapis.com/envoy.extensions.filters"
        manager = {
            "@type": f"{kind}.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "door",
            "upgrade_configs": [{"upgrade_type": "websocket"}],
            "http_filters": [
                {
                    "name": "router",
                    "typed_config": {"@type": f"{kind}.http.router.v3.Router"},
                }
            ],
            "route_config": {
                "virtual_hosts": [
                    {
                        "name": "shop",
                        "domains": ["*"],
                        "routes": [
                            *self._asked(),
                            {"match": {"prefix": "/"}, "route": {"weighted_clusters": weights}},
                        ],
                    }
                ]
            },
        }
        config = {
            "admin": {"address": address(self.admin)},
            "layered_runtime": {
                "layers": [
                    {
                        "name": "first",
                        "static_layer": {"shop.shop_blue": 100, "shop.shop_green": 0},
                    },
                    *self._kept(),
                    {"name": "admin", "admin_layer": {}},
                ]
            },
            "static_resources": {
                "listeners": [
                    {
                        "name": "door",
                        "address": address(self.port),
                        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
                    }
                ],
                "clusters": clusters,
            },
        }
        (self.folder / "envoy.json").write_text(json.dumps(config))

    def _asked(self) -> list[Any]:
        if self.testers is None:
            return []
        return list(_read(tester_lines.of_envoy(self.testers, lambda c: f"shop_{c}")))

    def words(self) -> list[str]:
        # a port of ours is a number of ours: no other Envoy shares memory under it
        own = ["--base-id", str(self.admin), "--restart-epoch", str(self._epoch)]
        times = ["--drain-time-s", "1", "--parent-shutdown-time-s", "2"]
        return ["-c", str(self.folder / "envoy.json"), *own, *times, "-l", "warning"]

    def reload(self) -> None:
        """A hot restart: a new process takes the port over, the old one ends after it."""
        old = self._process
        assert old is not None
        self._epoch += 1
        self.start()
        old.wait(START_S)

    def stop(self) -> None:
        """Ends it; the next start is the first of a new row."""
        super().stop()
        self._epoch = 0

    def config(self, host: str) -> EnvoyConfig:
        """How the switch reaches it."""
        runtime = str(self.runtime) if self.is_kept else ""
        return EnvoyConfig((HostName(host),), self.admin, "shop", port=self.port, runtime=runtime)
