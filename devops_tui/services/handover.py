"""Collects what a hand-over and a post-mortem tell: rows and events, nothing typed by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from devops_tui.domain.audit import Worker
from devops_tui.domain.event import Event
from devops_tui.domain.handover import HandOver, Hypothesis, PostMortem
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident
from devops_tui.domain.pipeline import State
from devops_tui.domain.quarantine import Quarantine
from devops_tui.domain.storm import storms
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.diagnosis import Figures, diagnose
from devops_tui.services.labels import MARKED
from devops_tui.services.quarantines import quarantines_of
from devops_tui.services.silences import silences_of

MOST_DEEDS = 200

_EVENTS = 5000
_OPEN = 200
_EARLIER = timedelta(minutes=30)
"""A flip or a release so long before a problem belongs to its story."""

_ALWAYS = frozenset(
    {
        "flip.failed",
        "flip.finished",
        "flip.reverted",
        "gate.expired",
        "incident.escalated",
        "incident.opened",
        "incident.resolved",
        "incident.storm",
        "repair.failed",
        "repair.finished",
        "run.finished",
        "service.drifted",
        "worker.taken_over",
    }
)
_NEVER = frozenset({"workspace.loaded", "worker.started", "worker.stopped", "run.created"})
_MACHINES = frozenset({"worker", "collector", "health", "source", "schedule", ""})


def hand_over(store: Store, clock: Clock, actor: str, hours: float) -> HandOver:
    """The shift of the last hours; one look at the store."""
    now = clock.now()
    since = now - timedelta(hours=hours)
    with store.snapshot():
        found = tuple(store.incidents(open_only=True, limit=_OPEN))
        events = store.events(limit=_EVENTS, newest=True)
        deeds = [e for e in events if e.at >= since and _is_told(e)]
        names = {i.id for i in found}
        pinned = (h for h in map(_hypothesis, events) if h is not None)
        workspace = store.workspace()
        return HandOver(
            workspace.name if workspace is not None else "",
            actor,
            now,
            since,
            found,
            storms(found),
            tuple(deeds[-MOST_DEEDS:]),
            max(0, len(deeds) - MOST_DEEDS),
            tuple(h for h in pinned if h.at >= since or h.incident in names),
            tuple(_watch(store, found, now)),
            workspace.oncall.told(now) if workspace is not None and workspace.oncall else "",
        )


def post_mortem(
    store: Store, clock: Clock, incident_id: IncidentId, figures: Figures
) -> PostMortem:
    """The facts of one problem.

    Raises:
        NotFound: There is no such problem.
    """
    with store.snapshot():
        incident = store.incident(incident_id)
        known = diagnose(store, incident_id, figures)
        end = incident.resolved_at or clock.now()
        around = store.events(limit=_EVENTS, newest=True)
        own = {incident.id, incident.run_id or "", incident.card_id or "", incident.host}
        story = {e.seq: e for e in around if e.subject in own - {""}}
        begin = incident.opened_at - _EARLIER
        story |= {e.seq: e for e in around if begin <= e.at <= end and _is_of_traffic(e)}
        story = {seq: e for seq, e in story.items() if e.kind not in _NEVER}
        marks = (h for h in map(_hypothesis, around) if h is not None)
        workspace = store.workspace()
        return PostMortem(
            workspace.name if workspace is not None else "",
            clock.now(),
            incident,
            known,
            tuple(story[seq] for seq in sorted(story))[-MOST_DEEDS:],
            tuple(h for h in marks if h.incident == incident.id),
        )


def _is_told(event: Event) -> bool:
    if event.kind in _NEVER or event.kind == MARKED:
        return False
    return event.kind in _ALWAYS or event.actor not in _MACHINES


def _is_of_traffic(event: Event) -> bool:
    return event.kind.partition(".")[0] in ("flip", "service", "glass")


def _hypothesis(event: Event) -> Hypothesis | None:
    if event.kind != MARKED:
        return None
    text, incident = str(event.data.get("text") or ""), str(event.data.get("incident") or "")
    return Hypothesis(event.subject, text, event.actor, event.at, event.why, incident)


def _watch(store: Store, found: Sequence[Incident], now: datetime) -> Iterator[str]:
    """What is not settled, in the order of how soon it may hurt."""
    for status in store.service_statuses():
        drift = status.drift()
        if drift:
            yield f"{status.name}: {drift}"
        if status.watching_until is not None and status.watching_until > now:
            yield f"{status.name}: {status.live} bakes until {status.watching_until:%H:%M} UTC"
        if status.warm_until is not None and status.warm_until > now and status.live is not None:
            until = f"{status.warm_until:%H:%M} UTC"
            yield f"{status.name}: {status.live.other} is warm for an undo until {until}"
    for run in store.unfinished_runs():
        what = "waits for an approval" if run.state is State.ASKING else f"is {run.state.value}"
        yield f"{run.id}: {run.why_waiting or what}"
    for silence in silences_of(store, now):
        by = f"silenced by {silence.actor}" if silence.actor else "in maintenance"
        yield f"{silence.what}: {by} until {silence.until:%d %b %H:%M} UTC"
    yield from map(_quarantined, quarantines_of(store, now))
    for incident in found:
        if incident.count > 1:
            yield f"{incident.id}: came {incident.count} times, last {incident.last_at:%H:%M} UTC"
    worker = max(store.workers(), key=_beat, default=None)
    if worker is None:
        yield "no worker is known: nothing acts until a screen or a verb starts one"


def _quarantined(each: Quarantine) -> str:
    by = f" by {each.actor}" if each.actor else ""
    return f"{each.test}: in quarantine{by} until {each.until:%Y-%m-%d %H:%M} UTC: {each.why}"


def _beat(worker: Worker) -> datetime:
    return worker.beat_at
