"""The part of the double that is about silences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.silence import Silence


class FakeSilence:
    """Remembers what was silenced."""

    calls: list[tuple[object, ...]]
    quiet: tuple[Silence, ...] = ()

    def silences(self) -> Sequence[Silence]:
        return self.quiet

    def silence(
        self, what: str, until: datetime, why: str, since: datetime | None = None
    ) -> Silence:
        self.calls.append(("silence", what, why))
        return Silence(what, until, "jun", why, since)

    def end_silence(self, what: str, why: str) -> Sequence[Silence]:
        self.calls.append(("end_silence", what, why))
        return [s for s in self.quiet if s.what == what]
