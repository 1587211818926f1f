"""What hosts answered to one command: those that said the same stand together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devops_tui.domain.host_command import Answers, counts, grouped
from devops_tui.domain.ids import HostName
from devops_tui.domain.pipeline import JobRun, State
from devops_tui.presentation import units
from devops_tui.presentation.glyphs import STATES
from devops_tui.presentation.line import Line, cut, line, span
from devops_tui.presentation.rows import Row

_NAMES = 6
_LINES = 200


def summary(record: JobRun) -> Line:
    """How far it is: "6 of 8 hosts ended, 2 failed"."""
    well, badly, still = counts(record.hosts)
    total = len(record.hosts)
    said = [line(f"{well + badly} of {units.plural(total, 'host')} ended")]
    if badly:
        said.append(line((f", {badly} failed", "failed")))
    if still and record.state is State.CANCELLED:
        said.append(line((f", {still} never began", "muted")))
    return tuple(piece for part in said for piece in part)


def rows(record: JobRun, outputs: Mapping[HostName, bytes], cells: int) -> list[Row]:
    """One block a group: which hosts, how it ended, what they said."""
    made: list[Row] = []
    for number, group in enumerate(grouped(record, outputs)):
        made.append(Row(f"g{number}", cut(_head(group), cells)))
        shown = group.output.splitlines()
        for index, text in enumerate(shown[:_LINES]):
            made.append(Row(f"g{number}.{index}", cut((span("  "), span(text)), cells)))
        if len(shown) > _LINES or group.is_cut:
            more = line(("  … the rest stands in the log", "muted"))
            made.append(Row(f"g{number}.more", cut(more, cells)))
        if not shown:
            made.append(Row(f"g{number}.none", cut(line(("  (no output)", "muted")), cells)))
    return made


def targets(hosts: Sequence[HostName]) -> str:
    """Names as people count them: "web-1, web-2 and 18 more"."""
    if len(hosts) <= _NAMES:
        return ", ".join(hosts)
    return f"{', '.join(hosts[:_NAMES])} and {len(hosts) - _NAMES} more"


def _head(group: Answers) -> Line:
    mark = STATES[group.state]
    how = f"exit code {group.exit_code}" if group.exit_code is not None else group.why
    return line(
        mark.short,
        (f" {units.plural(len(group.hosts), 'host')}: ", "title"),
        (targets(group.hosts), "accent"),
        (f"  {how}", "muted" if group.state is State.OK else "failed"),
    )
