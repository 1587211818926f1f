"""Reads what a command's test and load tools left in its folder, and judges by it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path, PurePosixPath

from devops_tui.domain.errors import BadReport
from devops_tui.domain.event import Json
from devops_tui.domain.ids import HostName
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run, State
from devops_tui.domain.quarantine import Quarantine
from devops_tui.domain.report import CaseReport, LoadReport, Report
from devops_tui.domain.work import LoadResults
from devops_tui.ports.report import ReportReader
from devops_tui.services.case_tally import CaseTally
from devops_tui.services.jobs.checkouts import Checkouts
from devops_tui.services.jobs.load_verdict import LoadVerdicts, Say
from devops_tui.services.jobs.quarantined import without_quarantined
from devops_tui.services.jobs.tools import JobTools
from devops_tui.services.logs import LogWriter, Stream
from devops_tui.services.quarantines import written

FLAKY_DAYS = 14
MAX_FILES = 2000
_RUNS_LOOKED_AT = 100
_SPEAKER = HostName("reports")  # the name under which the reading speaks in the log
_LINES_OF_A_MESSAGE = 5


@dataclass(frozen=True, slots=True)
class _Past:
    """What earlier runs of the same job reported."""

    same_commit: Sequence[CaseReport] = ()
    lately_flaky: frozenset[str] = frozenset()


class Results:
    """Called by CommandJobs when the command has ended, well or badly.

    Nothing is green that could not be read: a command that ended well fails when a test
    failed, when a report is broken, or when its load results are missing.
    """

    def __init__(
        self,
        tools: JobTools,
        checkouts: Checkouts,
        reader: ReportReader,
        verdicts: LoadVerdicts,
        quarantine: Sequence[Quarantine] = (),
    ) -> None:
        self._tools = tools
        self._checkouts = checkouts
        self._reader = reader
        self._verdicts = verdicts
        self._quarantine = quarantine

    async def answered(self, record: JobRun) -> JobRun | None:
        """See LoadVerdicts."""
        return await self._verdicts.answered(record)

    async def judge(
        self,
        run: Run,
        plan: Plan,
        job: Job,
        record: JobRun,
        folder: Path,
        secrets: Mapping[str, str],
    ) -> JobRun:
        """The record with what was reported; `record` has the command's verdict.

        Cancel: as LoadVerdicts.
        """
        if not job.reports and job.results is None:
            return record
        tools = self._tools
        stream = Stream(run.id, record.job_id, record.attempt, _SPEAKER)
        async with LogWriter(tools.store, tools.clock, stream, is_appended=True) as writer:
            clean = self._cleaner(secrets)

            def say(line: str) -> None:
                writer.feed(f"{clean(line)}\n".encode("utf-8", "replace"))

            if job.reports:
                past = self._past(run, record)
                cases = await asyncio.to_thread(
                    self._read_cases, run, job, record, folder, past, clean
                )
                _say_cases(cases, job.reports, say)
                record = without_quarantined(
                    _with_cases(record, cases, job.reports),
                    record,
                    cases,
                    run.plan.pipeline,
                    (*self._quarantine, *written(tools.store)),
                    tools.clock.now(),
                    lambda told: say(_one_line(told)),
                )
            if job.results is not None:
                record = await self._judge_load(run, plan, record, folder, job.results, say)
            await writer.finish()
        return record

    def _cleaner(self, secrets: Mapping[str, str]) -> Callable[[str], str]:
        """Takes the secrets of the command out of a text."""

        def clean(text: str) -> str:
            masking = self._tools.masking(secrets)
            if masking is None or not text:
                return text
            data = text.encode("utf-8", "replace")
            return masking.feed(data, final=True).decode("utf-8", "replace")

        return clean

    def _past(self, run: Run, record: JobRun) -> _Past:
        store = self._tools.store
        commit = run.plan.commit
        since = self._tools.clock.now() - timedelta(days=FLAKY_DAYS)
        same_commit: list[CaseReport] = []
        flaky: set[str] = set()
        for other in store.runs(run.plan.pipeline, _RUNS_LOOKED_AT):
            if other.created_at < since:
                break
            if other.id == run.id:
                continue
            jobs = (j for j in store.job_runs(other.id) if j.job_id == record.job_id)
            for job in jobs:
                if job.report is None or job.report.cases is None:
                    continue
                flaky.update(job.report.cases.flaky)
                if commit is not None and other.plan.commit and other.plan.commit.id == commit.id:
                    same_commit.append(job.report.cases)
        return _Past(same_commit, frozenset(flaky))

    def _read_cases(
        self,
        run: Run,
        job: Job,
        record: JobRun,
        folder: Path,
        past: _Past,
        clean: Callable[[str], str],
    ) -> CaseReport:
        """Reads all files; in a thread, without the store."""
        same_commit = list(past.same_commit)
        for attempt in range(1, record.attempt):
            earlier = self._checkouts.path(run, record.job_id, attempt)
            same_commit.append(self._tally(earlier, job.reports).report(clean))
        tally = self._tally(folder, job.reports)
        return tally.report(clean, same_commit, past.lately_flaky)

    def _tally(self, folder: Path, globs: Sequence[str]) -> CaseTally:
        tally = CaseTally()
        for path in _files(folder, globs, tally):
            tally.files += 1
            name = path.relative_to(folder).as_posix()
            try:
                for case in self._reader.cases(path, name):
                    tally.take(case)
            except BadReport as error:
                tally.flaw(error.title)
        return tally

    async def _judge_load(
        self,
        run: Run,
        plan: Plan,
        record: JobRun,
        folder: Path,
        results: LoadResults,
        say: Say,
    ) -> JobRun:
        try:
            load = await asyncio.to_thread(self._load, folder, results)
        except BadReport as error:
            say(f"no results: {error}")
            if record.state is not State.OK:
                return record
            return replace(record, state=State.FAILED, why=f"no results: {error}")
        return await self._verdicts.judge(run, plan, record, load, results.gate, say)

    def _load(self, folder: Path, results: LoadResults) -> LoadReport:
        path = folder / results.path
        is_within = ".." not in PurePosixPath(results.path).parts
        if not is_within or not path.resolve().is_relative_to(folder.resolve()):
            raise BadReport(results.path, 1, "leads out of the checkout")
        return self._reader.load(results.kind, path, results.path)


def _files(folder: Path, globs: Sequence[str], tally: CaseTally) -> list[Path]:
    found: dict[Path, None] = {}
    root = folder.resolve()
    for glob in globs:
        for path in sorted(folder.glob(glob)):
            if not path.is_file():
                continue
            if not path.resolve().is_relative_to(root):
                name = path.relative_to(folder).as_posix()
                tally.flaw(BadReport(name, 1, "leads out of the checkout").title)
                continue
            found[path] = None
    if len(found) > MAX_FILES:
        tally.flaw(f"{len(found):,} files match; the first {MAX_FILES:,} were read")
    return list(found)[:MAX_FILES]


def _with_cases(record: JobRun, cases: CaseReport, globs: Sequence[str]) -> JobRun:
    figures: dict[str, Json] = {"tests": cases.total, "failed": cases.failed}
    rare = {"skipped": cases.skipped, "flaky": cases.flaky_total}
    figures |= {name: count for name, count in rare.items() if count}
    report = replace(record.report or Report(), cases=cases)
    record = replace(record, figures={**record.figures, **figures}, report=report)
    told = [failed_of(cases)] if cases.failed else []
    told += [f"cannot read {flaw}" for flaw in cases.flaws[:1]]
    state = State.FAILED if told and record.state is State.OK else record.state
    if not told and not cases.total:
        # the verdict stays the command's, but never without a word
        told = [f"no test report: {', '.join(globs)}" if not cases.files else "no test ran"]
    why = "; ".join(part for part in (record.why, *told) if part)
    return replace(record, state=state, why=why)


def failed_of(cases: CaseReport) -> str:
    """Such as "2 of 318 failed", with how many of them are flaky."""
    flaky = sum(case.is_flaky for case in cases.failures)
    more = f", {flaky} of them flaky" if flaky else ""
    return f"{cases.failed:,} of {cases.total:,} failed{more}"


def _say_cases(cases: CaseReport, globs: Sequence[str], say: Say) -> None:
    if not cases.files:
        say(f"no test report: 0 files match {', '.join(globs)}")
    else:
        passed = cases.total - cases.failed - cases.skipped
        say(
            f"{cases.total:,} tests in {cases.files:,} files: {passed:,} passed, "
            f"{cases.failed:,} failed, {cases.skipped:,} skipped, {cases.flaky_total:,} flaky"
        )
    for flaw in cases.flaws:
        say(f"warning: {flaw}")
    for case in cases.failures:
        say(f"FAILED {_one_line(case.id)}{' (flaky)' if case.is_flaky else ''}")
        for line in case.message.splitlines()[:_LINES_OF_A_MESSAGE]:
            say(f"    {line}")
    if cases.failed > len(cases.failures):
        say(f"and {cases.failed - len(cases.failures):,} more")
    for name in cases.flaky:
        say(f"flaky: {_one_line(name)}")


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
