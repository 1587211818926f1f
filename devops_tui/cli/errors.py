"""What can go wrong at the command line alone; the rest is in domain/errors.py."""

from __future__ import annotations

from devops_tui.domain.errors import DevopsError


class WrongWords(DevopsError):
    """The words on the command line do not say what to do."""


class NoWorker(DevopsError):
    """No worker starts, or none takes the wish: nothing was done yet."""

    is_retryable = True


class NoFile(DevopsError):
    """A file or a stream cannot be read or written."""


class Interrupted(DevopsError):
    """The operator pressed ctrl+c."""
