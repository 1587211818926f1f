"""Keeps Python's garbage collector from stopping the screen for what has lived for long.

A full collection looks at every object there is: with 5,000 cards it takes 140 ms, and no key
is answered meanwhile. What survived one is alive; it is set aside, and the next one looks only
at what came since. What is set aside is still freed at once when nothing refers to it;
what refers to itself (a strip that was cut into itself) is looked for while nobody is at the
keyboard.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from time import monotonic

TIDY_S = 900.0
"""So seldom is everything looked at: it takes as long as a few keys."""

_FULL = 2
_tidied_at = float("-inf")


def spare_what_lives() -> None:
    """From now on each full collection sets aside what it found alive."""
    if _set_aside not in gc.callbacks:
        gc.callbacks.append(_set_aside)


def look_at_all_again(*, goes_on: bool) -> None:
    """As it was before, where the process goes on when the screen has gone."""
    if _set_aside in gc.callbacks:
        gc.callbacks.remove(_set_aside)
    if goes_on:
        gc.unfreeze()


def tidy() -> None:
    """Frees what is set aside and dead, if that was long ago; for a moment without keys."""
    global _tidied_at
    if _set_aside in gc.callbacks and monotonic() - _tidied_at >= TIDY_S:
        _tidied_at = monotonic()
        gc.unfreeze()
        gc.collect()


def _set_aside(phase: str, about: Mapping[str, int]) -> None:
    if phase == "stop" and about["generation"] == _FULL:
        gc.freeze()
