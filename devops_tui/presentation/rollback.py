"""A rollback before it is done: what goes, what comes, and the exact commands."""

from __future__ import annotations

from devops_tui.domain.rollback import RollbackPlan, Way
from devops_tui.presentation.line import Line, line


def preview(plan: RollbackPlan) -> list[Line]:
    """Lines for a dialog or a terminal; of one that cannot be done, why and what it takes."""
    if plan.way is Way.NONE:
        return [line((plan.why_not, "failed")), line((plan.hint, "muted"))]
    live = plan.live.value if plan.live is not None else "?"
    now = f" ({plan.now})" if plan.now else ""
    then = f" ({plan.then})" if plan.then else ""
    if plan.way is Way.UNDO:
        to = plan.live.other.value if plan.live is not None else "?"
        head = line(f"{live}{now} serves; back to ", (to, "accent"), f"{then}, which is warm.")
        rest = "These commands are sent, exactly:"
    else:
        head = line(
            (f"The flip cannot be undone: {plan.why_not_undo}. ", "warning"),
            "The last good file is released again: ",
            (plan.then, "accent"),
        )
        rest = "A run does it, with its checks and approvals:"
    said = [head, line((rest, "muted"))]
    return [*said, *(line("  ", command) for command in plan.commands)]
