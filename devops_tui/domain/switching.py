"""How each kind of switch is configured, beside HAProxy's map."""

from __future__ import annotations

from dataclasses import dataclass

from devops_tui.domain.ids import HostName


@dataclass(frozen=True, slots=True)
class NginxConfig:
    """A file that nginx looks for at each request: where it is, green serves, else blue.

    Attributes:
        hosts: The balancers; the file is written over their SSH link.
        flag: Path of the file there. Beside it lie `<flag>.fence` and `<flag>.lock`.
        port: Of the front door there.
    """

    hosts: tuple[HostName, ...]
    flag: str
    port: int = 80
