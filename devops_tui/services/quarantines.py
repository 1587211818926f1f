"""Quarantines of tests that people ask for: each with an end, a reason and a name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.quarantine import ASKED, LONGEST, SUBJECT, Quarantine, asked
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

_EVENTS = 500


def quarantine(store: Store, clock: Clock, made: Quarantine) -> Quarantine:
    """Writes one down; the next job that ends is judged by it.

    Raises:
        Refused: No test or no reason is named, or its end is none or too far away.
        NotFound: There is no such pipeline.
    """
    now = clock.now()
    if not made.test.strip():
        raise Refused("no test is named", "Name it as its report does.")
    if not made.why.strip():
        raise Refused("a reason is needed", "Say in one line why, and what it waits for.")
    if made.until <= now:
        raise Refused("the quarantine ends before it begins", "Let it end later.")
    if made.until - now > LONGEST:
        raise Refused("no test is quarantined for more than 90 days", "Mend it, or take it out.")
    workspace = store.workspace()
    if made.pipeline and workspace is not None and made.pipeline not in workspace.pipelines:
        there = ", ".join(sorted(workspace.pipelines)[:8])
        raise NotFound(f"no pipeline {made.pipeline}", f"There are: {there}.")
    _append(store, now, made)
    return made


def end_quarantine(
    store: Store, clock: Clock, test: str, actor: str, why: str
) -> Sequence[Quarantine]:
    """Ends what people asked for of a test; gives what ended.

    Raises:
        NotFound: Nobody asked for one of that test.
    """
    now = clock.now()
    found = [q for q in written(store) if q.test == test and q.until > now]
    if not found:
        todo = "`devops-tui quarantine` lists them; those of devops.yaml end there."
        raise NotFound(f"{test} is not in quarantine by anybody's wish", todo)
    for each in found:
        _append(store, now, Quarantine(test, now, why, each.pipeline, actor))
    return found


def quarantines_of(store: Store, now: datetime) -> Sequence[Quarantine]:
    """Those that have not ended: of the configuration, and what people asked for."""
    workspace = store.workspace()
    planned = workspace.quarantine if workspace is not None else ()
    return [q for q in (*planned, *written(store)) if q.until > now]


def written(store: Store) -> Sequence[Quarantine]:
    """What people asked for, also what has ended by itself: its job says so."""
    return asked(store.events(subject=SUBJECT, limit=_EVENTS, newest=True))


def _append(store: Store, now: datetime, made: Quarantine) -> None:
    data = {"test": made.test, "until": made.until.isoformat(), "pipeline": made.pipeline}
    with store.transaction():
        store.append(Event(ASKED, SUBJECT, now, made.actor, made.why, {**data}))
