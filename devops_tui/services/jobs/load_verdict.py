"""Holds load figures against their gate: what must be reached, and the last release."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from devops_tui.domain.event import Json
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import JobRun, Plan, Run, State
from devops_tui.domain.report import Change, Comparison, Judgement, LoadReport, Report
from devops_tui.domain.work import LoadGate
from devops_tui.ports.store import Store
from devops_tui.services.jobs.load_figures import breaches, summary
from devops_tui.services.jobs.question import Questions
from devops_tui.services.load_noise import MAX_RUNS, compare

ANSWER_WITHIN_S = 7 * 86400.0
_RUNS_LOOKED_AT = 200
_WORDS = {
    "tps": "tps",
    "mean_ms": "mean",
    "p95_ms": "p95",
    "p99_ms": "p99",
    "error_ratio": "errors",
}

Say = Callable[[str], None]


class LoadVerdicts:
    """Judges load figures; asks a person where the noise leaves it open."""

    def __init__(self, store: Store, questions: Questions) -> None:
        self._store = store
        self._questions = questions

    async def answered(self, record: JobRun) -> JobRun | None:
        """Waits for the answer that this attempt asked for; None when it has not asked."""
        gate = self._questions.of(record)
        if gate is None or gate.evidence.get("attempt") != record.attempt:
            return None
        return await self._questions.answer(record)

    async def judge(
        self, run: Run, plan: Plan, record: JobRun, load: LoadReport, gate: LoadGate, say: Say
    ) -> JobRun:
        """The record with the figures, and with a verdict when it was OK before.

        Cancel: as Questions.
        """
        figures = dict(load.figures)
        for line in summary(figures).splitlines():
            say(line)
        failed = breaches(figures, gate)
        comparison = await self._compared(run, record, load, gate, say)
        record = replace(
            record,
            figures={**record.figures, **figures},
            report=replace(record.report or Report(), load=load, comparison=comparison),
        )
        for breach in failed:
            say(f"not reached: {breach}")
        if record.state not in (State.OK, State.RUNNING):
            return record
        if comparison is not None:
            failed += [told(c) for c in comparison.changes if c.judgement is Judgement.WORSE]
        if failed:
            return replace(record, state=State.FAILED, why="; ".join(failed))
        if comparison is None or comparison.judgement is Judgement.FINE:
            return replace(record, state=State.OK)
        return await self._ask(plan, record, comparison)

    async def _ask(self, plan: Plan, record: JobRun, comparison: Comparison) -> JobRun:
        unsure = [told(c) for c in comparison.changes if c.judgement is Judgement.UNSURE]
        why = f"inconclusive: {'; '.join(unsure)}"
        gate = self._questions.of(record)
        if gate is not None:
            why = f"{why}; a person was asked before, at attempt {gate.evidence.get('attempt')}"
            return replace(record, state=State.FAILED, why=why)
        shown: Mapping[str, Json] = {
            "question": why,
            "attempt": record.attempt,
            "measured": dict(
                record.report.load.figures if record.report and record.report.load else {}
            ),
            "compared_with": comparison.run_id,
            "comparison": [told(change) for change in comparison.changes],
            "basis": comparison.basis,
        }
        asking = replace(record, state=State.RUNNING, why=why)
        return await self._questions.ask(plan, asking, ANSWER_WITHIN_S, lambda: shown)

    async def _compared(
        self, run: Run, record: JobRun, load: LoadReport, gate: LoadGate, say: Say
    ) -> Comparison | None:
        if gate.max_slower_ratio is None and gate.max_more_errors is None:
            return None
        accepted = self._accepted(run, record, load.tool)
        if not accepted:
            say("no accepted release to compare with yet")
            return Comparison()
        reports = [report for _, report in accepted]
        basis, changes = await asyncio.to_thread(compare, load, reports, gate)
        run_id = accepted[0][0]
        say(f"compared with {run_id} ({basis}):")
        for change in changes:
            say(f"  {told(change)}: {change.judgement}")
        return Comparison(run_id, basis, changes)

    def _accepted(self, run: Run, record: JobRun, tool: str) -> Sequence[tuple[RunId, LoadReport]]:
        """What this job measured in runs that ended well, newest first."""
        found: list[tuple[RunId, LoadReport]] = []
        for other in self._store.runs(run.plan.pipeline, _RUNS_LOOKED_AT):
            if other.state is not State.OK or other.id == run.id:
                continue
            for past in self._store.job_runs(other.id):
                is_same = past.job_id == record.job_id and past.state is State.OK
                if not is_same or past.is_reused or past.report is None:
                    continue
                load = past.report.load
                if load is not None and load.tool == tool:
                    found.append((other.id, load))
            if len(found) >= MAX_RUNS:
                break
        return found


def told(change: Change) -> str:
    """A change in one line: "mean 61 ms, was 50 ms: +22 % (+18 % to +26 %), allowed +10 %"."""
    unit = " ms" if change.figure.endswith("_ms") else "/s" if change.figure == "tps" else ""
    now, before = (_number(change, value) for value in (change.now, change.before))
    # fewer transactions are worse, more time is: both are told as they were measured
    sign = -1.0 if change.figure == "tps" else 1.0
    ends = sorted(sign * end for end in (change.low, change.high) if end is not None)
    around = f" ({' to '.join(f'{100 * end:+.3g} %' for end in ends)})" if ends else ""
    points = " points" if change.figure == "error_ratio" else ""
    return (
        f"{_WORDS.get(change.figure, change.figure)} {now}{unit}, was {before}{unit}: "
        f"{100 * sign * change.worse_by:+.3g} %{points}{around}, "
        f"allowed {100 * sign * change.allowed:+.3g} %"
    )


def _number(change: Change, value: float) -> str:
    return f"{100 * value:.3g} %" if change.figure == "error_ratio" else f"{value:.4g}"
