"""Gives every host its one transport, and every transport its runner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from devops_tui.domain.audit import CommandRecord
from devops_tui.domain.errors import HostError, NotFound
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import THIS_MACHINE, HostName
from devops_tui.ports.transport import Links, Transport
from devops_tui.transports.jobctl import DEFAULT_SPOOL, JobctlRunner
from devops_tui.transports.known_secrets import KNOWN
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.local import LocalTransport
from devops_tui.transports.recorded import RecordedTransport
from devops_tui.transports.ssh import SshTransport
from devops_tui.transports.ssh_config import USER_FILE


class SshLinks:
    """Transports of a workspace's hosts, made at first use; this machine is always one.

    Args:
        hosts: By name, as the workspace has them.
        on_command: Told of every command that was sent; called on the event loop.
        mask: Takes secrets out of a line before `on_command` sees it; by default all that
            this process has looked up.
    """

    def __init__(
        self,
        hosts: Mapping[str, Host],
        *,
        on_command: Callable[[CommandRecord], None] | None = None,
        mask: Callable[[str], str] = KNOWN.mask,
        limits: LinkLimits | None = None,
        config_file: Path = USER_FILE,
    ) -> None:
        self._hosts = dict(hosts)
        self._on_command = on_command
        self._mask = mask
        self._limits = limits
        self._config_file = config_file
        self._direct: dict[HostName, SshTransport | LocalTransport] = {}
        self._recorded: dict[HostName, Transport] = {}

    def to(self, host: HostName) -> Transport:
        """The transport of a host; raises NotFound."""
        if host not in self._recorded:
            direct = self._direct_to(host, ())
            self._recorded[host] = (
                RecordedTransport(direct, self._on_command, self._mask)
                if self._on_command
                else direct
            )
        return self._recorded[host]

    async def close(self) -> None:
        """Closes all links; the ones that lead through others first."""
        for transport in reversed(list(self._direct.values())):
            await transport.close()

    def _direct_to(
        self, name: HostName, through: tuple[HostName, ...]
    ) -> SshTransport | LocalTransport:
        if name not in self._direct:
            self._direct[name] = self._make(name, through)
        return self._direct[name]

    def _make(self, name: HostName, through: tuple[HostName, ...]) -> SshTransport | LocalTransport:
        host = self._hosts.get(name)
        if host is None and name == THIS_MACHINE:
            return LocalTransport()
        if host is None:
            known = ", ".join(sorted(self._hosts)[:8])
            raise NotFound(f"no host {name}", f"There are: {known}." if known else "")
        if host.is_local:
            return LocalTransport(name)
        via: SshTransport | None = None
        if host.via:
            if host.via in (*through, name):
                raise HostError(f"{name} jumps over itself", "Correct `via` of the hosts.")
            jump = self._direct_to(HostName(host.via), (*through, name))
            via = jump if isinstance(jump, SshTransport) else None
        return SshTransport(host, via=via, limits=self._limits, config_file=self._config_file)


class JobctlRunners:
    """Gives each host its one runner.

    Args:
        links: Where the transports come from.
        local_spool: Folder for the commands of this machine.
        patience_s: How long a lost link is looked for.
    """

    def __init__(self, links: Links, local_spool: Path, *, patience_s: float = 60.0) -> None:
        self._links = links
        self._local_spool = local_spool
        self._patience_s = patience_s
        self._runners: dict[HostName, JobctlRunner] = {}

    def on(self, host: HostName) -> JobctlRunner:
        """The runner of a host; raises NotFound."""
        if host not in self._runners:
            transport = self._links.to(host)
            direct = transport.inner if isinstance(transport, RecordedTransport) else transport
            is_local = isinstance(direct, LocalTransport)
            spool = str(self._local_spool.absolute()) if is_local else DEFAULT_SPOOL
            self._runners[host] = JobctlRunner(transport, spool, patience_s=self._patience_s)
        return self._runners[host]

    def close(self) -> None:
        """Ends the sessions of followers; commands go on."""
        for runner in self._runners.values():
            runner.close()
