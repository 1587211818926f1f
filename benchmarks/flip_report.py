"""What a load saw of a row of changes: what failed, what came late, how long the old colour spoke.

Each answer has two ends: when the server wrote it, and when the client had read it. Between
them lie the balancer, and the wait of both for a core.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devops_tui.domain.traffic import Colour

if TYPE_CHECKING:
    from support.load import Sample

LONG = ("slow", "websocket")
AT_ONCE = ("embedded", "haproxy", "nginx", "envoy")
LAST_OLD_MS = 10.0
LAST_OLD_SSH_MS = 60.0
SKEW_MS = 15.0


@dataclass(frozen=True, slots=True)
class Change:
    """One change as it was seen from outside; seconds of the monotonic clock.

    Attributes:
        commit: When the command that changes the colour was given.
        commit_s: How long that command took.
    """

    to: Colour
    began: float
    commit: float
    commit_s: float
    returned: float
    quiet_until: float
    error: str = ""


class Report:
    """What was measured."""

    def __init__(
        self, kind: str, balancers: int, changes: Sequence[Change], samples: Sequence[Sample]
    ) -> None:
        seen = _Seen(samples)
        self.wanted = len(changes)
        self.not_done = [c.error for c in changes if c.error]
        self.failed = [s for s in samples if s.error]
        self.late = [sample for c in changes for sample in seen.late(c)]
        commits = [1000 * c.commit_s for c in changes]
        written = [seen.last_old(c, is_written=True) for c in changes]
        read = [seen.last_old(c, is_written=False) for c in changes]
        self.last_read = read
        since_begin = [1000 * (at - c.commit) if at else 0.0 for c, at in _with(changes, read)]
        after_read = [_after(c, at) for c, at in _with(changes, read)]
        after_written = [_after(c, at) for c, at in _with(changes, written)]
        seconds = max(s.ended for s in samples) - min(s.began for s in samples)
        asked = Counter(s.kind for s in samples)
        broken = Counter(s.kind for s in self.failed)
        came_late = Counter(s.kind for s in self.late)
        self.figures: dict[str, str | float] = {
            "switch": kind,
            "balancers": balancers,
            "flips": len(changes),
            "not_done": len(self.not_done),
            "requests": len(samples),
            "requests_per_s": round(len(samples) / seconds, 1),
            **{f"requests_{kind}": n for kind, n in sorted(asked.items())},
            "failed": len(self.failed),
            **{f"failed_{kind}": n for kind, n in sorted(broken.items())},
            "failed_idle_closed": sum("'0 bytes read" in s.error for s in self.failed),
            "late": len(self.late),
            **{f"late_{kind}": n for kind, n in sorted(came_late.items())},
            **_spread("commit_ms", commits),
            **_spread("last_old_since_begin_ms", since_begin),
            **_spread("last_old_answer_ms", after_read),
            "last_old_over_10_ms": sum(ms > LAST_OLD_MS for ms in after_read),
            **_spread("last_old_written_ms", after_written),
            "last_old_written_over_10_ms": sum(ms > LAST_OLD_MS for ms in after_written),
            "old_asked_after_command": sum(seen.asked_after(c) for c in changes),
            **_spread("written_to_read_ms", seen.deliveries()),
            "flip_s_median": round(statistics.median(c.returned - c.began for c in changes), 3),
        }

    def add_skews(
        self, skews: Sequence[float], sent: Sequence[float], starts: Sequence[float]
    ) -> None:
        """Between the first and the last balancer of each flip, answered and sent, in ms.

        `starts` are the moments at which the first of each was sent.
        """
        if not skews:
            return
        ends = [max(at, since) for at, since in zip(self.last_read, starts, strict=True)]
        waited = [1000 * (at - since) for at, since in zip(ends, starts, strict=True)]
        self.figures |= {
            **_spread("last_old_since_sent_ms", waited),
            **_spread("sent_skew_ms", sent),
            **_spread("commit_skew_ms", skews),
        }

    @property
    def is_good(self) -> bool:
        """Whether every flip was done and the bars of this kind are held."""
        is_whole = not (self.late or self.not_done or self.figures["flips"] != self.wanted)
        if self.figures["switch"] not in AT_ONCE:
            return is_whole
        is_quick = float(self.figures["last_old_answer_ms_median"]) <= LAST_OLD_MS
        if "commit_skew_ms_p95" in self.figures:
            told = float(self.figures["last_old_since_begin_ms_median"])
            skew = float(self.figures["commit_skew_ms_p95"])
            is_quick = told <= LAST_OLD_SSH_MS and skew <= SKEW_MS
        return is_whole and is_quick and not self.failed


class _Seen:
    """The samples in the order of their ends: a million of them are not looked through anew."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._all = sorted(samples, key=lambda s: s.ended)
        self._ends = [s.ended for s in self._all]

    def late(self, change: Change) -> list[Sample]:
        """Began after the change had returned, and were answered by another colour."""
        return [
            s
            for s in self._between(change.returned, change.quiet_until)
            if s.began >= change.returned and s.colour not in ("", change.to)
        ]

    def last_old(self, change: Change, *, is_written: bool) -> float:
        """When the old colour gave its last short answer after the command; 0 for none."""
        old = change.to.other
        answers = (
            s
            for s in self._between(change.commit, change.quiet_until)
            if s.colour == old and s.kind not in LONG
        )
        at = max((s.written if is_written else s.ended for s in answers), default=0.0)
        return at if at > change.commit else 0.0

    def asked_after(self, change: Change) -> int:
        """Short requests that began when the command had ended, and got the old colour.

        Their balancer had taken the command: no wait of server or client explains them.
        """
        end = change.commit + change.commit_s
        return sum(
            s.began >= end and s.colour == change.to.other and s.kind not in LONG
            for s in self._between(end, change.quiet_until)
        )

    def deliveries(self) -> list[float]:
        """From written to read, of the short answers, in ms."""
        short = [s for s in self._all if s.written and s.kind not in LONG]
        return [1000 * (s.ended - s.written) for s in short] or [0.0]

    def _between(self, since: float, until: float) -> Sequence[Sample]:
        return self._all[bisect_left(self._ends, since) : bisect_right(self._ends, until)]


def _with(changes: Sequence[Change], ends: Sequence[float]) -> list[tuple[Change, float]]:
    return list(zip(changes, ends, strict=True))


def _after(change: Change, at: float) -> float:
    """From the end of the command, in ms; 0 for an answer before it."""
    return max(0.0, 1000 * (at - change.commit - change.commit_s)) if at else 0.0


def _spread(name: str, values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)

    def rank(percent: int) -> float:
        return round(ordered[max(0, -(-percent * len(ordered) // 100) - 1)], 2)

    return {
        f"{name}_median": round(statistics.median(ordered), 2),
        f"{name}_p95": rank(95),
        f"{name}_p99": rank(99),
        f"{name}_max": round(ordered[-1], 2),
    }
