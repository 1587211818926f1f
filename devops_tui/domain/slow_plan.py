"""Which slow questions a workspace asks its hosts, besides those that every host is asked."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class SlowPlan:
    """Checks and certificates of a workspace."""

    checks: tuple[Check, ...] = ()
    certificates: tuple[Certificates, ...] = ()

    def checks_of(self, host: Host) -> tuple[Check, ...]:
        """Those that concern a host."""
        return tuple(check for check in self.checks if _concerns(check.groups, host))

    def certificates_of(self, host: Host) -> tuple[Certificates, ...]:
        """Those that concern a host."""
        return tuple(found for found in self.certificates if _concerns(found.groups, host))


def _concerns(groups: tuple[str, ...], host: Host) -> bool:
    return not groups or not set(groups).isdisjoint(host.groups)
