"""What a screen or a command may do about silences; part of ports.front.Front."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from devops_tui.domain.silence import Silence


class SilenceFront(Protocol):
    """Calls are synchronous and belong to one thread; all may raise DevopsError."""

    def silences(self) -> Sequence[Silence]:
        """All that have not ended: written ones, planned ones, maintenance of this hour."""
        ...

    def silence(
        self, what: str, until: datetime, why: str, since: datetime | None = None
    ) -> Silence:
        """Keeps an alert, a host, a group or "ALERT@HOST" quiet until then.

        Raises:
            Refused: The reason is empty, or its hours are none.
            NotFound: There is no such alert, host or group.
        """
        ...

    def end_silence(self, what: str, why: str) -> Sequence[Silence]:
        """Ends what was written about a thing, planned hours too; raises NotFound."""
        ...
