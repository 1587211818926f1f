"""How a lost link shows, and when it is tried again."""

from __future__ import annotations

from random import Random

from devops_tui.domain.errors import (
    DevopsError,
    HostKeyChanged,
    HostKeyRevoked,
    HostKeyUnknown,
    LoginRefused,
)
from devops_tui.domain.fleet import LinkState

LONGEST_S = 30.0
WALL_S = 60.0

_LINKS: tuple[tuple[type[Exception], LinkState], ...] = (
    (HostKeyUnknown, LinkState.KEY_UNKNOWN),
    (HostKeyChanged, LinkState.KEY_CHANGED),
    (HostKeyRevoked, LinkState.KEY_CHANGED),
    (LoginRefused, LinkState.LOGIN_REFUSED),
)


def link_state_of(error: Exception) -> LinkState:
    """What a host is called after this error."""
    return next((link for kind, link in _LINKS if isinstance(error, kind)), LinkState.UNREACHABLE)


class Patience:
    """The waits between attempts at one host.

    1, 2, 4 ... 30 s, each shortened by chance to between half and all of it, so that a
    fleet that was lost together does not come back together. What only a person can
    mend (a key, a login) is tried once a minute.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._failures = 0

    def succeed(self) -> None:
        """The host proved itself: the next failure is a first one."""
        self._failures = 0

    def wait_s(self, error: Exception) -> float:
        """How long to wait after this failure, in seconds, >= 1."""
        if isinstance(error, DevopsError) and not error.is_retryable:
            return WALL_S
        whole = min(LONGEST_S, 2.0 ** min(self._failures, 10))
        self._failures += 1
        return max(1.0, whole * self._chance.uniform(0.5, 1.0))
