"""A gate that waits: what is asked, who may answer, how long there is, what was seen."""

from __future__ import annotations

from datetime import datetime

from devops_tui.domain.approval import Approvers, evidence_hash
from devops_tui.domain.pipeline import Gate, State
from devops_tui.domain.view import RunView
from devops_tui.domain.work import AskApproval
from devops_tui.presentation import units
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, line

_HASH = 12  # digits that tell two evidences apart


def asking(view: RunView) -> tuple[Gate, ...]:
    """The gates that wait, in the plan's order."""
    order = {job_id: place for place, job_id in enumerate(view.run.plan.job_ids)}
    found = [g for g in view.gates if g.state is State.ASKING]
    return tuple(sorted(found, key=lambda g: order.get(g.job_id, len(order))))


def work_of(view: RunView, gate: Gate) -> AskApproval | None:
    """The approval that the plan asks for there; None for the question of a load test."""
    work = view.run.plan.job(gate.job_id).work if gate.job_id in view.run.plan.job_ids else None
    return work if isinstance(work, AskApproval) else None


def needed(view: RunView, gate: Gate) -> str:
    """How many people still have to approve, and who may: "1 more needed: product owner"."""
    work = work_of(view, gate)
    rule = work.approvers if work is not None else Approvers()
    missing = rule.count - len(gate.approvals)
    return f"{missing} more needed: {rule}" if gate.approvals else f"{rule} may"


def time_left(gate: Gate, now: datetime) -> str:
    """Like "expires in 2 d"; empty for a gate that does not expire."""
    if gate.expires_at is None:
        return ""
    return f"expires in {units.duration(units.seconds_between(now, gate.expires_at))}"


def gate_lines(view: RunView, gate: Gate) -> list[Line]:
    """Beside the evidence: the question, who may, who has, what changed, the two hashes."""
    work = work_of(view, gate)
    found: list[Line] = []
    if work is not None and work.text:
        found.append(line((f"  {'asks':<10} ", "muted"), (work.text, "title")))
    if gate.state is State.ASKING:
        has_rule = work is not None and work.approvers != Approvers()
        if has_rule or gate.approvals:
            found.append(line((f"  {'who':<10} ", "muted"), needed(view, gate)))
        for given in gate.approvals:
            told = line(("● ", "ok"), given.by, f" “{given.why}”")
            found.append((*line((f"  {'approved':<10} ", "muted")), *told))
        for number, change in enumerate(gate.changes):
            label = "changed" if number == 0 else ""
            found.append(line((f"  {label:<10} ", "muted"), (change, "warning")))
    seen = gate.evidence_hash or evidence_hash(gate.evidence)
    hashes = joined([line(gate.plan_hash[:_HASH]), line(("evidence ", "muted"), seen[:_HASH])])
    found.append((*line((f"  {'plan':<10} ", "muted")), *hashes))
    return found
