"""The engine that is durable by the store's rows alone."""

from __future__ import annotations

from devops_tui.engines.walking import WalkingEngine


class InlineEngine(WalkingEngine):
    """Walks in the worker's event loop and keeps nothing beside the store."""
