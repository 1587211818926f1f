"""Waits for what another process does."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 60


def until(look: Callable[[], T]) -> T:
    """Looks until there is something true."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not come"
        select.select([], [], [], 0.05)
