"""Reads the evidence of an open gate again: what changed voids the approvals given so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from devops_tui.domain.approval import evidence_changes, evidence_hash
from devops_tui.domain.event import Event, Json
from devops_tui.domain.pipeline import Gate
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store


def read_again(
    store: Store, clock: Clock, gate: Gate, now_known: Mapping[str, Json]
) -> Gate | None:
    """The gate with the evidence of now, and the event; None when nothing has changed.

    To be called, and the gate stored, inside one transaction.
    """
    if evidence_hash(gate.evidence) == evidence_hash(now_known):
        return None
    changes = evidence_changes(gate.evidence, now_known)
    void = [approval.by for approval in gate.approvals]
    data = {"job": gate.job_id, "changes": list(changes), "void": void}
    store.append(
        Event("gate.evidence_changed", gate.run_id, clock.now(), why="; ".join(changes), data=data)
    )
    return replace(gate, evidence=now_known, approvals=(), changes=changes)
