"""Where requests reach a service through one balancer."""

from __future__ import annotations

from dataclasses import dataclass

from devops_tui.domain.cloud_switching import AlbConfig, KubernetesConfig, Route53Config
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import SwitchConfig
from devops_tui.domain.web import origin

_HERE = "127.0.0.1"
_PORTS = {False: 80, True: 443}


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """One address.

    Attributes:
        via: The host from whose network it is reached.
        name: Value of the Host header.
    """

    via: HostName
    address: str
    port: int
    name: str
    is_tls: bool = False

    def __str__(self) -> str:
        """As a person reads it: a port of the balancer itself, or a URL."""
        if self.address == _HERE:
            return f"port {self.port}"
        return f"{'https' if self.is_tls else 'http'}://{self.name}"


def front_door(config: SwitchConfig, host: HostName) -> FrontDoor | None:
    """The door of one balancer; None where nobody named it."""
    if not isinstance(config, AlbConfig | Route53Config | KubernetesConfig):
        return FrontDoor(host, _HERE, config.port, f"{_HERE}:{config.port}")
    url = config.doors.get(host)
    if url is None:
        return None
    is_tls, address, port = origin(url)
    shown = f"[{address}]" if ":" in address else address
    name = shown if port == _PORTS[is_tls] else f"{shown}:{port}"
    return FrontDoor(config.via, address, port, name, is_tls)
