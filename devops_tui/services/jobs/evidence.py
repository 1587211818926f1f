"""What a person should see before an approval, as the store knows it now."""

from __future__ import annotations

from datetime import datetime

from devops_tui.domain.event import Json
from devops_tui.domain.pipeline import Plan, Run
from devops_tui.domain.work import BringUp, FlipTraffic, WatchHealth
from devops_tui.ports.store import Store


def evidence(store: Store, run: Run, plan: Plan) -> dict[str, Json]:
    """Commits, artifacts, figures, and what each colour of the services is now."""
    services = {
        str(job.work.service)
        for stage in plan.stages
        for job in stage.jobs
        if isinstance(job.work, BringUp | FlipTraffic | WatchHealth)
    }
    records = [r for r in store.job_runs(run.id) if r.figures]
    statuses = [s for s in store.service_statuses() if s.name in services]
    return {
        "commit": plan.commit.id if plan.commit is not None else "",
        "commits": [{"id": c.id, "subject": c.subject, "author": c.author} for c in run.commits],
        "artifacts": [
            {"name": a.name, "digest": a.digest, "size_bytes": a.size_bytes}
            for a in store.artifacts(run.id)
        ],
        "load": {r.job_id: dict(r.figures) for r in records if "tests" not in r.figures},
        "tests": {r.job_id: dict(r.figures) for r in records if "tests" in r.figures},
        "versions": {
            s.name: {"live": s.live, "versions": dict(s.versions), "digests": dict(s.digests)}
            for s in statuses
        },
    }


def ill_idle(store: Store, plan: Plan, since: datetime) -> str | None:
    """The servers that the plan would flip to and that are ill, in one line; None for none.

    What was seen before `since` may be of the time before they were brought up, and servers
    of which nobody knows may be well: the flip itself asks them all again.
    """
    for stage in plan.stages:
        for job in stage.jobs:
            if not isinstance(job.work, FlipTraffic):
                continue
            status = store.service_status(job.work.service)
            ill = [
                f"{s.host} ({s.why or 'no answer'})"
                for s in status.servers
                if status.live is not None
                and s.colour is status.live.other
                and s.is_healthy is False
                and s.at is not None
                and s.at >= since
            ]
            if ill and status.live is not None:
                return f"{status.live.other} of {status.name} is ill: {', '.join(ill)}"
    return None
