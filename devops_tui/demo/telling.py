"""Tells a story as it happens: JSON lines on stdout, and waiting that cannot go on for ever."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO, TypeVar

from devops_tui.domain.event import Event
from devops_tui.ports.front import Front

T = TypeVar("T")

_POLL_S = 0.05
_BEAT_EVERY_S = 5.0


class StoryFailed(Exception):
    """Something that should have come did not."""


class Teller:
    """Writes one JSON object a line."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out

    def tell(self, what: str, **facts: Any) -> None:
        """One line of the story's own."""
        self._write({"at": datetime.now(UTC).isoformat(), "story": what, **facts})

    def tell_event(self, event: Event) -> None:
        """One event of the house."""
        self._write(
            {
                "at": event.at.isoformat(),
                "event": event.kind,
                "subject": event.subject,
                "actor": event.actor,
                "why": event.why,
                "data": dict(event.data),
            }
        )

    def _write(self, facts: dict[str, Any]) -> None:
        self._out.write(json.dumps(facts, default=str) + "\n")
        self._out.flush()


class Watcher:
    """Looks at a workspace as a screen does, and tells every event that it sees.

    Args:
        deadline_s: On the monotonic clock; nothing is waited for beyond it.
    """

    def __init__(self, front: Front, teller: Teller, deadline_s: float) -> None:
        self._front = front
        self._teller = teller
        self._deadline_s = deadline_s
        self._seen = max((event.seq for event in front.events(limit=1)), default=0)
        self._beat_at_s = 0.0

    def wait(self, what: str, look: Callable[[], T | None], patience_s: float) -> T:
        """The first thing that `look` finds.

        Raises:
            StoryFailed: It found nothing in time.
        """
        end_s = min(time.monotonic() + patience_s, self._deadline_s)
        while True:
            self.pump()
            found = look()
            if found is not None and found is not False:
                return found
            if time.monotonic() >= end_s:
                raise StoryFailed(f"{what}: not within {patience_s:g} s")
            time.sleep(_POLL_S)

    def pump(self) -> None:
        """Tells what happened since the last look; says that somebody is here."""
        for event in self._front.events(after=self._seen, newest=False):
            self._seen = event.seq
            self._teller.tell_event(event)
        now_s = time.monotonic()
        if now_s - self._beat_at_s >= _BEAT_EVERY_S:
            self._beat_at_s = now_s
            self._front.beat("story")
