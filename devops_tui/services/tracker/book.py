"""How far the worker has come with the other side, kept in the store."""

from __future__ import annotations

import json

from devops_tui.domain.codec import decode, encode
from devops_tui.domain.jira import JiraSettings
from devops_tui.domain.tracker import SyncState
from devops_tui.ports.store import Store

_MARK = "tracker"
PLACE = "tracker.place"
MOVED = "tracker.moved"
"""The mark that says that an order is to be sent."""

ASKED = "tracker.asked"
"""The mark by which somebody asks for a round at once: any text that is new."""


def read_state(store: Store, settings: JiraSettings) -> SyncState:
    """What was saved last of this place; nothing where it was another one."""
    text = store.mark(_MARK)
    fresh = SyncState(mirrors=place_of(settings))
    if not text:
        return fresh
    found = decode(SyncState, json.loads(text))
    return found if found.mirrors == fresh.mirrors else fresh


def save_state(store: Store, state: SyncState) -> None:
    """Keeps it over restarts."""
    store.save_mark(_MARK, json.dumps(encode(state)))


def place_of(settings: JiraSettings) -> str:
    """Which project of which site."""
    return f"{settings.url} {settings.project}"
