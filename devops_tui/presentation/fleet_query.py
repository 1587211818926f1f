"""What a query of hosts is asked about: a host with how it is at one moment."""

from __future__ import annotations

from devops_tui.domain.fleet import Frame, Host
from devops_tui.domain.host_query import HostFacts
from devops_tui.presentation.host import Condition

_STATES = {1: ("hurt",), 2: ("stale",), 3: ("connecting",), 4: ("live", "ok")}


def facts(name: str, frame: Frame | None, host: Host | None, how: Condition | None) -> HostFacts:
    """The facts of a host; figures that are not live are unknown."""
    states: tuple[str, ...] = ("connecting",)
    if how is not None and frame is not None:
        states = _STATES.get(how.rank, ("gone", str(frame.link)))
    words = {
        "name": (name,),
        "group": host.groups if host is not None else (),
        "tag": host.tags if host is not None else (),
        "from": (host.origin,) if host is not None else (),
        "state": states,
    }
    is_live = frame is not None and how is not None and how.rank in (1, 4)
    return HostFacts(words, frame.sample if frame is not None and is_live else None)
