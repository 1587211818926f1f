"""The Jira beside the board: a card's key, what it was not told yet, what asks a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from devops_tui.domain.board import Card, Column
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import (
    Clash,
    ClashKind,
    OutboxEntry,
    SyncState,
    Tracked,
    TrackedCard,
    TrackerStatus,
    Value,
)
from devops_tui.presentation import units
from devops_tui.presentation.layout import blank, joined
from devops_tui.presentation.line import Line, Role, cut, line
from devops_tui.presentation.rows import Row, note
from devops_tui.presentation.wrap import wrapped

_KEY_CELLS = 26
"""A card that is narrower shows its mark without the key."""

_SHOWN = 60
_LISTED = 20


def mark_of(card: Card, tracked: Mapping[CardId, Tracked] | None, cells: int) -> Line:
    """What stands at the right of a card: its key, whether it is ahead, whether it asks."""
    if tracked is None:
        return ()
    known = tracked.get(card.id)
    if known is None:
        return line(("↑ new", "waits")) if card.column is not Column.DONE else ()
    parts: list[Line] = []
    if known.clashes:
        parts.append(line((f"✕ asks {known.clashes}", "failed")))
    elif known.synced_rev != card.rev:
        parts.append(line(("↑", "waits")))
    if cells >= _KEY_CELLS:
        parts.append(line((known.key, "muted")))
    made: Line = ()
    for part in parts:
        made = (*made, blank(1), *part) if made else part
    return made


def sheet_rows(found: TrackedCard, now: datetime, cells: int) -> list[Row]:
    """What a card's sheet says of its issue."""
    if found.copy is None:
        waits = "not in Jira yet" if found.entries else "not in Jira"
        rows = [note("jira", line((f"{waits}", "muted")))]
        return rows + _errors(found.entries, cells)
    head = line(("Jira ", "muted"), (found.copy.key, "accent"), (f" {found.url}", "muted"))
    rows = [note("jira", cut(head, cells))]
    ahead = [*found.unsent, *([units.plural(found.remarks, "remark")] if found.remarks else [])]
    if ahead:
        rows += wrapped("jira-ahead", f"↑ not sent yet: {', '.join(ahead)}", cells, "waits")
    rows += _errors(found.entries, cells)
    for clash in found.copy.clashes:
        rows += wrapped(f"jira-{clash.field}", f"✕ {told(clash, now)}", cells, "failed")
    for index, file in enumerate(found.copy.attachments):
        size = units.size(file.size_bytes)
        named = line(("file ", "muted"), (file.name, "accent"), (f" {size} {file.url}", "muted"))
        rows.append(note(f"jira-file {index}", cut(named, cells)))
    if found.copy.clashes:
        rows.append(note("jira-todo", cut(line(("x decides", "key")), cells)))
    return rows


def told(clash: Clash, now: datetime) -> str:
    """A question in one line."""
    when = f"{units.age(clash.at, now)} ago"
    if clash.kind in (ClashKind.GONE, ClashKind.TWICE):
        return f"{clash.why} ({when})"
    sides = f"here {shown(clash.mine)}, Jira {shown(clash.theirs)}"
    if clash.kind is ClashKind.OVERTAKEN:
        sides = f"Jira has {shown(clash.mine)} from here, it was {shown(clash.theirs)}"
    by = f" by {clash.by.removeprefix('jira:')}" if clash.by else ""
    return f"{clash.field}: {sides}{by}, {when}; {clash.why}"


def shown(value: Value) -> str:
    """A value among words."""
    text = ", ".join(value) if isinstance(value, tuple) else " ".join(value.split())
    if not text:
        return "nothing"
    return f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}”"


def answers(clash: Clash) -> tuple[str, str]:
    """What the two answers do: keep mine, take theirs."""
    if clash.kind is ClashKind.GONE:
        return "file it in Jira anew", "archive the card"
    if clash.kind is ClashKind.TWICE:
        return "well, it is settled in Jira", "well, it is settled in Jira"
    name = clash.field
    return f"{name}: keep {shown(clash.mine)}", f"{name}: take {shown(clash.theirs)} from Jira"


def status_lines(status: TrackerStatus, now: datetime, cells: int) -> list[Line]:
    """`jira status`."""
    state = status.state
    lines = [
        joined([line((status.where, "title")), line((status.kind, "muted"))]),
        cut(_how(state, now), cells),
    ]
    if state.error and state.hint:
        lines.append(cut(line(("  ", "text"), (state.hint, "muted")), cells))
    counts = [
        line(units.plural(status.issues, "issue")),
        _count(len(status.unsent), "card to send", "cards to send", "waits"),
        _count(len(status.clashes), "card asks", "cards ask", "failed"),
    ]
    lines.append(joined(counts))
    if state.sprint:
        lines.append(cut(line(("sprint ", "muted"), state.sprint), cells))
    if abs(state.skew_s) >= 60.0:
        way = "ahead of" if state.skew_s > 0 else "behind"
        told_ = f"Jira's clock is {units.duration(abs(state.skew_s))} {way} ours"
        lines.append(line((told_, "warning")))
    lines += [cut(_entry(entry, now), cells) for entry in status.waiting[:_LISTED]]
    if len(status.waiting) > _LISTED:
        lines.append(line((f"  and {len(status.waiting) - _LISTED} more", "muted")))
    lines.append(line((f"tested_with: {status.tested_with}", "muted")))
    return lines


def clash_lines(status: TrackerStatus, now: datetime, cells: int) -> list[Line]:
    """`jira conflicts`."""
    if not status.clashes:
        return [line(("nothing asks", "muted"))]
    lines: list[Line] = []
    for copy in status.clashes:
        lines.append(line((copy.card_id, "accent"), (f" {copy.key}", "muted")))
        lines += [cut(line(("  ✕ ", "failed"), told(c, now)), cells) for c in copy.clashes]
    return lines


def _how(state: SyncState, now: datetime) -> Line:
    if state.tried_at is None:
        return line(("not asked yet", "muted"))
    if not state.error:
        return line(("● ", "ok"), f"equal as of {units.age(state.tried_at, now)} ago")
    since = f"; last well {units.age(state.ok_at, now)} ago" if state.ok_at else ""
    until = state.not_before
    wait_s = (until - now).total_seconds() if until is not None else 0.0
    again = f"; again in {units.duration(wait_s)}" if wait_s > 0 else ""
    return line(("✕ ", "failed"), state.error, (f"{since}{again}", "muted"))


def _count(number: int, one: str, many: str, role: Role) -> Line:
    return line((f"{number} {one if number == 1 else many}", role if number else "muted"))


def _entry(entry: OutboxEntry, now: datetime) -> Line:
    what = ", ".join(entry.what) if entry.kind.value == "edit" else entry.kind.value
    age = f" for {units.age(entry.made_at, now)}"
    error = f": {entry.error}" if entry.error else ""
    return line(
        ("  ↑ ", "waits"), (entry.card_id, "accent"), f" {what}", (f"{age}{error}", "muted")
    )


def _errors(entries: tuple[OutboxEntry, ...], cells: int) -> list[Row]:
    rows: list[Row] = []
    for entry in entries:
        if entry.error:
            rows += wrapped(f"jira-error {entry.key}", entry.error, cells, "warning")
    return rows
