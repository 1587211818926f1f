"""How one test case did over runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.report import Outcome


@dataclass(frozen=True, slots=True)
class CaseOnce:
    """A test in one run.

    Attributes:
        outcome: None where the report does not know: the test was not there, was skipped,
            or the job has more tests than a report keeps marks of.
        duration_s: None unless it was among the slowest, or failed.
        message: Why it failed; untrusted text.
    """

    run_id: RunId
    job_id: JobId
    at: datetime | None
    commit: str
    outcome: Outcome | None
    duration_s: float | None = None
    is_flaky: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class CasePast:
    """A test over runs, the newest first; its id is untrusted text."""

    id: str
    times: tuple[CaseOnce, ...] = ()
