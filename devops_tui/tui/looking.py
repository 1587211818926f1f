"""Which actions only look, all that may be done in a replay; and those of its clock."""

from __future__ import annotations

REPLAY_ROWS = (
    ("replay.pause", "pause", "semicolon", "replay_pause", "stop the clock, or go on"),
    ("replay.back", "back 10 s", "shift+left", "replay_jump('-10')", "ten seconds back"),
    ("replay.on", "on 10 s", "shift+right", "replay_jump('10')", "ten seconds on"),
    ("replay.far_back", "back 1 min", "left_curly_bracket", "replay_jump('-60')", "a minute back"),
    ("replay.far_on", "on 1 min", "right_curly_bracket", "replay_jump('60')", "a minute on"),
    ("replay.faster", "faster", "asterisk", "replay_speed('2')", "twice as fast"),
    ("replay.slower", "slower", "backslash", "replay_speed('0.5')", "half as fast"),
    ("replay.start", "its start", "ctrl+home", "replay_edge('start')", "where it begins"),
    ("replay.end", "its end", "ctrl+end", "replay_edge('end')", "where it ends"),
)
"""Id, label, keys, handler and tooltip of each."""

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
