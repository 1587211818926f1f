"""What an open link says of a host that does not answer."""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol, runtime_checkable


class Pulse(Enum):
    """How far a question to the other end of a link came."""

    ANSWERED = auto()  # the server of the link answers: what hangs runs behind it
    TAKEN = auto()  # the host's system took it, the server of the link says nothing
    LOST = auto()  # nothing came back, not even that it arrived
    UNKNOWN = auto()  # no answer, and nobody can say where it was lost


@runtime_checkable
class HasPulse(Protocol):
    """A transport that can tell whether its link lives, without starting anything there."""

    async def pulse(self, timeout_s: float) -> Pulse:
        """Asks the other end; opens no link. Raises nothing."""
        ...
