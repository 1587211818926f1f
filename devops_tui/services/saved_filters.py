"""Filters of the board that an operator keeps under a name."""

from __future__ import annotations

import json
from collections.abc import Mapping

from devops_tui.domain.card_query import parse
from devops_tui.domain.errors import Refused
from devops_tui.ports.store import Store

_MARK = "board.filters:"
_MOST = 50
_NAME_LIMIT = 40


def saved_filters(store: Store, actor: str) -> Mapping[str, str]:
    """Name to query, by name."""
    text = store.mark(_MARK + actor)
    found: dict[str, str] = json.loads(text) if text else {}
    return dict(sorted(found.items()))


def save_filter(store: Store, actor: str, name: str, query: str) -> Mapping[str, str]:
    """Keeps a query under a name; an empty one takes the name away.

    Raises:
        BadQuery: It is none.
        Refused: The name is empty or too long, or there are too many.
    """
    parse(query)
    name = " ".join(name.split())
    if not name or len(name) > _NAME_LIMIT:
        raise Refused("a filter needs a short name", f"At most {_NAME_LIMIT} characters.")
    with store.transaction():
        found = dict(saved_filters(store, actor))
        if query.strip():
            found[name] = query.strip()
        else:
            found.pop(name, None)
        if len(found) > _MOST:
            raise Refused(f"there are {_MOST} filters already", "Take one away first.")
        store.save_mark(_MARK + actor, json.dumps(found, sort_keys=True))
    return found
