"""Live figures: written by a collector, read by screens; apart from the durable store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from devops_tui.domain.fleet import Frame
from devops_tui.domain.ids import HostName
from devops_tui.domain.survey import Survey


class Frames(Protocol):
    """The last frame of each host; a power cut may cost the last seconds."""

    def save_frames(self, frames: Sequence[Frame]) -> None: ...

    def frames(self) -> Sequence[Frame]: ...

    def drop_frames(self, keep: Sequence[HostName]) -> None:
        """Forgets hosts that are no longer in the workspace."""
        ...

    def save_surveys(self, surveys: Sequence[Survey]) -> None:
        """Keeps the answers of hosts to slow questions; each replaces the host's last."""
        ...

    def survey(self, host: HostName) -> Survey:
        """The answers of a host; without any when nothing is kept."""
        ...

    def surveys(self) -> Sequence[Survey]:
        """The answers of all hosts."""
        ...

    def look_at(self, host: HostName, at: datetime) -> None:
        """A screen looks at a host: the collector asks it more, for a while."""
        ...

    def looked_at(self, since: datetime) -> Sequence[HostName]:
        """Hosts that a screen looked at since then."""
        ...

    def version(self) -> int:
        """Differs after another connection committed."""
        ...

    def close(self) -> None: ...
