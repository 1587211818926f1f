"""What must be true after a run, whatever died in the middle of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from devops_tui.domain.board import Card, Column
from devops_tui.domain.ids import JobId, ServiceName
from devops_tui.domain.pipeline import Run, State
from devops_tui.domain.traffic import FlipState
from devops_tui.services.jobs.tools import job_slug
from support.fault_site import COMMANDS, FAILS, HOSTS, REASON, SHIP, FaultSite

_SHOP = ServiceName("shop")
_ONCE = ("run.created", "run.started", "run.finished", "gate.opened", "gate.approved")


def wrongs(site: FaultSite, run: Run, card: Card | None) -> list[str]:
    """Everything that is not as it should be, each in a line; empty when all is well."""
    found = [*_verdicts(site, run), *_counts(site, run), *_logs(site, run), *_events(site, run)]
    if run.plan.pipeline == SHIP:
        found += [*_approval(site, run), *_traffic(site, run), *_card(site, run, card)]
    else:
        found += _incident(site)
    found += _left_over(site, run)
    return found


def untruths(site: FaultSite, run: Run, card: Card | None) -> list[str]:
    """As `wrongs`, for a fault that a run may end by: then it has to say so, and be right.

    It ended as failed or lost, with a reason for each job; nothing ran twice, no byte is
    missing, no flip is half done, and the store knows what serves.
    """
    if run.state is State.OK:
        return wrongs(site, run, card)
    found = [*_counts(site, run), *_logs(site, run), *_left_over(site, run)]
    jobs = [j for j in site.store.job_runs(run.id) if j.state not in (State.OK, State.SKIPPED)]
    if run.state not in (State.FAILED, State.LOST) or not jobs:
        found.append(f"{run.id} is {run.state}")
    found += [f"{j.job_id} is {j.state} and says not why" for j in jobs if not j.why]
    if any(j.state is State.FAILED and "health broke" in j.why for j in jobs):
        found.append("a server was called ill that nobody could reach")
    states = [f.state for f in site.store.flips(_SHOP) if f.run_id == run.id]
    if not all(state in (FlipState.DONE, FlipState.FAILED) for state in states):
        found.append(f"the flips are {states}")
    status = site.store.service_status(_SHOP)
    if status.live is None or site.holds(status.live) != site.serves():
        found.append(f"{status.live} is said to serve; {site.serves()} does")
    return found


def _verdicts(site: FaultSite, run: Run) -> Iterator[str]:
    expected = State.OK if run.plan.pipeline == SHIP else State.FAILED
    if run.state is not expected:
        yield f"{run.id} is {run.state}, not {expected}"
        for job in site.store.job_runs(run.id):
            if job.state not in (State.OK, State.SKIPPED):
                yield f"{job.job_id} is {job.state}: {job.why}"


def _counts(site: FaultSite, run: Run) -> Iterator[str]:
    for name, job_id in COMMANDS[run.plan.pipeline].items():
        file = site.ran / f"{run.id}.{name}"
        times = len(file.read_text().splitlines()) if file.exists() else 0
        if times != 1:
            yield f"{job_id} ran {times} times"


def _logs(site: FaultSite, run: Run) -> Iterator[str]:
    for job_id in COMMANDS[run.plan.pipeline].values():
        streams: dict[str, bytes] = {}
        for chunk in site.store.log(run.id, JobId(job_id)):
            if chunk.offset != len(streams.setdefault(chunk.host, b"")):
                yield f"the log of {job_id} has a gap or an overlap at {chunk.offset}"
            streams[chunk.host] += chunk.data
        spools = [path for folder in _spools(site) for path in _kept(folder, run, job_id)]
        if len(spools) != 1:
            yield f"{job_id} has {len(spools)} spools"
            continue
        said = spools[0].read_bytes()
        if list(streams.values()) != [said]:
            sizes = {host: len(data) for host, data in streams.items()}
            yield f"the log of {job_id} is not its spool: {sizes} against {len(said)} bytes"


def _spools(site: FaultSite) -> list[Path]:
    return [site.paths.spool, *(site.spool(host) for host in HOSTS)]


def _kept(folder: Path, run: Run, job_id: str) -> list[Path]:
    return list(folder.glob(f"{run.id}.{job_slug(JobId(job_id))}.*.kept"))


def _events(site: FaultSite, run: Run) -> Iterator[str]:
    events = site.store.events(subject=run.id, limit=10_000)
    kinds = Counter(e.kind for e in events)
    for kind in _ONCE:
        is_due = run.plan.pipeline == SHIP or not kind.startswith("gate.")
        if kinds[kind] != int(is_due):
            yield f"{kind} stands {kinds[kind]} times"
    for kind in ("job.started", "job.finished"):
        jobs = Counter(e.data.get("job") for e in events if e.kind == kind)
        for job in site.store.job_runs(run.id):
            due = int(kind == "job.finished" or job.started_at is not None)
            if jobs[job.job_id] != due:
                yield f"{kind} of {job.job_id} stands {jobs[job.job_id]} times"
    if site.store.first_broken_event() is not None:
        yield "the chain of events is broken"


def _approval(site: FaultSite, run: Run) -> Iterator[str]:
    gates = site.store.gates(run.id)
    decided = [(g.state, g.decided_by, g.why) for g in gates]
    if decided != [(State.OK, "jun", REASON)]:
        yield f"the approval is {decided}"


def _traffic(site: FaultSite, run: Run) -> Iterator[str]:
    flips = [f for f in site.store.flips(_SHOP) if f.run_id == run.id]
    done = [f for f in flips if f.state is FlipState.DONE]
    unsettled = [f for f in flips if f.state not in (FlipState.DONE, FlipState.FAILED)]
    if len(done) != 1 or unsettled:
        yield f"the flips are {[(f.state.value, f.error) for f in flips]}"
    status = site.store.service_status(_SHOP)
    serves = site.serves()
    commit = run.plan.commit.short if run.plan.commit is not None else ""
    if done and (status.live, serves) != (done[0].to_colour, commit):
        yield f"{status.live} is live with {serves}, not {done[0].to_colour} with {commit}"
    if status.watching_until is not None:
        yield "the service is still watched"


def _card(site: FaultSite, run: Run, card: Card | None) -> Iterator[str]:
    if card is None:
        return
    now = site.store.card(card.id)
    said = [c for c in now.comments if run.id in c.text]
    moves = [e for e in site.store.events(subject=card.id) if e.kind == "card.moved"]
    if now.column is not Column.DONE or len(said) != 1 or len(moves) != 1:
        yield f"{card.id} is in {now.column} with {len(said)} comments after {len(moves)} moves"


def _incident(site: FaultSite) -> Iterator[str]:
    runs = len(site.store.runs(FAILS, 1000))
    told = [i.count for i in site.store.incidents() if i.job_id == "test/test"]
    if told != [runs]:
        yield f"{runs} failures were told as {told}"


def _left_over(site: FaultSite, run: Run) -> Iterator[str]:
    for folder in _spools(site):
        for path in folder.glob(f"{run.id}.*"):
            if path.is_dir():
                yield f"the spool {path.name} was not cleared away"
    if site.store.owed():
        yield f"owed: {site.store.owed()}"
    now = site.clock.now()
    for name in ("environment:production", "traffic:shop"):
        lease = site.store.lease(name)
        if lease is not None and lease.expires_at > now:
            yield f"{name} is held by {lease.holder}"
