"""Takes quarantined tests out of the verdict of a job, and says so in every place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from devops_tui.domain.pipeline import JobRun, State
from devops_tui.domain.quarantine import QUARANTINED, Quarantine, covering, ended
from devops_tui.domain.report import CaseReport

_TESTS_FAILED = 1
"""The exit code by which test tools say that tests failed, and nothing worse."""


def without_quarantined(
    record: JobRun,
    command: JobRun,
    cases: CaseReport,
    pipeline: str,
    known: Sequence[Quarantine],
    now: datetime,
    say: Callable[[str], None],
) -> JobRun:
    """The record, ended well where nothing but quarantined tests failed.

    It is left as it is where anything else may be wrong: a test that is not in quarantine,
    failures that the report does not name, a report with flaws, a command that ended with
    another code than 0 or 1, or not by itself.

    Args:
        record: With the report's verdict.
        command: As the command left it, before the report was read.
        cases: What the report said.
        pipeline: Whose job it is.
        known: The quarantines of the workspace.
        now: Aware UTC.
        say: Writes a line into the job's log.
    """
    if not cases.failed:
        return record
    for each in ended(known, pipeline, now):
        if any(case.id == each.test for case in cases.failures):
            say(f"the quarantine of {each.test} ended on {each.until:%Y-%m-%d}: {each.why}")
    found = [covering(known, pipeline, case, now) for case in cases.failures]
    for each in (q for q in found if q is not None):
        say(f"QUARANTINED until {each.until:%Y-%m-%d}: {each.test}: {each.why}")
    is_whole = len(cases.failures) == cases.failed and not cases.flaws and all(found)
    is_ended = command.state is State.OK or (
        command.state is State.FAILED and command.exit_code == _TESTS_FAILED
    )
    if not (is_whole and is_ended):
        return record
    until = min(q.until for q in found if q is not None)
    count = f"{cases.failed} failed test" + ("s are" if cases.failed > 1 else " is")
    why = f"{count} in quarantine, until {until:%Y-%m-%d} at the latest"
    figures = {**record.figures, QUARANTINED: cases.failed}
    return replace(record, state=State.OK, why=why, figures=figures)
