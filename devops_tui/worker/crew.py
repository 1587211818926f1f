"""What a worker needs to act by one version of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from devops_tui.domain.audit import Request
from devops_tui.domain.event import Json


class Crew(Protocol):
    """Built from a workspace, closed when the configuration changes or the worker ends.

    Everything it does can be picked up by another crew: detached commands go on,
    flips have a journal, gates stand in the store.
    """

    async def recover(self) -> None:
        """Goes on with what an earlier crew left unfinished."""
        ...

    async def watch(self) -> None:
        """Takes up runs that wait for a worker, until cancelled."""
        ...

    async def lead(self) -> None:
        """Does what one worker of a workspace does for all: until cancelled.

        Sources, clocks, health, retention.
        """
        ...

    def let_go(self) -> None:
        """The worker was taken over: whatever is cancelled from now on stops no work."""
        ...

    async def act(self, request: Request) -> Mapping[str, Json]:
        """Does what was asked and returns the outcome; raises DevopsError when it cannot."""
        ...

    @property
    def is_busy(self) -> bool:
        """Whether a run, a flip or a watch is on its way."""
        ...

    async def park(self) -> None:
        """Stops following without stopping the work, and gives every link back."""
        ...
