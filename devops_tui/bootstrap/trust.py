"""Asks a host for its key and writes it down, for the command line."""

from __future__ import annotations

import asyncio

from devops_tui.domain.fleet import Host
from devops_tui.domain.workspace import Workspace
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.trust import Offer, ask_key, write_down


def key_of(host: Host, workspace: Workspace) -> Offer:
    """What the host shows now; raises HostError and its kinds."""
    return asyncio.run(ask_key(host, workspace.hosts, LinkLimits()))


def trust(offer: Offer) -> None:
    """Writes its key down; raises HostError."""
    write_down(offer)
