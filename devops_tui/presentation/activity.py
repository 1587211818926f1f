"""What happened last, in words: one line per event that an operator would tell another."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from devops_tui.domain.event import KINDS, Event, Json
from devops_tui.domain.pipeline import State
from devops_tui.presentation import units
from devops_tui.presentation.glyphs import STATES
from devops_tui.presentation.layout import Field, Grid, Part
from devops_tui.presentation.line import Line, Role, cut, line, span
from devops_tui.presentation.rows import Row, note

FIELDS = (
    Field("time", "time", 8, keep=2),
    Field("who", "who", 8, keep=3),
    Field("what", "what", 16, keep=0, grows=True),
)

_QUIET = frozenset({"job.started", "run.started", "flip.asked", "workspace.loaded"})
"""Said again, and better, by the event that follows."""

_DIGEST_CELLS = 19
_FIELD = re.compile(r"\{(\w+)\}")

_WORDS: Mapping[str, tuple[str, Role]] = {
    "run.created": ("was asked for", "text"),
    "run.finished": ("ended {state}", "text"),
    "run.cancel_asked": ("is to be cancelled", "warning"),
    "job.finished": ("{job} {state}", "text"),
    "job.reattached": ("{job} was found still running, and is followed again", "warning"),
    "artifact.stored": ("built {name} {digest}", "text"),
    "artifact.installed": ("is on {host} as {colour}, its digest was checked there", "text"),
    "gate.opened": ("waits for an approval", "waits"),
    "gate.approved": ("was approved", "ok"),
    "gate.rejected": ("was rejected", "failed"),
    "gate.signed": ("was approved by one, more have to", "waits"),
    "gate.reminded": ("still waits for an approval", "waits"),
    "gate.evidence_changed": ("asks anew: its evidence changed", "waits"),
    "gate.expired": ("was approved by nobody in time", "failed"),
    "gate.closed": ("asks no more: what it guards failed", "failed"),
    "glass.broken": ("acts outside of its hours: the glass was broken", "failed"),
    "notice.dropped": ("gave {count} notices up", "failed"),
    "flip.prepared": ("can flip to {to}: every balancer is ready", "running"),
    "flip.committed": ("flips to {to}: the balancers were told", "running"),
    "flip.proved": ("answers from {to} through every balancer", "ok"),
    "flip.drained": ("{from} answers nothing any more", "text"),
    "flip.finished": ("flipped from {from} to {to}", "ok"),
    "flip.failed": ("did not flip to {to}", "failed"),
    "flip.reverted": ("went back by itself", "failed"),
    "canary.moved": ("gives {to} {percent} % of its requests", "running"),
    "canary.failed": ("did not give {to} {percent} % of its requests", "failed"),
    "flip.put_right": ("brought a balancer along", "ok"),
    "repair.asked": ("is brought back to {to}", "running"),
    "repair.finished": ("serves {to} everywhere again", "ok"),
    "repair.failed": ("was not brought back to {to}", "failed"),
    "colour.retired": ("stopped {colour}", "text"),
    "colour.kept": ("keeps {colour} until {until}", "text"),
    "shell.opened": ("has a shell open on {host}", "warning"),
    "shell.closed": ("has a shell on {host} no more", "text"),
    "service.drifted": ("serves another colour than it should", "failed"),
    "card.created": ("was filed: {title}", "text"),
    "card.moved": ("moved from {from} to {to}: {title}", "text"),
    "card.edited": ("was changed: {title}", "text"),
    "card.archived": ("was archived: {title}", "text"),
    "card.restored": ("is on the board again: {title}", "text"),
    "card.clash_resolved": ("was decided where Jira differed", "text"),
    "card.removed": ("is no longer filed: {title}", "text"),
    "card.rule_overridden": ("went against a rule: {refused}", "warning"),
    "sprint.started": ("{number} began, until {last_day}", "text"),
    "sprint.changed": ("{number} is until {last_day} now", "text"),
    "sprint.ended": ("{number} ended with {points_left} points left", "text"),
    "card.idle": ("stands in {column} for {days} days: {title}", "warning"),
    "board.limit_breached": ("holds {count} cards, {limit} are allowed", "warning"),
    "automation.refused": ("was not changed by a rule of the board", "warning"),
    "card.commented": ("was commented on", "text"),
    "card.limit_overridden": ("went over the limit of {column}", "warning"),
    "incident.opened": ("opened", "failed"),
    "incident.repeated": ("happened again, {count} times now", "failed"),
    "incident.acknowledged": ("was taken", "waits"),
    "incident.resolved": ("is over", "ok"),
    "cause.guessed": ("probably fails", "warning"),
    "cause.marked": ("has a marked cause: {text}", "text"),
    "host.state_changed": ("went from {from} to {to}", "warning"),
    "host.trusted": ("is trusted by its key {fingerprint}", "warning"),
    "request.refused": ("{verb} was refused", "failed"),
    "worker.started": ("began to work", "text"),
    "worker.stopped": ("stopped", "text"),
    "worker.taken_over": ("was taken over", "failed"),
    "worker.handed_over": ("made room for a newer version", "text"),
    "workspace.rejected": ("the configuration has mistakes", "failed"),
}
"""Said after the name of the thing; {fields} come from the event's facts."""


