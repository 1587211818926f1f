"""What a collector does for figures over time, a little at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from devops_tui.domain.history import Block, HistoryKeep
from devops_tui.ports.history import HistoryWriter
from devops_tui.services.history import HistoryRecorder

AT_ONCE = 100  # minutes of hosts in one commit: a fleet is spread over the seconds
_PRUNE_EVERY = timedelta(seconds=10)


class HistoryDuty:
    """Keeps closed minutes, rolls hours up, prunes; a little at a time.

    Attributes:
        recorder: Belongs to the event loop, like the frames that it takes.
        writer: None until it is opened: figures are gathered in memory until then.
    """

    def __init__(self) -> None:
        self.recorder = HistoryRecorder()
        self.writer: HistoryWriter | None = None
        self._pruned_at: datetime | None = None

    def keep(self, blocks: Sequence[Block], now: datetime, keep: HistoryKeep) -> None:
        """Runs in the writer's thread; raises StoreError when nothing could be kept."""
        if self.writer is None:
            return
        self.writer.save_blocks(blocks)
        self.writer.roll_up(now)
        if self._pruned_at is None or not timedelta() <= now - self._pruned_at < _PRUNE_EVERY:
            self._pruned_at = now
            self.writer.prune(now, keep)

    def close(self, blocks: Sequence[Block]) -> None:
        """Keeps the last minutes and gives the file back; runs in the writer's thread."""
        if self.writer is None:
            return
        try:
            self.writer.save_blocks(blocks)
        finally:
            self.writer.close()
