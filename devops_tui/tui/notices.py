"""The one place that shows a notice; text gets there as safe text and is never markup."""

from __future__ import annotations

from typing import Any, Literal

from textual.app import App

from devops_tui.domain.errors import DevopsError
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.safe_text import safe
from devops_tui.tui.palette import plain_text

Severity = Literal["information", "warning", "error"]

SHOWN_S = 6.0
SHOWN_CHARACTERS = 400


def tell(app: App[Any], what: Line, severity: Severity = "information") -> None:
    """Shows a line for some seconds."""
    text = safe(plain_text(what), SHOWN_CHARACTERS)
    app.notify(text, severity=severity, timeout=SHOWN_S, markup=False)


def tell_error(app: App[Any], error: Exception) -> None:
    """Shows what went wrong and what to do about it."""
    if isinstance(error, DevopsError):
        hint = f" — {error.hint}" if error.hint else ""
        tell(app, line(error.title, hint), "warning" if error.is_retryable else "error")
    else:
        tell(app, line(f"{type(error).__name__}: {error}"), "error")