def activity(events: Sequence[Event], now: datetime, width: int, height: int | None) -> list[Row]:
    """The newest first, as many as fit into `height` rows (None: all)."""
    told = [e for e in events if e.kind not in _QUIET and not _is_skipped(e)]
    told.sort(key=lambda e: e.seq, reverse=True)
    if not told:
        return [note("empty", cut(line(("Nothing happened yet.", "muted")), width))]
    grid = Grid(FIELDS, width)
    return [Row(f"event {e.seq}", grid.row(_cells(e, now))) for e in told[:height]]


def _is_skipped(event: Event) -> bool:
    """A job that never began because another one failed: that one is told already."""
    return event.kind == "job.finished" and event.data.get("state") == State.SKIPPED.value


def _cells(event: Event, now: datetime) -> dict[str, Part]:
    return {
        "time": (_when(event.at, now), "muted"),
        "who": event.actor,
        "what": _what(event),
    }


def _when(at: datetime, now: datetime) -> str:
    """The time of day, or how long ago it was when that was another day."""
    shown = units.time_of_day(at, now)
    return shown if len(shown) <= 8 else f"{units.age(at, now)} ago"


def _what(event: Event) -> Line:
    words, role = _said(event)
    why = f" “{event.why}”" if event.why else ""
    return (span(event.subject, "accent"), span(f" {words}", role), span(why, "muted"))


def _said(event: Event) -> tuple[str, Role]:
    if event.kind == "service.health_changed":
        return _health(event.data)
    words, role = _WORDS.get(event.kind, (KINDS.get(event.kind, event.kind), "text"))
    told = _FIELD.sub(lambda found: _short(found[1], event.data.get(found[1], "?")), words)
    state = event.data.get("state")
    if role == "text" and isinstance(state, str):
        role = next((m.role for s, m in STATES.items() if s.value == state), role)
    return told, role


def words_of(event: Event) -> str:
    """What happened, in words, without whom it happened to, for a place that names it."""
    words, _ = _said(event)
    return words.removesuffix(f": {event.data.get('title', '')}")


def _health(data: Mapping[str, Json]) -> tuple[str, Role]:
    where = f"{data.get('colour', '?')} on {data.get('host', '?')}"
    is_healthy = data.get("is_healthy")
    if is_healthy is None:
        return f"{where} cannot be asked", "lost"
    return (f"{where} is healthy", "ok") if is_healthy else (f"{where} is ill", "failed")


def _short(name: str, value: Json) -> str:
    return str(value)[:_DIGEST_CELLS] if name == "digest" else str(value)
