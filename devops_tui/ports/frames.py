"""Live figures: written by a collector, read by screens; apart from the durable store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from devops_tui.domain.fleet import Frame
from devops_tui.domain.ids import HostName


class Frames(Protocol):
    """The last frame of each host; a power cut may cost the last seconds."""

    def save_frames(self, frames: Sequence[Frame]) -> None: ...

    def frames(self) -> Sequence[Frame]: ...

    def drop_frames(self, keep: Sequence[HostName]) -> None:
        """Forgets hosts that are no longer in the workspace."""
        ...

    def version(self) -> int:
        """Differs after another connection committed."""
        ...

    def close(self) -> None: ...
