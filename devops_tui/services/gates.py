"""Approves or rejects what a run asks; needs no worker: one transaction.

Every rule is checked here, inside the transaction that decides: who may, how many, for
which plan and which evidence, and whether what the gate guards is still whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from devops_tui.domain.approval import Approval, Approvers, evidence_hash, why_not_may
from devops_tui.domain.errors import NotAllowed, NotFound, Refused, RevisionConflict
from devops_tui.domain.event import Event
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import ENDS, Gate, Run, State
from devops_tui.domain.walk import failed_before
from devops_tui.domain.work import AskApproval
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.jobs.evidence import evidence, ill_idle
from devops_tui.services.jobs.gate_evidence import read_again


@dataclass(frozen=True, slots=True)
class _Wish:
    actor: str
    why: str
    job_id: JobId | None
    seen: str


def approve(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    run_id: RunId,
    actor: str,
    why: str,
    job_id: JobId | None = None,
    seen: str = "",
) -> Gate:
    """One person's yes; opens the gate when enough people have said it.

    Args:
        store: Where the gate stands.
        clock: Says when.
        workspace: Says who is in the team.
        run_id: The run that asks.
        actor: Who says yes.
        why: The reason, in one line.
        job_id: The job whose gate is meant; needed where several ask.
        seen: The hash of the evidence that the person saw, or its beginning; empty for
            somebody who was shown none.

    Returns:
        The gate: OK when it is open now, ASKING while more people have to approve.

    Raises:
        NotFound: There is no such run, or no such job asks.
        Refused: No gate asks, or several and none is named; the reason is empty; the plan
            or the evidence is another one now; what the gate guards has failed.
        NotAllowed: The actor may not.
        RevisionConflict: Somebody else decided first.
    """
    return _decide(store, clock, workspace, run_id, _Wish(actor, why, job_id, seen), State.OK)


def reject(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    run_id: RunId,
    actor: str,
    why: str,
    job_id: JobId | None = None,
) -> Gate:
    """Closes the gate for good: the run ends as failed. One person's no is enough.

    Raises as `approve`, but for the evidence, which a no does not depend on.
    """
    return _decide(store, clock, workspace, run_id, _Wish(actor, why, job_id, ""), State.FAILED)


def rule_of(run: Run, job_id: JobId) -> Approvers:
    """Who may decide; for the question of a load test everybody of the team."""
    work = run.plan.job(job_id).work
    return work.approvers if isinstance(work, AskApproval) else Approvers()


def _decide(
    store: Store, clock: Clock, workspace: Workspace, run_id: RunId, wish: _Wish, state: State
) -> Gate:
    if not wish.why.strip():
        raise Refused("a reason is needed", "Say in one line why.")
    now = clock.now()
    changed: Gate | None = None
    with store.transaction():
        run = store.run(run_id)
        gate = _asking(store, run, wish.job_id)
        _refuse_who(workspace, run, gate, wish.actor, is_no=state is State.FAILED)
        if gate.expires_at is not None and gate.expires_at <= now:
            raise Refused(f"the question of {run_id} has expired", "Rerun it.")
        if run.plan.hash != gate.plan_hash:
            raise Refused(
                f"the plan of {run_id} is not the one that the question was about",
                "Cancel the run and start another.",
            )
        if state is State.OK:
            _refuse_broken(store, run, gate)
            changed = _read_again(store, clock, run, gate)
            if changed is not None:
                store.decide_gate(changed)  # stays asking, with what is true now
        if changed is None:
            if state is State.OK:
                _refuse_unseen(gate, wish.seen)
            return _store(store, run, gate, wish, state, now)
    raise _other_evidence(changed)


def _asking(store: Store, run: Run, job_id: JobId | None) -> Gate:
    """The gate that is meant.

    Raises:
        Refused, NotFound: See `approve`.
    """
    asking = [g for g in store.gates(run.id) if g.state is State.ASKING and run.state not in ENDS]
    if job_id is not None:
        found = next((g for g in asking if g.job_id == job_id), None)
        if found is not None:
            return found
        if job_id not in run.plan.job_ids:
            raise NotFound(f"no job {job_id} in {run.id}", "`devops-tui show` lists them.")
        raise Refused(f"{job_id} of {run.id} asks nothing now", "`devops-tui show` says where.")
    if not asking:
        done = "has ended" if run.state in ENDS else "does not ask"
        raise Refused(
            f"{run.id} {done}: there is nothing to decide", "`devops-tui show` says where."
        )
    if len(asking) > 1:
        names = ", ".join(f"{run.id}/{g.job_id}" for g in asking)
        raise Refused(f"{run.id} waits at {len(asking)} gates", f"Name one: {names}.")
    return asking[0]


def _refuse_who(workspace: Workspace, run: Run, gate: Gate, actor: str, *, is_no: bool) -> None:
    rule = rule_of(run, gate.job_id)
    if is_no:  # whoever wrote it may withdraw it
        rule = replace(rule, is_not_author=False)
    reason = why_not_may(rule, workspace.team, actor, authors_of(run))
    if reason is not None:
        todo = "Add the login to `team:`." if "not in the team" in reason else f"Ask {rule}."
        raise NotAllowed(reason, todo)
    if not is_no and any(a.by == actor for a in gate.approvals):
        missing = rule.count - len(gate.approvals)
        raise Refused(f"{actor} has approved already", f"{missing} more must: {rule}.")


def authors_of(run: Run) -> frozenset[str]:
    """The names that the commits of a run bear; without any, whoever asked for the run."""
    commits = run.commits or ((run.plan.commit,) if run.plan.commit is not None else ())
    return frozenset(c.author for c in commits if c.author) or frozenset({run.actor})


def _refuse_broken(store: Store, run: Run, gate: Gate) -> None:
    if not isinstance(run.plan.job(gate.job_id).work, AskApproval):
        return
    states = {r.job_id: r.state for r in store.job_runs(run.id)}
    broken = failed_before(run.plan, gate.job_id, states)
    if broken is not None:
        word = states[broken].replace("_", " ")
        raise Refused(f"{broken} ended {word}: this gate stays shut", "Rerun what failed.")
    ill = ill_idle(store, run.plan, gate.asked_at)
    if ill is not None:
        raise Refused(f"{ill}; this gate stays shut", "Bring it up, then approve.")


def _read_again(store: Store, clock: Clock, run: Run, gate: Gate) -> Gate | None:
    if not isinstance(run.plan.job(gate.job_id).work, AskApproval):
        return None
    return read_again(store, clock, gate, evidence(store, run, run.plan))


def _refuse_unseen(gate: Gate, seen: str) -> None:
    if seen and not evidence_hash(gate.evidence).startswith(seen.lower()):
        raise _other_evidence(gate)


def _other_evidence(gate: Gate) -> RevisionConflict:
    what = f"the evidence of {gate.run_id}/{gate.job_id}"
    told = "; ".join(gate.changes)
    return RevisionConflict(
        f"{what} changed since it was shown: {told}" if told else f"{what} is not what was shown",
        "Look at it again, then decide.",
    )


def _store(store: Store, run: Run, gate: Gate, wish: _Wish, state: State, now: datetime) -> Gate:
    why = wish.why.strip()
    rule = rule_of(run, gate.job_id)
    seen = evidence_hash(gate.evidence)
    given = gate.approvals
    kind = "gate.rejected"
    if state is State.OK:
        given = (*given, Approval(wish.actor, now, why))
        kind = "gate.approved" if len(given) >= rule.count else "gate.signed"
    if kind == "gate.signed":
        decided = replace(gate, approvals=given)
    else:
        decided = replace(
            gate, state=state, decided_at=now, decided_by=wish.actor, why=why,
            approvals=given, evidence_hash=seen,
        )  # fmt: skip
    store.decide_gate(decided)
    data = {
        "job": gate.job_id,
        "plan_hash": gate.plan_hash,
        "evidence_hash": seen,
        "approvals": [a.by for a in given],
        "needed": rule.count,
    }
    store.append(Event(kind, run.id, now, wish.actor, why, data))
    return decided
