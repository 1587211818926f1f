"""One probe session's questions and answers: decides, does nothing by itself."""

from __future__ import annotations

from devops_tui.domain.metric import Counters
from devops_tui.domain.probe_record import (
    MalformedRecord,
    ProbeStream,
    counters_of,
    greeting_of,
    refusal_of,
)
from devops_tui.services.watch import FIRST_S

TICK = b"t\n"
HELLO_S = 15.0  # a login shell may be slow
SILENT_S = 10.0  # a host that swaps is shown as stale, but not pestered with new sessions


class ProbeTalk:
    """Begins when a session was opened and ends with it; all times are monotonic seconds.

    One question is outstanding at most: a slow link gets fewer samples, never a queue.

    Attributes:
        is_greeted: Whether the probe said hello.
        refusal: Why there will be no figures; empty while there is hope. Untrusted.
        records: How many answers made sense.
        complaint: Why the last answer made none; empty when it did.
    """

    def __init__(self, mark: str, now_s: float) -> None:
        self._stream = ProbeStream(mark)
        self._asked_s = now_s
        self._due_s = now_s
        self._is_waiting = True
        self.is_greeted = False
        self.refusal = ""
        self.records = 0
        self.complaint = ""

    def begin(self, now_s: float) -> None:
        """The session is open: the probe has from now on to say hello."""
        if not self.is_greeted:
            self._asked_s = now_s

    def hear(self, data: bytes, now_s: float) -> list[Counters]:
        """The answers that end in `data`; what is none is remembered as the complaint."""
        found: list[Counters] = []
        for text in self._stream.feed(data):
            refusal = refusal_of(text)
            if refusal is not None:
                self.refusal = refusal or "the probe says no"
            elif greeting_of(text) is not None:
                self.is_greeted = True
                self._is_waiting = False
                self._due_s = now_s
            else:
                found += self._record(text)
        return found

    def ask_from(self, due_s: float) -> None:
        """Puts the next question off, or brings it forward."""
        self._due_s = due_s

    @property
    def is_waiting(self) -> bool:
        """Whether a question is out, or the greeting has not come yet."""
        return self._is_waiting

    def is_due(self, now_s: float) -> bool:
        """Whether the next question may and should be asked."""
        return not self._is_waiting and now_s >= self._due_s

    def ask(self, now_s: float, interval_s: float) -> bytes:
        """What to send."""
        self._is_waiting = True
        self._asked_s = now_s
        # Rates need two records: the second comes soon, so that a first figure does.
        step_s = interval_s if self.records else min(FIRST_S, interval_s)
        # Counted from when it was due: looking a little late does not slow the rhythm.
        self._due_s = max(self._due_s + step_s, now_s + step_s / 2)
        return TICK

    def is_suspect(self, now_s: float, interval_s: float) -> bool:
        """Whether the open question is an interval old: time to ask why."""
        return self._is_waiting and self.is_greeted and now_s - self._asked_s >= interval_s

    def is_late(self, now_s: float, interval_s: float) -> bool:
        """Whether three intervals went by since the answer before the open question."""
        return self._is_waiting and self.is_greeted and now_s - self._asked_s >= 2 * interval_s

    def is_silent(self, now_s: float, interval_s: float) -> bool:
        """Whether the session should be given up."""
        patience_s = max(SILENT_S, 2 * interval_s) if self.is_greeted else HELLO_S
        return self._is_waiting and now_s - self._asked_s >= patience_s

    def _record(self, text: bytes) -> list[Counters]:
        try:
            counters = counters_of(text)
        except MalformedRecord as error:
            self.complaint = f"the probe's answer makes no sense: {error}"
            return []
        self.complaint = ""
        self.records += 1
        self._is_waiting = False
        return [counters]
