"""What people said of a problem, and the runbook of it, as rows."""

from __future__ import annotations

from collections.abc import Mapping

from devops_tui.domain.incident import Incident
from devops_tui.domain.remark import IncidentSeverity, Remarks
from devops_tui.domain.runbook import Runbook, headings
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, Role, cut, line
from devops_tui.presentation.rows import Row, note
from devops_tui.presentation.units import plural
from devops_tui.presentation.wrap import wrapped

_ROLES: Mapping[IncidentSeverity, Role] = {
    IncidentSeverity.CRITICAL: "failed",
    IncidentSeverity.MAJOR: "warning",
    IncidentSeverity.MINOR: "muted",
}


def remark_rows(
    incident: Incident, said: Remarks, width: int, most: int | None = None
) -> list[Row]:
    """How grave it is and whose, then the newest notes; nothing where nobody said anything.

    Args:
        incident: Which one.
        said: Of it.
        width: Cells.
        most: So many notes; None for all of them.
    """
    parts: list[Line] = []
    if said.severity is not None:
        parts.append(line((said.severity.value, _ROLES[said.severity])))
    if said.owner and said.owner != incident.acknowledged_by:
        parts.append(line((f"owned by {said.owner}", "waits")))
    rows = [note("said", cut(joined(parts), width))] if parts else []
    shown = said.notes if most is None else said.notes[-most:]
    if len(shown) < len(said.notes):
        count = plural(len(said.notes) - len(shown), "earlier note")
        rows.append(note("notes", cut(line((f"{count}: the audit has them", "muted")), width)))
    for number, each in enumerate(shown):
        text = f"{each.at:%d %b %H:%M} {each.actor}: {each.text}"
        rows += wrapped(f"note {number}", text, width)
    return rows


def runbook_rows(book: Runbook, width: int) -> list[Row]:
    """The document line by line; keys are the numbers of its lines."""
    heads = {head.line for head in headings(book.lines)}
    rows: list[Row] = []
    for number, text in enumerate(book.lines, 1):
        role: Role = "title" if number in heads else "text"
        first, *others = wrapped(str(number), text, width, role)
        rows.append(Row(str(number), first.line))
        rows += others
    return rows
