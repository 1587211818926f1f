"""Hosts, and how well we can see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample


class Scope(StrEnum):
    """Whose figures the probe reports.

    TREE is for hosts that share one kernel with others (containers without a
    namespace of their own, the demo's hosts): only the processes below the SSH
    server that answered are counted, against one core.
    """

    MACHINE = "machine"
    TREE = "tree"


@dataclass(frozen=True, slots=True)
class Host:
    """A server that is reached by SSH, or this machine.

    Attributes:
        address: Name or address; empty means as ~/.ssh/config says for `name`.
        port, user, identity: Empty or 0 means as ~/.ssh/config says.
        via: Name of the host to jump over; empty for none.
        known_hosts: File with the host's key; empty means the user's own.
        is_local: This machine, read by psutil, no SSH.
        tags: Free words to filter by.
        other_addresses: Tried in this order when `address` does not answer; the host's key is
            looked up by `address` all the same.
        certificate: File that an authority made of the public key.
        agent: Socket of the key agent, "none" for none; empty means as ~/.ssh/config says.
        origin: Where it was defined, for people: "devops.yaml:12", "hosts.ini:3".
    """

    name: HostName
    address: str = ""
    port: int = 0
    user: str = ""
    identity: str = ""
    via: str = ""
    known_hosts: str = ""
    groups: tuple[str, ...] = ()
    scope: Scope = Scope.MACHINE
    is_local: bool = False
    tags: tuple[str, ...] = ()
    origin: str = ""
    other_addresses: tuple[str, ...] = ()
    certificate: str = ""
    agent: str = ""


class LinkState(StrEnum):
    """How a host's figures reach us."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"  # the last sample is older than three intervals
    UNREACHABLE = "unreachable"
    KEY_UNKNOWN = "key unknown"
    KEY_CHANGED = "key changed"
    LOGIN_REFUSED = "login refused"


@dataclass(frozen=True, slots=True)
class Frame:
    """What is known of one host now.

    Attributes:
        sample: The last one; None before the first.
        cpu_trend: cpu_ratio of the last samples, oldest first, at most 60.
        why: Why it is not live, in one line, untrusted text.
        retry_at: When the link is tried again.
    """

    host: HostName
    link: LinkState
    at: datetime
    sample: Sample | None = None
    cpu_trend: tuple[float, ...] = ()
    why: str = ""
    retry_at: datetime | None = None
