"""What retention would remove, or removed, in lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devops_tui.domain.retention import Prunable, PruneReport, Rest
from devops_tui.presentation import units
from devops_tui.presentation.line import Line, line

_SHOWN = 8
_NAMES: Mapping[Rest, tuple[str, str]] = {
    Rest.ARTIFACT: ("artifact", "artifacts"),
    Rest.LOG: ("log", "logs"),
    Rest.RUN: ("run", "runs"),
    Rest.CHECKOUT: ("checkout", "checkouts"),
    Rest.MIRROR: ("copy of a repository", "copies of repositories"),
    Rest.SPOOL: ("spool", "spools"),
    Rest.EVENTS: ("event", "events"),
}


def report(of: PruneReport, *, is_dry: bool) -> list[Line]:
    """A line for each kind with what it is and why; then what stays, and what went wrong."""
    verb = "would go" if is_dry else "gone"
    lines: list[Line] = []
    for kind in Rest:
        items = [item for item in of.gone if item.kind is kind]
        if items:
            lines += _kind(kind, items, verb)
    total = sum(item.size_bytes or 0 for item in of.gone)
    told = f"{verb}: {units.size(total)} in all" if of.gone else "nothing is beyond a limit"
    lines.append(line((told, "title" if of.gone else "muted")))
    for subject, why in of.kept[:_SHOWN]:
        lines.append(line(("stays  ", "ok"), _shown(subject), (f"  {why}", "muted")))
    if len(of.kept) > _SHOWN:
        lines.append(line((f"and {len(of.kept) - _SHOWN} more stay", "muted")))
    lines += [line(("not removed  ", "failed"), error) for error in of.errors]
    return lines


def figures(data: Mapping[str, Any]) -> str:
    """An event of a pruning in a few words."""
    counts = data.get("counts") or {}
    parts = [units.plural(int(n), *_NAMES[Rest(kind)]) for kind, n in counts.items()]
    return f"{', '.join(parts)}: {units.size(data.get('size_bytes'))}"


def _kind(kind: Rest, items: list[Prunable], verb: str) -> list[Line]:
    is_rows = kind in (Rest.EVENTS, Rest.SPOOL)
    count = sum(item.count for item in items) if is_rows else len(items)
    size = sum(item.size_bytes or 0 for item in items)
    lines = [
        line(
            (f"{verb}  ", "warning"),
            units.plural(count, *_NAMES[kind]),
            (f"  {units.size(size)}" if size else "", "text"),
        )
    ]
    lines += [
        line("    ", _shown(item.subject), (f"  {item.why}", "muted")) for item in items[:_SHOWN]
    ]
    if len(items) > _SHOWN:
        lines.append(line((f"    and {len(items) - _SHOWN} more", "muted")))
    return lines


def _shown(subject: str) -> str:
    is_digest = subject.startswith("sha256:")
    return subject.removeprefix("sha256:")[:12] if is_digest else subject
