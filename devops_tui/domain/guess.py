"""First guesses: what the log of a job that still runs says already."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from devops_tui.domain.event import Event
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.incident import Cause

GUESSED = "cause.guessed"


def guess_event(run_id: RunId, job_id: JobId, cause: Cause, at: datetime) -> Event:
    """A guess, to be stored."""
    data = {
        "job": job_id,
        "line": cause.line,
        "score": cause.score,
        "reasons": list(cause.why),
        "fix": cause.fix,
    }
    return Event(GUESSED, run_id, at, "worker", cause.text, {**data})


def guess_of(events: Iterable[Event], run_id: RunId, job_id: JobId) -> Cause | None:
    """The newest guess of a job; None without any."""
    found = [
        e
        for e in events
        if e.kind == GUESSED and e.subject == run_id and e.data.get("job") == job_id
    ]
    if not found:
        return None
    newest = max(found, key=lambda e: e.seq)
    line, reasons = int(str(newest.data["line"])), newest.data.get("reasons")
    why = tuple(str(w) for w in reasons) if isinstance(reasons, list) else ()
    score = float(str(newest.data["score"]))
    return Cause(line, newest.why, score, why, line, line, str(newest.data.get("fix") or ""))
