"""Why gates and flips cannot be acted on now, in one line; None when they can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devops_tui.domain.fleet import LinkState
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import ENDS

if TYPE_CHECKING:
    from devops_tui.tui.actions import Situation


def no_flip_to_undo(at: Situation) -> str | None:
    """A service that was never flipped, or went back already, has nothing to go back to."""
    status = at.overview.services.get(at.subject) if at.overview else None
    if at.overview is None or status is None or not status.last_flip:
        return f"{at.subject} was never flipped"
    last = next((f for f in at.overview.flips if f.id == status.last_flip), None)
    if last is None or last.undoes is None or status.canary:
        return None
    return f"{at.subject} went back already; f goes forward again"


def no_drift(at: Situation) -> str | None:
    """Every balancer does what it should, as far as was seen."""
    status = at.overview.services.get(at.subject) if at.overview else None
    is_off = status is not None and status.drift() is not None
    return None if is_off else f"{at.subject} does not drift: there is nothing to repair"


def nothing_to_undo(at: Situation) -> str | None:
    """Where the screen has nothing that can be undone."""
    if at.view == "releases":
        return "nothing but a flip can be undone here, by u"
    return "nothing can be undone here; u on the releases screen undoes a flip"


def no_gate(at: Situation) -> str | None:
    """The run waits for nobody."""
    run = (
        next((r for r in at.overview.runs if r.run.id == at.subject), None) if at.overview else None
    )
    if run is None or any(gate.decided_at is None for gate in run.gates):
        return None
    return f"{at.subject} waits for no approval"


def no_glass(at: Situation) -> str | None:
    """It has ended, or acts outside of its hours already."""
    found = at.overview.run(RunId(at.subject)) if at.overview else None
    if found is None:
        return None
    if found.run.state in ENDS:
        return f"{at.subject} has ended"
    return f"the glass of {at.subject} is broken already" if found.run.glass else None


def no_new_key(at: Situation) -> str | None:
    """The key of the host is on record, or is a wall."""
    frame = at.overview.frames.get(at.subject) if at.overview else None
    if frame is not None and frame.link is LinkState.KEY_CHANGED:
        return f"{at.subject} shows another key than the one on record: ask who runs it"
    is_new = frame is None or frame.link is LinkState.KEY_UNKNOWN
    return None if is_new else f"the key of {at.subject} is not in question"
