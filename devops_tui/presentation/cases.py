"""Test cases of runs in lines; names and messages are untrusted text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devops_tui.domain.case_past import CasePast
from devops_tui.domain.pipeline import JobRun
from devops_tui.domain.report import Case, CaseReport, Outcome
from devops_tui.presentation import units
from devops_tui.presentation.line import Line, Role, line, span
from devops_tui.presentation.reports import counts

_INDENT = "  "
_MESSAGE_LINES = 6
_LOOKS: Mapping[Outcome | None, tuple[str, Role]] = {
    Outcome.FAILED: ("✕ failed ", "failed"),
    Outcome.PASSED: ("● passed ", "ok"),
    Outcome.SKIPPED: ("- skipped", "muted"),
    None: ("? unknown", "muted"),
}


@dataclass(frozen=True, slots=True)
class Flaky:
    """A test that failed and passed on one commit, over the runs that were looked at.

    Attributes:
        runs: Those in which it was flaky, newest first.
        failed: How often it stood among the failures of a run.
    """

    id: str
    runs: tuple[str, ...]
    failed: int


def of_job(job: JobRun, *, slowest: bool) -> list[Line]:
    """Counts, then the failures with their messages and the flaky ones, or the slowest."""
    cases = _cases(job)
    if cases is None:
        return []
    lines = [line((job.job_id, "title"), "  ") + counts(cases)]
    if slowest:
        lines += [_slow(case) for case in cases.slowest]
        return lines
    lines += [line((f"{_INDENT}~ {flaw}", "warning")) for flaw in cases.flaws]
    for case in cases.failures:
        flaky = " flaky" if case.is_flaky else ""
        lines.append(line((f"{_INDENT}✕{flaky} ", "failed"), (case.id, "accent")))
        told = case.message.splitlines()
        lines += [line((f"{_INDENT * 3}{text}", "muted")) for text in told[:_MESSAGE_LINES]]
    if cases.failed > len(cases.failures):
        more = cases.failed - len(cases.failures)
        lines.append(line((f"{_INDENT}and {more:,} more failed", "muted")))
    failed = {case.id for case in cases.failures}
    lines += [
        line((f"{_INDENT}~ flaky ", "warning"), name) for name in cases.flaky if name not in failed
    ]
    return lines


def flaky_of(history: Sequence[JobRun]) -> list[Flaky]:
    """The flaky tests of these jobs, those that were so most often first."""
    runs: dict[str, dict[str, None]] = {}
    failed: Counter[str] = Counter()
    for job in history:
        cases = _cases(job)
        if cases is None:
            continue
        for name in cases.flaky:
            runs.setdefault(name, {})[job.run_id] = None
        failed.update(case.id for case in cases.failures)
    found = [Flaky(name, tuple(seen), failed[name]) for name, seen in runs.items()]
    return sorted(found, key=lambda f: (-len(f.runs), -f.failed, f.id))


def flaky(of: Sequence[Flaky], looked_at: int) -> list[Line]:
    """The flaky tests, a line each."""
    if not of:
        return [line((f"no flaky test in {units.plural(looked_at, 'report')}", "ok"))]
    return [
        line(
            ("~ ", "warning"),
            (test.id, "accent"),
            f"  flaky in {units.plural(len(test.runs), 'run')}",
            (f", failed in {test.failed}, last {test.runs[0]}", "muted"),
        )
        for test in of
    ]


def past(of: CasePast) -> list[Line]:
    """One test over runs, a line each, with its message where it failed."""
    lines = [line((of.id, "title"))]
    for once in of.times:
        told = next((t.strip() for t in once.message.splitlines() if t.strip()), "")
        lines.append(
            line(
                _INDENT,
                span(*_LOOKS[once.outcome]),
                (" ~ flaky" if once.is_flaky else "", "warning"),
                (f"  {once.run_id} {once.job_id}", "accent"),
                (f"  {once.commit[:7]}", "muted"),
                (f"  {units.duration(once.duration_s)}" if once.duration_s else "", "muted"),
                f"  {told}" if told else "",
            )
        )
    failed = sum(t.outcome is Outcome.FAILED for t in of.times)
    lines.append(line((f"{_INDENT}failed in {failed} of {len(of.times)}", "muted")))
    return lines


def _slow(case: Case) -> Line:
    return line((f"{_INDENT}{units.duration(case.duration_s):>9}  ", "muted"), case.id)


def _cases(job: JobRun) -> CaseReport | None:
    return job.report.cases if job.report is not None else None
