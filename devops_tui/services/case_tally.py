"""Adds up the test cases of a job, and tells flaky ones from broken ones.

A case is flaky when it failed and passed, both on the same commit: within one report,
or in runs of one job within 14 days. Each report therefore keeps a mark of four bytes for
every case that failed or passed. One case in a million may be called flaky by chance; a
failure stays a failure either way.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import heapq
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from devops_tui.domain.report import Case, CaseReport, Outcome

FAILURES_KEPT = 20
SLOWEST_KEPT = 10
FLAKY_KEPT = 20
FLAWS_KEPT = 5
MARKS_KEPT = 5000
"""A job with more passed cases keeps no marks of them: its record would grow too large."""
_MESSAGE_LIMIT = 500
_ID_LIMIT = 200
_MARK_BYTES = 4


class CaseTally:
    """The cases of one job so far."""

    def __init__(self) -> None:
        self.files = 0
        self._flaws: list[str] = []
        self._total = 0
        self._failed = 0
        self._skipped = 0
        self._duration_s = 0.0
        self._failures: list[Case] = []
        self._slowest: list[tuple[float, int, Case]] = []
        self._ids: dict[Outcome, dict[bytes, str]] = {outcome: {} for outcome in Outcome}
        self._flaky: dict[str, None] = {}

    def take(self, case: Case) -> None:
        """Counts one case; every one counts, also where two have the same id."""
        self._total += 1
        self._skipped += case.outcome is Outcome.SKIPPED
        self._duration_s += case.duration_s or 0.0
        self._ids[case.outcome][_mark(case.id)] = case.id
        if case.is_flaky:
            self._flaky[case.id] = None
        if case.outcome is Outcome.FAILED:
            self._failed += 1
            if len(self._failures) < FAILURES_KEPT:
                self._failures.append(case)
        if case.duration_s:
            entry = (case.duration_s, -self._total, replace(case, message=""))
            push = heapq.heappush if len(self._slowest) < SLOWEST_KEPT else heapq.heappushpop
            push(self._slowest, entry)

    def flaw(self, told: str) -> None:
        """Notes what could not be read; the first few are kept."""
        if len(self._flaws) < FLAWS_KEPT:
            self._flaws.append(told)

    def report(
        self,
        clean: Callable[[str], str],
        same_commit: Sequence[CaseReport] = (),
        lately_flaky: Collection[str] = (),
    ) -> CaseReport:
        """The sum.

        Args:
            clean: Takes secrets out of a text.
            same_commit: Earlier reports of the same job on the same commit.
            lately_flaky: Ids that were flaky on any commit of the last time; they count
                as flaky again where they fail.
        """
        failed, passed = self._ids[Outcome.FAILED], self._ids[Outcome.PASSED]
        ever_failed = unpack(r.failed_marks for r in same_commit) | set(failed)
        ever_passed = unpack(r.passed_marks for r in same_commit) | set(passed)
        flaky = dict.fromkeys(clean(name) for name in self._flaky)
        for mark, name in failed.items():
            told = clean(name)
            if mark in ever_passed or told[:_ID_LIMIT] in lately_flaky:
                flaky[told] = None
        flaky.update(dict.fromkeys(clean(n) for mark, n in passed.items() if mark in ever_failed))
        return CaseReport(
            files=self.files,
            total=self._total,
            failed=self._failed,
            skipped=self._skipped,
            duration_s=round(min(self._duration_s, 1e12), 3),
            failures=tuple(_shown(case, clean, flaky) for case in self._failures),
            slowest=tuple(
                _shown(case, clean, flaky) for _, _, case in sorted(self._slowest, reverse=True)
            ),
            flaky_total=len(flaky),
            flaky=tuple(name[:_ID_LIMIT] for name in list(flaky)[:FLAKY_KEPT]),
            flaws=tuple(clean(flaw)[:_MESSAGE_LIMIT] for flaw in self._flaws),
            failed_marks=pack(failed),
            passed_marks=pack(passed),
        )


def pack(marks: Collection[bytes]) -> str:
    """The marks as text; empty when there are too many."""
    if len(marks) > MARKS_KEPT:
        return ""
    return base64.b64encode(b"".join(sorted(marks))).decode("ascii")


def unpack(packed: Iterable[str]) -> set[bytes]:
    """The marks of several texts; a text that is none has none."""
    found: set[bytes] = set()
    for text in packed:
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        found |= {data[i : i + _MARK_BYTES] for i in range(0, len(data), _MARK_BYTES)}
    return found


def outcome_of(report: CaseReport, case_id: str) -> Outcome | None:
    """How a case ended by the marks of a report; None when it has none of it."""
    mark = _mark(case_id)
    if mark in unpack([report.failed_marks]):
        return Outcome.FAILED
    return Outcome.PASSED if mark in unpack([report.passed_marks]) else None


def _mark(case_id: str) -> bytes:
    data = case_id.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=_MARK_BYTES).digest()


def _shown(case: Case, clean: Callable[[str], str], flaky: Collection[str]) -> Case:
    told = clean(case.id)
    return replace(
        case,
        id=told[:_ID_LIMIT],
        message=clean(case.message)[:_MESSAGE_LIMIT],
        is_flaky=told in flaky,
    )
