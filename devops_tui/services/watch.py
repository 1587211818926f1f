"""What the watches of all hosts share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from devops_tui.domain.survey import Survey
from devops_tui.ports.probe import ProbeScript, ThisMachine
from devops_tui.ports.runtime import Clock, Secrets
from devops_tui.services.live_frame import LiveFrame

IN_VIEW_S = 1.0
UNSEEN_S = 5.0
FIRST_S = 0.5  # a first figure soon: rates need two records
DISK_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class WatchTools:
    """What a watch is given.

    Attributes:
        monotonic: Seconds that never jump; moves with `clock` in tests.
        chance: Spreads retries and ticks; no secret.
        asker: Whose slow questions these are: the same after a restart, another on another
            machine or for another login.
        secrets: Looks up what databases want; without it they are asked nothing that needs one.
        new_mark: A fresh mark for a probe session: random hex digits.
    """

    clock: Clock
    monotonic: Callable[[], float]
    script: ProbeScript
    this_machine: ThisMachine
    new_mark: Callable[[], str]
    chance: Random = field(default_factory=Random)
    asker: str = ""
    secrets: Secrets | None = None


class Slow(Protocol):
    """The slow questions of one host, as a fleet sees them."""

    def look(self) -> None:
        """Somebody looks at the host."""
        ...

    def take_changed(self) -> Survey | None:
        """All answers, if one of them changed since the last call."""
        ...

    def show_again(self) -> None:
        """Counts the answers as changed."""
        ...


class Watch(Protocol):
    """Keeps the frame of one host fresh."""

    @property
    def live(self) -> LiveFrame:
        """The frame."""
        ...

    @property
    def slow(self) -> Slow:
        """What is asked beside the figures."""
        ...

    def set_interval(self, interval_s: float) -> None:
        """How often figures are read from now on, in seconds."""
        ...

    def beat(self, now_s: float) -> None:
        """Asks when it is time, and notices silence; call it often, it costs nothing."""
        ...

    async def follow(self) -> None:
        """Keeps the link open until cancelled."""
        ...
