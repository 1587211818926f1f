"""Takes secrets out of what went wrong, before anybody stores it or tells it."""

from __future__ import annotations

from collections.abc import Callable

from devops_tui.domain.errors import DevopsError

Mask = Callable[[str], str]
"""Takes every secret that this process has looked up out of a text."""


def hide_in(error: BaseException, mask: Mask) -> None:
    """Masks the words of an error where they stand: a host, a tool or a server wrote them."""
    if isinstance(error, DevopsError):
        error.title, error.hint = mask(error.title), mask(error.hint)
    error.args = tuple(mask(part) if isinstance(part, str) else part for part in error.args)
