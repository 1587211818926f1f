"""Every secret that this process has looked up: what no log and no record of it may show."""

from __future__ import annotations

import logging

from devops_tui.transports.masker import SHORTEST, Masker

MOST_KEPT = 2000
"""The oldest go first; a secret that changes at each lookup must not fill the memory."""


class KnownSecrets:
    """Remembers values, and takes all their forms out of a text.

    Safe to use from any thread: the masker is replaced, never changed.
    """

    def __init__(self) -> None:
        self._values: dict[str, None] = {}
        self._masker: Masker | None = None

    def remember(self, value: str) -> None:
        """From now on `mask` takes it out."""
        if len(value) < SHORTEST or value in self._values:
            return
        kept = {**self._values, value: None}
        while len(kept) > MOST_KEPT:
            del kept[next(iter(kept))]
        self._values = kept
        self._masker = None

    def mask(self, text: str) -> str:
        """The text without any of them."""
        masker = self._masker
        if masker is None:
            masker = self._masker = Masker(self._values)
        return masker.mask(text)


KNOWN = KnownSecrets()
"""Those of the process: what is a secret in one place is one in all of them."""


class SecretsFilter(logging.Filter):
    """Takes known secrets out of what is logged, tracebacks included."""

    def __init__(self, known: KnownSecrets = KNOWN) -> None:
        super().__init__()
        self._known = known

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through, masked."""
        record.msg, record.args = self._known.mask(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._known.mask(record.exc_text)
        return True
