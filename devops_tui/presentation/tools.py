"""Connected tools: is each reachable, what does it say, how old is that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from devops_tui.domain.tool import Finding, Level, Proof, ToolStatus
from devops_tui.presentation import units
from devops_tui.presentation.glyphs import HURT, OK, STALE, Mark
from devops_tui.presentation.layout import Field, Grid, Part, joined
from devops_tui.presentation.line import Line, cut, line
from devops_tui.presentation.rows import Row, heading, note

LEVELS: Mapping[Level, Mark] = {
    Level.CRITICAL: Mark("✕", "critical", "failed"),
    Level.UNKNOWN: Mark("?", "unknown", "lost"),
    Level.WARNING: Mark("▲", "warning", "warning"),
    Level.RUNNING: Mark("◐", "running", "running"),
    Level.OK: OK,
}

FIELDS = (
    Field("name", "tool", 16, keep=0),
    Field("state", "state", 10, keep=1),
    Field("says", "what it says", 32, keep=2, grows=True),
    Field("kind", "kind", 13, keep=4),
    Field("stage", "stage", 8, keep=6),
    Field("version", "version", 10, keep=7),
    Field("read", "read", 10, keep=3, align="right"),
)

FINDINGS = (
    Field("state", "state", 10, keep=1),
    Field("name", "name", 24, keep=0),
    Field("host", "host", 14, keep=3),
    Field("text", "what", 20, keep=2, grows=True),
    Field("since", "since", 10, keep=4, align="right"),
)

_NONE = line(
    ("no tools are connected; write them under ", "muted"),
    ("tools:", "accent"),
    (" in devops.yaml", "muted"),
)


def mark_of(status: ToolStatus, now: datetime) -> Mark:
    """How a tool stands: one that does not answer is silent, whatever it said before."""
    state = status.state
    if state.tried_at is None:
        return Mark("○", "not read", "muted")
    if state.error:
        return Mark(HURT.glyph, "silent", "failed")
    return STALE if status.is_stale(now) else LEVELS[status.level]


def tool_list(statuses: Sequence[ToolStatus], now: datetime, cells: int) -> list[Row]:
    """In the order of the configuration."""
    if not statuses:
        return [note("none", cut(_NONE, cells))]
    grid = Grid(FIELDS, cells)
    rows = [heading(grid.heading())]
    rows.extend(Row(s.settings.name, grid.row(_cells(s, now))) for s in statuses)
    return rows


def finding_list(status: ToolStatus, now: datetime, cells: int) -> list[Row]:
    """What one tool says, worst first; above it why it says nothing, where it does not answer."""
    state = status.state
    rows: list[Row] = []
    if state.error:
        rows.append(note("error", cut(line(("✕ ", "failed"), state.error), cells)))
        if state.hint:
            rows.append(note("hint", cut(line((f"  {state.hint}", "muted")), cells)))
        if state.reading is not None and state.read_at is not None:
            old = f"~ below: as it was {units.age(state.read_at, now)} ago"
            rows.append(note("old", cut(line((old, "stale")), cells)))
    elif state.read_at is not None and status.is_stale(now):
        old = f"~ as it was {units.age(state.read_at, now)} ago; no worker reads it now"
        rows.append(note("old", cut(line((old, "stale")), cells)))
    found = state.reading.findings if state.reading is not None else ()
    if state.reading is not None and not (found or rows):
        rows.append(note("nothing", line((f"no {status.facts.says}", "ok"))))
    # a CI server's have none, a monitor's mean nothing without
    has_hosts = any(f.host for f in found)
    grid = Grid([f for f in FINDINGS if has_hosts or f.name != "host"], cells)
    rows += [heading(grid.heading())] if found else []
    is_old = bool(state.error) or status.is_stale(now)
    rows += [Row(f"finding {f.id}", grid.row(_finding(f, now, is_old=is_old))) for f in found]
    if state.reading is not None and state.reading.left_out:
        more = f"and {state.reading.left_out:,} more, which were left out"
        rows.append(note("more", cut(line((more, "muted")), cells)))
    return rows


def about(status: ToolStatus) -> Line:
    """One tool in its heading: kind, where, what it was tested with."""
    settings = status.settings
    return joined(
        [
            line((settings.name, "accent")),
            line((settings.kind.value, "muted")),
            line((settings.url, "muted")),
            tested_with(status),
        ]
    )


def tested_with(status: ToolStatus) -> Line:
    """What stands behind the reader of this kind."""
    if status.facts.proof is Proof.CONTRACT:
        return line(("tested_with: contract", "warning"))
    return line(("tested_with: real", "muted"))


def says(status: ToolStatus) -> Line:
    """What a tool says in a few words: why it is silent, else how many of which level."""
    state = status.state
    if state.error:
        return line((state.error, "failed"))
    if state.reading is None:
        return line(("no worker has read it yet", "muted"))
    read = state.reading
    parts: list[Line] = []
    for level in (Level.CRITICAL, Level.UNKNOWN, Level.WARNING, Level.RUNNING):
        count = read.count(level)
        if count:
            parts.append(line((f"{count} {LEVELS[level].word}", LEVELS[level].role)))
    well = read.count(Level.OK)
    if well:
        parts.append(line((f"{well} ok", "ok")))
    quiet = sum(f.is_quiet for f in read.findings)
    if quiet:
        parts.append(line((f"{quiet} silenced there", "muted")))
    if read.left_out:
        parts.append(line((f"{read.left_out:,} more", "muted")))
    return joined(parts) or line((f"no {status.facts.says}", "ok"))


def _cells(status: ToolStatus, now: datetime) -> dict[str, Part]:
    state, settings = status.state, status.settings
    at = state.read_at
    return {
        "name": (settings.name, "accent"),
        "state": mark_of(status, now).full,
        "says": says(status),
        "kind": (settings.kind.value, "muted"),
        "stage": (status.facts.stage, "muted"),
        "version": (state.reading.version if state.reading is not None else "", "muted"),
        "read": (f"{units.age(at, now)} ago" if at is not None else "never", "muted"),
    }


def _finding(found: Finding, now: datetime, *, is_old: bool) -> dict[str, Part]:
    mark = LEVELS[found.level]
    if is_old:
        mark = Mark(STALE.glyph, mark.word, "stale")
    elif found.is_quiet:
        mark = Mark("⊘", mark.word, "muted")
    return {
        "state": mark.full,
        "name": (found.name, "accent"),
        "host": (found.host, "text"),
        "text": found.text,
        "since": (units.age(found.since, now) if found.since is not None else "", "muted"),
    }
