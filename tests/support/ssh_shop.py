"""A shop whose balancers are reached over SSH: one real sshd, a link of its own to each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from devops_tui.domain.ids import HostName
from devops_tui.ports.store import Store
from devops_tui.ports.transport import ByteReader, ByteWriter, CallsAhead, Transport
from devops_tui.services.flips import Flips
from devops_tui.transports.links import SshLinks
from support.sshd import openssh
from support.traffic import SHOP, RealClock, Shop

_STARTUPS = "MaxStartups 200"  # all of them log in within a second


class MappedTransport:
    """A link that knows where a port of its host really is: all share this machine.

    Attributes:
        sent: When each commit of a map was given to the link, in seconds of the monotonic clock.
        committed: When the answer to each of them was back.
    """

    def __init__(self, inner: Transport, ports: dict[int, int]) -> None:
        self._inner = inner
        self._ports = ports
        self.sent: list[float] = []
        self.committed: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def call_ahead(self, socket_path: str) -> None:
        if isinstance(self._inner, CallsAhead):
            await self._inner.call_ahead(socket_path)

    async def exchange(self, socket_path: str, data: bytes, *, timeout_s: float = 5.0) -> bytes:
        if data.startswith(b"commit map"):
            self.sent.append(time.monotonic())
        answer = await self._inner.exchange(socket_path, data, timeout_s=timeout_s)
        if data.startswith(b"commit map"):
            self.committed.append(time.monotonic())
        return answer

    async def open_port(
        self, port: int, address: str = "127.0.0.1"
    ) -> tuple[ByteReader, ByteWriter]:
        return await self._inner.open_port(self._ports.get(port, port), address)


class SshShopLinks:
    """Gives each balancer its own SSH connection, and servers the one of this machine."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self._sshd = ExitStack()
        server = self._sshd.enter_context(openssh(folder / "sshd", [_STARTUPS]))
        self._links = SshLinks({name: server.host(name) for name in shop.every_door})
        self._local = shop.links
        self.transports = {
            HostName(name): MappedTransport(self._links.to(HostName(name)), {80: door.port})
            for name, door in shop.every_door.items()
        }

    def to(self, host: HostName) -> Any:
        """An SSH link where it is a balancer's."""
        return self.transports.get(host) or self._local.to(host)

    async def warm(self) -> None:
        """Opens every link."""
        for transport in self.transports.values():
            await transport.connect()

    async def close(self) -> None:
        """Ends the links and the server."""
        await self._links.close()
        self._sshd.close()


class SshShop(Shop):
    """Like Shop, over SSH; `close_links` before `close`."""

    def __init__(self, folder: Path, kinds: Sequence[str], **more: float) -> None:
        super().__init__(folder, kinds, **more)
        self.ssh = SshShopLinks(self, folder)

    def flips(self, store: Store) -> Flips:
        """Flips over this shop."""
        return Flips(store, RealClock(), {SHOP: self.service}, self.switches, self.ssh)

    def switches(self, service: Any) -> list[Any]:
        """One for each door, over its link."""
        from devops_tui.bootstrap.switches import switch_of

        return [
            switch_of(self.ssh.to(HostName(host)), door.config, service)
            for host, door in self.every_door.items()
        ]
