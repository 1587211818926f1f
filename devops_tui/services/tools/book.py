"""What is known of each tool, kept in the store; and the wish to read them at once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from devops_tui.domain.codec import decode, encode
from devops_tui.domain.errors import NotFound
from devops_tui.domain.tool import ToolSettings, ToolState, ToolStatus, place_of
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.store import Store

ASKED = "tools.asked"
"""The mark by which somebody asks for all of them at once: any text that is new."""


def read_state(store: Store, settings: ToolSettings) -> ToolState:
    """What was saved last of this tool; nothing where it was another one."""
    fresh = ToolState(place_of(settings))
    text = store.mark(_mark(settings))
    if not text:
        return fresh
    found = decode(ToolState, json.loads(text))
    return found if found.place == fresh.place else fresh


def save_state(store: Store, settings: ToolSettings, state: ToolState) -> None:
    """Keeps it over restarts."""
    store.save_mark(_mark(settings), json.dumps(encode(state)))


def statuses(store: Store, workspace: Workspace) -> Sequence[ToolStatus]:
    """All tools of the configuration, in its order."""
    with store.snapshot():
        return [ToolStatus(t, read_state(store, t)) for t in workspace.tools]


def ask(store: Store, workspace: Workspace) -> str:
    """Wants all tools to be read at once; the wish, as ToolState.answered will name it.

    Raises:
        NotFound: The workspace has none.
    """
    if not workspace.tools:
        raise NotFound("the workspace has no tools", "Write them under `tools:`.")
    wish = secrets.token_hex(6)
    store.save_mark(ASKED, wish)
    return wish


def _mark(settings: ToolSettings) -> str:
    return f"tool {settings.name}"
