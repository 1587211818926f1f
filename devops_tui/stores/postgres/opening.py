"""Opens a link beside the caller: whoever asks meanwhile is told since when there is none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from devops_tui.domain.errors import StoreError
from devops_tui.stores.postgres.link import Link

PAUSE_S = 1.0
"""Between the end of one try and the next."""


class Opening:
    """Tries again and again, on a thread of its own and never twice at once, when asked.

    Begun when a server that was there says nothing any more: to wait for its connect
    time-out would hold the caller's loop up at each look.

    Args:
        open_it: Opens a link; takes as long as a connect time-out.
    """

    def __init__(self, open_it: Callable[[], Link]) -> None:
        self._open_it = open_it
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._found: Link | None = None
        self._refused: StoreError | None = None
        self._next_try_at = 0.0
        self._is_given_up = False
        self.since = datetime.now(UTC)
        self.failures = 0

    @property
    def told(self) -> str:
        """What there is to say of the server meanwhile."""
        return f"it does not answer since {self.since:%H:%M:%S} UTC"

    def take(self) -> Link | None:
        """The link, once there is one; begins another try where it is time for one.

        Raises:
            StoreError: The server answers, and does not let us in.
        """
        with self._lock:
            found, self._found = self._found, None
            refused, self._refused = self._refused, None
            is_idle = self._thread is None or not self._thread.is_alive()
            if found is None and is_idle and time.monotonic() >= self._next_try_at:
                self._thread = threading.Thread(target=self._try, name="store link", daemon=True)
                self._thread.start()
        if refused is not None:
            raise refused
        return found

    def give_up(self) -> None:
        """Nobody wants the link any more; one that comes late is closed."""
        with self._lock:
            self._is_given_up = True
            if self._found is not None:
                self._found.close()
                self._found = None

    def _try(self) -> None:
        link: Link | None = None
        refused: StoreError | None = None
        try:
            link = self._open_it()
        except StoreError as error:
            refused = None if error.is_passing else error
        with self._lock:
            self._next_try_at = time.monotonic() + PAUSE_S
            self.failures += link is None
            self._refused = refused
            if link is not None and self._is_given_up:
                link.close()
                return
            self._found = link
