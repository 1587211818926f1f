"""Which actions only look: all that may be done in a replay."""

from __future__ import annotations

_LOOKS = frozenset(
    {
        "run.triage",
        "run.changes",
        "run.compare",
        "pipeline.stream",
        "traffic.release",
        "artifact.list",
        "artifact.of_service",
        "card.follow",
        "card.linked",
        "incident.log",
        "incident.card",
    }
)
_KINDS = frozenset(
    {
        "view",
        "app",
        "pane",
        "table",
        "log",
        "replay",
        "history",
        "fleet",
        "figures",
        "changes",
        "board",
    }
)
_ACTS = frozenset({"app.arm", "fleet.exec"})


def looks_only(action_id: str, *, is_change: bool) -> bool:
    """Whether an action changes nothing; one that is added later acts until it is named here."""
    if is_change or action_id in _ACTS:
        return False
    return action_id in _LOOKS or action_id.partition(".")[0] in _KINDS
