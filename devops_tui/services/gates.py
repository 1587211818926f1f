"""Approves or rejects what a run asks; needs no worker: one transaction."""

from __future__ import annotations

from dataclasses import replace

from devops_tui.domain.errors import NotAllowed, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import ENDS, Gate, State
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store


def approve(
    store: Store, clock: Clock, workspace: Workspace, run_id: RunId, actor: str, why: str
) -> Gate:
    """Opens the gate that the run waits at, and returns it as decided.

    Raises:
        NotFound: There is no such run.
        Refused: No gate asks, the reason is empty, or the plan is another one now.
        NotAllowed: The actor is not in the team.
        RevisionConflict: Somebody else decided first.
    """
    return _decide(store, clock, workspace, run_id, actor, why, State.OK)


def reject(
    store: Store, clock: Clock, workspace: Workspace, run_id: RunId, actor: str, why: str
) -> Gate:
    """Closes the gate for good: the run ends as failed. Raises as `approve`."""
    return _decide(store, clock, workspace, run_id, actor, why, State.FAILED)


def _decide(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    run_id: RunId,
    actor: str,
    why: str,
    state: State,
) -> Gate:
    if not why.strip():
        raise Refused("a reason is needed", "Say in one line why.")
    if not workspace.team.roles_of(actor):
        raise NotAllowed(f"{actor} is not in the team", "Add the login to `team:`.")
    now = clock.now()
    with store.transaction():
        gate = _asking(store, run_id)
        if gate.expires_at is not None and gate.expires_at <= now:
            raise Refused(f"the question of {run_id} has expired", "Rerun it.")
        if store.run(run_id).plan.hash != gate.plan_hash:
            raise Refused(
                f"the plan of {run_id} is not the one that the question was about",
                "Cancel the run and start another.",
            )
        decided = replace(gate, state=state, decided_at=now, decided_by=actor, why=why.strip())
        store.decide_gate(decided)
        kind = "gate.approved" if state is State.OK else "gate.rejected"
        data = {"job": gate.job_id, "plan_hash": gate.plan_hash}
        store.append(Event(kind, run_id, now, actor, why.strip(), data))
    return decided


def _asking(store: Store, run_id: RunId) -> Gate:
    run = store.run(run_id)
    for gate in store.gates(run_id):
        if gate.state is State.ASKING and run.state not in ENDS:
            return gate
    done = "has ended" if run.state in ENDS else "does not ask"
    raise Refused(f"{run_id} {done}: there is nothing to decide", "`devops-tui show` says where.")
