"""Which slow questions a workspace asks its hosts, besides those that every host is asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from devops_tui.domain.fleet import Host


@dataclass(frozen=True, slots=True)
class Check:
    """A command on the host that speaks the Nagios plugin protocol.

    Attributes:
        run: POSIX sh.
        groups: Only hosts in one of them; empty for all.
    """

    name: str
    run: str
    every_s: float = 300.0
    timeout_s: float = 10.0
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificates:
    """Certificates that a host holds in files, or shows at its ports.

    Attributes:
        files: PEM files on the host, absolute.
        ports: "443" of the host itself, or "NAME:PORT" as the host reaches it.
        warn_days: How long before the end it is a warning.
        groups: Only hosts in one of them; empty for all.
    """

    files: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    warn_days: float = 21.0
    groups: tuple[str, ...] = ()


class DatabaseKind(StrEnum):
    """What kind of server it is."""

    POSTGRES = "postgres"
    REDIS = "redis"


@dataclass(frozen=True, slots=True)
class Database:
    """A database server, asked on the host where its client finds it.

    Attributes:
        server: A name, an address, or a folder of sockets; empty for the client's default.
        port: 0 for the client's default.
        password: A reference to a secret; empty for none.
        groups: Only hosts in one of them; empty for all.
    """

    name: str
    kind: DatabaseKind
    server: str = ""
    port: int = 0
    user: str = ""
    database: str = ""
    password: str = ""
    every_s: float = 60.0
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogFiles:
    """Files whose ends are shown of a host; `groups` as above."""

    files: tuple[str, ...]
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SlowPlan:
    """What a workspace asks its hosts slowly."""

    checks: tuple[Check, ...] = ()
    certificates: tuple[Certificates, ...] = ()
    databases: tuple[Database, ...] = ()
    logs: tuple[LogFiles, ...] = ()

    def databases_of(self, host: Host) -> tuple[Database, ...]:
        """Those that concern a host."""
        return tuple(found for found in self.databases if _concerns(found.groups, host))

    def logs_of(self, host: Host) -> tuple[str, ...]:
        """The files that are shown of a host, each once."""
        found = (file for logs in self.logs if _concerns(logs.groups, host) for file in logs.files)
        return tuple(dict.fromkeys(found))

    def checks_of(self, host: Host) -> tuple[Check, ...]:
        """Those that concern a host."""
        return tuple(check for check in self.checks if _concerns(check.groups, host))

    def certificates_of(self, host: Host) -> tuple[Certificates, ...]:
        """Those that concern a host."""
        return tuple(found for found in self.certificates if _concerns(found.groups, host))


def _concerns(groups: tuple[str, ...], host: Host) -> bool:
    return not groups or not set(groups).isdisjoint(host.groups)
