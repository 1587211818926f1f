"""Figures over time in a file of their own, on the machine that collects them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from devops_tui.domain.errors import StoreError
from devops_tui.domain.history import (
    BY_NAME,
    METRICS,
    ROLL_UPS,
    Block,
    HistoryKeep,
    HostHistory,
    Step,
)
from devops_tui.domain.ids import HostName
from devops_tui.domain.rollup import Buckets, rolled_up
from devops_tui.stores.history_block import decode, encode
from devops_tui.stores.sql.database import Row
from devops_tui.stores.sqlite.connection import Connection

_HOUR_MS = 3_600_000
_SETTLED_MS = 120_000  # the last minute of an hour may still be in the collector's memory
_PRUNED_AT_ONCE = 500
_PAGE_BYTES = 16_384  # blobs of about 2 KB waste half of a smaller page


class SqliteHistory:
    """Implements ports.history.HistoryWriter and HistoryReader.

    Raises:
        StoreUnsupported: A network file system, or a file of a newer version.
        StoreError: The file cannot be opened; it may be deleted, it holds figures only.
    """

    def __init__(self, path: Path) -> None:
        self._to_roll: list[Row] = []
        self._rolled_until = 0
        self._db = Connection(
            path, synchronous="NORMAL", schema="schema_history", page_bytes=_PAGE_BYTES
        )

    def save_blocks(self, blocks: Sequence[Block]) -> None:
        """Keeps blocks."""
        rows = [
            (b.host, b.step.seconds, b.at_ms[0], b.at_ms[-1], encode(b)) for b in blocks if b.at_ms
        ]
        if not rows:
            return
        with self._db.transaction():
            self._db.execute_many(
                "INSERT INTO block (host, step, start, last, body) VALUES (?, ?, ?, ?, ?)", rows
            )

    def roll_up(self, now: datetime, limit: int = 4) -> int:
        """Makes roll-ups of hours that are over, the oldest first."""
        settled = (_ms(now) - _SETTLED_MS) // _HOUR_MS * _HOUR_MS
        if settled != self._rolled_until:
            self._to_roll = self._db.rows(_NOT_ROLLED, (settled,))
            self._rolled_until = settled
        for _ in range(limit):
            if not self._to_roll:
                return 0
            host, hour = self._to_roll[-1]
            self._roll_hour(HostName(host), hour * _HOUR_MS)
            self._to_roll.pop()
        return len(self._to_roll)

    def _roll_hour(self, host: HostName, start: int) -> None:
        samples = self._blocks(host, Step.SAMPLE, start, start + _HOUR_MS - 1, None)
        samples = [b for b in samples if start <= b.at_ms[0] < start + _HOUR_MS]
        made = rolled_up(samples, ROLL_UPS)
        if not made:  # not one of its blocks can be read: an empty hour, or it is tried for ever
            made = [Block(host, Step.HOUR, [start], [], [0])]
        self.save_blocks(made)

    def prune(self, now: datetime, keep: HistoryKeep) -> int:
        """Removes what is too old; samples stay until their hour was rolled up."""
        gone = 0
        for step in Step:
            before = _ms(now) - int(keep.of(step) * 1000)
            if step is Step.SAMPLE:
                before = min(before, 0 if self._to_roll else self._rolled_until)
            gone += self._db.execute(
                "DELETE FROM block WHERE rowid IN "
                "(SELECT rowid FROM block WHERE step = ? AND start < ? AND last < ? LIMIT ?)",
                (step.seconds, before, before, _PRUNED_AT_ONCE),
            )
        return gone

    def read(
        self, host: HostName, metrics: Sequence[str], start: datetime, end: datetime, count: int
    ) -> HostHistory:
        """Figures in buckets: of the coarsest step that fits, then of finer ones after it."""
        numbers = [METRICS.index(BY_NAME[name]) for name in metrics]
        first, last = _ms(start), _ms(end)
        buckets = Buckets(first, last, max(1, count), numbers)
        bucket_s = (last - first) / 1000 / max(1, count)
        with self._db.snapshot():
            at = first
            for step, until in self._ways(host, bucket_s, first, last):
                blocks = self._blocks(host, step, at, until - 1, set(numbers))
                for block in blocks:
                    buckets.add(_since(block, at))
                if blocks:
                    at = max(at, blocks[-1].at_ms[-1] + max(1, step.seconds * 1000))
        series = {
            name: buckets.series(number) for name, number in zip(metrics, numbers, strict=True)
        }
        return HostHistory(host, start, end, series)

    def _ways(
        self, host: HostName, bucket_s: float, first: int, last: int
    ) -> list[tuple[Step, int]]:
        """What to read one after the other, each until when; each goes on where one ended.

        The coarsest step that the buckets do not notice; where it does not reach back far
        enough, coarser ones before it; finer ones for what was not rolled up yet.
        """
        steps = list(Step)
        best = max((i for i, s in enumerate(steps) if s.seconds <= bucket_s), default=0)
        begins = [self._begin(host, step) for step in steps]
        known = [begin for begin in begins if begin is not None]
        own = begins[best]
        reaches = own is not None and own <= max(first, min(known))
        coarsest = best if reaches else len(steps) - 1
        ways = []
        for i in range(coarsest, -1, -1):
            finer = [b for b in begins[best:i] if b is not None]
            ways.append((steps[i], min([last, *finer])))
        return ways

    def _begin(self, host: HostName, step: Step) -> int | None:
        row = self._db.row(_FIRST, (host, step.seconds))
        return None if row is None or row[0] is None else int(row[0])

    def _blocks(
        self, host: HostName, step: Step, first: int, last: int, metrics: set[int] | None
    ) -> list[Block]:
        rows = self._db.rows(_BLOCKS, (host, step.seconds, first - _HOUR_MS, last, first))
        found = []
        for (body,) in rows:
            try:
                found.append(decode(body, host, step, metrics))
            except StoreError:
                continue  # one damaged block is a gap, not the end of the chart
        return found

    def close(self) -> None:
        """Gives the file back."""
        self._db.close()


_NOT_ROLLED = f"""
SELECT DISTINCT host, start / {_HOUR_MS} AS hour FROM block AS raw
WHERE step = 0 AND start < ? AND NOT EXISTS (
  SELECT 1 FROM block AS rolled WHERE rolled.host = raw.host AND rolled.step = 3600
  AND rolled.start = raw.start / {_HOUR_MS} * {_HOUR_MS})
ORDER BY hour DESC, host
"""  # noqa: S608 - fixed words
_FIRST = "SELECT MIN(start) FROM block WHERE host = ? AND step = ?"
_BLOCKS = (
    "SELECT body FROM block WHERE host = ? AND step = ? AND start >= ? AND start <= ? "
    "AND last >= ? ORDER BY start"
)


def _since(block: Block, at_ms: int) -> Block:
    """The block without the points before a moment: a coarser step has told those."""
    if not block.at_ms or block.at_ms[0] >= at_ms:
        return block
    keep = next((i for i, at in enumerate(block.at_ms) if at >= at_ms), len(block.at_ms))
    return Block(
        block.host,
        block.step,
        block.at_ms[keep:],
        [column[keep:] for column in block.columns],
        block.counts[keep:],
    )


def _ms(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp() * 1000)
