"""Wishes to the worker: durable before anybody acts on them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from devops_tui.domain.audit import Request, RequestState, Verb
from devops_tui.domain.errors import DevopsError, Refused
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import RequestId
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store


def file_request(
    store: Store,
    clock: Clock,
    verb: Verb,
    subject: str,
    actor: str,
    why: str = "",
    args: Mapping[str, Json] | None = None,
) -> Request:
    """Stores a wish and returns it; a worker claims it later."""
    request = Request(
        RequestId(f"q-{secrets.token_hex(6)}"),
        verb,
        subject,
        actor,
        clock.now(),
        why,
        dict(args or {}),
    )
    store.file_request(request)
    return request


def grant(store: Store, clock: Clock, request: Request, outcome: Mapping[str, Json]) -> Request:
    """Ends a wish as done."""
    ended = replace(request, state=RequestState.DONE, ended_at=clock.now(), outcome=dict(outcome))
    store.end_request(ended)
    return ended


def refuse(store: Store, clock: Clock, request: Request, error: DevopsError) -> Request:
    """Ends a wish as refused, with the reason and what can be done."""
    now = clock.now()
    ended = replace(
        request, state=RequestState.REFUSED, ended_at=now, error=error.title, hint=error.hint
    )
    with store.transaction():
        store.end_request(ended)
        store.append(
            Event(
                "request.refused",
                request.subject,
                now,
                request.actor,
                error.title,
                {"verb": request.verb.value, "hint": error.hint},
            )
        )
    return ended


def refuse_orphans(store: Store, clock: Clock) -> None:
    """What a dead worker had claimed: nobody knows what came of it, so nobody repeats it."""
    for request in store.orphaned_requests():
        refuse(
            store,
            clock,
            request,
            Refused(
                "the worker ended while it did this; what came of it stands in the events",
                "Look at the run or the service before you ask again.",
            ),
        )
